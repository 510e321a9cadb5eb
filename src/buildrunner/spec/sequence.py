"""Order as data: what stayed in place, and three-way merges of lists, sets and siblings.

Every function here is symmetric in its two sides and runs in O(n log n).
"""

from __future__ import annotations

from bisect import bisect_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    Hunk = tuple[int, int, tuple[str, ...]]


def natural(identifier: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key under which `ms10` follows `ms9`."""
    parts: list[tuple[int, int, str]] = []
    start = 0
    for end in range(1, len(identifier) + 1):
        digits = identifier[start].isdecimal()
        if end < len(identifier) and identifier[end].isdecimal() == digits:
            continue
        part = identifier[start:end]
        # Python refuses to read numbers of thousands of digits; such an id sorts as text.
        parts.append((0, int(part), part) if digits and len(part) < 19 else (1, 0, part))
        start = end
    return tuple(parts)


def longest_increasing(numbers: Sequence[int]) -> list[int]:
    """Positions of a longest strictly increasing subsequence (patience sorting)."""
    tails: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        pile = bisect_left(tails, number)
        before.append(tops[pile - 1] if pile else -1)
        if pile == len(tails):
            tails.append(number)
            tops.append(position)
        else:
            tails[pile] = number
            tops[pile] = position
    kept: list[int] = []
    position = tops[-1] if tops else -1
    while position >= 0:
        kept.append(position)
        position = before[position]
    kept.reverse()
    return kept


def stayed(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """The members of both orders that need not move to turn one into the other; most of them."""
    place = {member: position for position, member in enumerate(old)}
    numbers = [place[member] for member in new if member in place]
    return {old[numbers[i]] for i in longest_increasing(numbers)}


def merge_order(
    base: Sequence[str],
    ours: Sequence[str],
    theirs: Sequence[str],
    members: Iterable[str],
    sort_key: Callable[[str], Any] = natural,
) -> list[str]:
    """The order of `members` after both sides inserted into and rearranged `base`.

    Members neither side moved keep the base order; what one side moved or inserted follows
    its predecessor on that side. Where both moved the same member, the side whose order sorts
    first decides; two runs at one place stand in the order of their first members' keys.
    """
    wanted = set(members)
    base = [member for member in base if member in wanted]
    ours = [member for member in ours if member in wanted]
    theirs = [member for member in theirs if member in wanted]
    if ours == theirs or theirs == base:
        merged = ours
    elif ours == base:
        merged = theirs
    else:
        merged = []
    if len(merged) == len(wanted):
        return merged
    in_base, in_ours, in_theirs = set(base), set(ours), set(theirs)
    moved_ours = (in_base & in_ours) - stayed(base, ours)
    moved_theirs = (in_base & in_theirs) - stayed(base, theirs)
    fixed = [member for member in base if member not in moved_ours | moved_theirs]
    placed_ours = moved_ours | (in_ours - in_base)
    placed_theirs = moved_theirs | (in_theirs - in_base)
    both = placed_ours & placed_theirs
    if both:
        first = [sort_key(member) for member in ours] <= [sort_key(member) for member in theirs]
        (placed_theirs if first else placed_ours).difference_update(both)
    runs_ours = _runs(ours, set(fixed), placed_ours)
    runs_theirs = _runs(theirs, set(fixed), placed_theirs)
    merged = []
    for anchor in (None, *fixed):
        if anchor is not None:
            merged.append(anchor)
        pair = [run for run in (runs_ours.get(anchor), runs_theirs.get(anchor)) if run]
        pair.sort(key=lambda run: [sort_key(member) for member in run])
        for run in pair:
            merged.extend(run)
    left = wanted.difference(merged)
    return merged + sorted(left, key=sort_key) if left else merged


def _runs(order: Sequence[str], fixed: set[str], placed: set[str]) -> dict[str | None, list[str]]:
    """What a side placed, behind the fixed member it follows there."""
    runs: dict[str | None, list[str]] = {}
    anchor: str | None = None
    for member in order:
        if member in fixed:
            anchor = member
        elif member in placed:
            runs.setdefault(anchor, []).append(member)
    return runs


def merge_sets(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """A set kept in order: what either side added, without what either side took out."""
    before, left, right = dict.fromkeys(base), dict.fromkeys(ours), dict.fromkeys(theirs)
    members = [member for member in left if member in right or member not in before]
    members += [member for member in right if member not in before]
    return merge_order(list(before), list(left), list(right), members)


def merge_tokens(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> list[str] | None:
    """Three lists merged element by element, or None where both changed one element.

    What both sides inserted at one place is kept from both, equal elements once. A list
    that names nothing twice on either side names nothing twice afterwards.
    """
    left, right = _hunks(base, ours), _hunks(base, theirs)
    if _clash(left, right) or _clash(right, left):
        return None
    hunks = {(start, end): run for start, end, run in left}
    inserts = {start: run for start, end, run in left if start == end}
    for start, end, run in right:
        other = inserts.get(start) if start == end else None
        if other is not None and other != run:
            low, high = sorted((other, run))
            run = low + tuple(token for token in high if token not in low)
        hunks[start, end] = run
    merged: list[str] = []
    position = 0
    for (start, end), run in sorted(hunks.items()):
        merged.extend(base[position:start])
        merged.extend(run)
        position = end
    merged.extend(base[position:])
    if len(set(ours)) == len(ours) and len(set(theirs)) == len(theirs):
        return list(dict.fromkeys(merged))
    return merged


def _hunks(base: Sequence[str], side: Sequence[str]) -> list[Hunk]:
    """How `side` differs: (start, end, replacement), deletions and like-for-like one by one."""
    old, new = _numbered(base), _numbered(side)
    place = {member: position for position, member in enumerate(old)}
    common = [position for position, member in enumerate(new) if member in place]
    kept = longest_increasing([place[new[position]] for position in common])
    hunks: list[Hunk] = []
    start = begin = 0
    anchors = [(place[new[common[i]]], common[i]) for i in kept]
    for end, finish in [*anchors, (len(base), len(side))]:
        run = tuple(side[begin:finish])
        if not run:
            hunks.extend((i, i + 1, ()) for i in range(start, end))
        elif len(run) == end - start:
            hunks.extend((start + i, start + i + 1, (token,)) for i, token in enumerate(run))
        else:
            hunks.append((start, end, run))
        start, begin = end + 1, finish + 1
    return hunks


def _numbered(tokens: Iterable[str]) -> list[tuple[str, int]]:
    """Tokens made unique by counting equal ones."""
    seen: dict[str, int] = {}
    numbered: list[tuple[str, int]] = []
    for token in tokens:
        count = seen[token] = seen.get(token, -1) + 1
        numbered.append((token, count))
    return numbered


def _clash(hunks: list[Hunk], others: list[Hunk]) -> bool:
    """Whether a hunk replaces elements that another hunk changes in another way."""
    equal = set(others)
    starts = [start for start, _, _ in others]
    for hunk in hunks:
        start, end, run = hunk
        if not run or start == end or hunk in equal:
            continue
        # Hunks of one side are sorted and disjoint, so only neighbours can overlap.
        first = bisect_left(starts, start)
        for other_start, other_end, _ in others[max(first - 1, 0) :]:
            if other_start >= end:
                break
            if (other_start < other_end and other_end > start) or start < other_start < end:
                return True
    return False

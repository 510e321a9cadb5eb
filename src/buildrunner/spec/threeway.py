"""Three-way merge of field values: lists as sequences, sets kept in order, objects by key."""

from __future__ import annotations

from datetime import UTC, datetime

from buildrunner.spec.sequence import merge_order, merge_sets, merge_tokens
from buildrunner.spec.values import ABSENT, MAX_DEPTH, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # (way, base, ours, theirs) → what shall stand
    Judge = Callable[[str, Any, Any, Any], Any]

SETS = ("aliases", "depends_on")
# Texts about the document, not part of what people contend for: these never conflict.
PEACEFUL = ("updatedAt", "version", "$schema")


def merge_fields(
    base: dict[str, Any],
    ours: dict[str, Any],
    theirs: dict[str, Any],
    judge: Judge,
    way: str = "",
    depth: int = 0,
) -> dict[str, Any]:
    """Every key merged by `merge_value`, in the order of ours, then of theirs.

    `way` is the place of these objects: "" for an entity's fields, else `field/key/`.
    """
    merged: dict[str, Any] = {}
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        value = merge_value(
            way + name.replace("~", "~0").replace("/", "~1"),
            base.get(name, ABSENT),
            ours.get(name, ABSENT),
            theirs.get(name, ABSENT),
            judge,
            depth,
        )
        if value is not ABSENT:
            merged[name] = value
    return merged


def merge_value(way: str, base: Any, ours: Any, theirs: Any, judge: Judge, depth: int = 0) -> Any:
    """One value: the changed one, both changes together, or what `judge` says."""
    if same(ours, theirs) or same(theirs, base):
        return ours
    if same(ours, base):
        return theirs
    if ours.__class__ is theirs.__class__ is dict and depth < MAX_DEPTH:
        origin = base if base.__class__ is dict else {}
        return merge_fields(origin, ours, theirs, judge, f"{way}/", depth + 1)
    if way in SETS:
        merged = _merge_sets(base, ours, theirs)
    elif _are_keyed(base, ours, theirs) and depth < MAX_DEPTH:
        return _merge_keyed(way, base if base is not ABSENT else [], ours, theirs, judge, depth)
    elif ours.__class__ is theirs.__class__ is list:
        merged = _merge_lists(base if base.__class__ is list else [], ours, theirs)
    else:
        merged = None
    if merged is not None:
        return merged
    return judge(way, base, ours, theirs)


def merge_peaceful(name: str, base: Any, ours: Any, theirs: Any) -> Any:
    """The later `updatedAt`, the higher `version` (Semantic Versioning 2.0.0 precedence)."""
    if same(ours, theirs) or same(theirs, base):
        return ours
    if same(ours, base) or ours is ABSENT:
        return theirs
    if theirs is ABSENT:
        return ours
    rank = {"updatedAt": _moment, "version": _version}.get(name, _text)
    return max(ours, theirs, key=lambda value: (rank(value), _text(value)))


def _merge_sets(base: Any, ours: Any, theirs: Any) -> Any:
    """Sets of texts; an absent one is empty, and stays absent where nothing remains."""
    sides = [[] if value is ABSENT else value for value in (base, ours, theirs)]
    if any(side.__class__ is not list for side in sides):
        return None
    if any(member.__class__ is not str for side in sides for member in side):
        return _merge_lists(*sides)
    merged = merge_sets(*sides)
    return merged if merged or (ours is not ABSENT and theirs is not ABSENT) else ABSENT


def _are_keyed(base: Any, ours: Any, theirs: Any) -> bool:
    """Whether these are lists of objects that an `id` tells apart, such as checks."""
    if not (ours.__class__ is theirs.__class__ is list and (ours or theirs)):
        return False
    for side in (base, ours, theirs):
        if side is ABSENT:
            continue
        if side.__class__ is not list or any(member.__class__ is not dict for member in side):
            return False
        names = [member.get("id") for member in side]
        if any(name.__class__ is not str for name in names) or len(set(names)) != len(names):
            return False
    return True


def _merge_keyed(
    way: str,
    base: list[dict[str, Any]],
    ours: list[dict[str, Any]],
    theirs: list[dict[str, Any]],
    judge: Judge,
    depth: int,
) -> list[Any]:
    """Objects merged one by one, in an order that keeps both sides' insertions and moves."""
    sides = [{member["id"]: member for member in side} for side in (base, ours, theirs)]
    old, left, right = sides
    merged: dict[str, Any] = {}
    for name in [*left, *(name for name in right if name not in left)]:
        value = merge_value(
            f"{way}/{name.replace('~', '~0').replace('/', '~1')}",
            old.get(name, ABSENT),
            left.get(name, ABSENT),
            right.get(name, ABSENT),
            judge,
            depth + 1,
        )
        if value is not ABSENT:
            merged[name] = value
    order = merge_order(list(old), list(left), list(right), merged)
    return [merged[name] for name in order]


def _merge_lists(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any] | None:
    values: dict[str, Any] = {}
    tokens: list[list[str]] = []
    for side in (theirs, ours, base):
        tokens.append([_token(value) for value in side])
        values.update(zip(tokens[-1], side, strict=True))
    right, left, origin = tokens
    merged = merge_tokens(origin, left, right)
    return [values[token] for token in merged] if merged is not None else None


def _token(value: Any) -> str:
    """A text that two values share only if they are the same JSON."""
    if value.__class__ is str:
        return "s" + str(value)
    from json import dumps

    return "j" + dumps(value, sort_keys=True)


def _text(value: Any) -> tuple[bool, str]:
    return (value.__class__ is str, _token(value))


def _moment(value: Any) -> tuple[int, float]:
    """Seconds since 1970 of an RFC 3339 text; anything else is earlier than every time."""
    if value.__class__ is not str:
        return (0, 0.0)
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (1, moment.timestamp())
    except (ValueError, OverflowError):
        return (0, 0.0)


def _version(value: Any) -> tuple[Any, ...]:
    """A sort key by SemVer precedence; what is no version sorts below all versions."""
    text = value.partition("+")[0] if value.__class__ is str else ""
    core, dash, label = text.partition("-")
    numbers = core.split(".")
    if len(numbers) != 3 or not all(_is_number(n) for n in numbers) or (dash and not label):
        return (0,)
    labels = tuple(
        (0, int(part), "") if _is_number(part) else (1, 0, part) for part in label.split(".")
    )
    return (1, tuple(map(int, numbers)), not dash, labels if dash else ())


def _is_number(text: str) -> bool:
    # Python refuses to read numbers of thousands of digits.
    return text.isascii() and text.isdigit() and len(text) < 19

"""Writing a plan so that only what changed changes: the old text is the template.

The new tree is rendered against the old text. Where a subtree is equal its old slice is
copied; objects keep their key order and separators; array elements are matched by id, else
by equality. New values take the indentation and the inline style the text already has.
"""

from __future__ import annotations

import marshal
from _json import scanstring

from buildrunner.spec.document import CollectorPaused
from buildrunner.spec.errors import SpecError
from buildrunner.spec.source import scan, skip_space
from buildrunner.spec.style import Style

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BOM = "\ufeff"
_WHITESPACE = " \t\r\n"


def dumps(plan: dict[str, Any], like: str | None = None) -> str:
    """`plan` as JSON text that differs from `like` only where their values differ.

    `loads(dumps(plan, like=text)) == plan` holds for any text, and `dumps(x, like=text)` is
    `text` when it already says `x`. Without `like` (or when it is no JSON object) the
    layout is two spaces, scalar arrays inline up to 100 characters, a trailing newline.
    Raises SpecError `not_json` for values JSON cannot carry.
    """
    try:
        with CollectorPaused():
            if like is not None and plan.__class__ is dict:
                try:
                    return _against(plan, like)
                except (StopIteration, IndexError, ValueError, SystemError):
                    pass  # `like` is no JSON: nothing of its layout can be kept
            return Style().render(plan, "", inline=False) + "\n"
    except RecursionError:
        raise SpecError("not_json", "the document is nested too deeply to be written") from None


def _against(plan: dict[str, Any], like: str) -> str:
    start = skip_space(like, 1 if like.startswith(_BOM) else 0)
    if like[start] != "{":
        raise ValueError("no object")
    body, end = _Rewriter(like).object(plan, start)
    if like[end:].strip(_WHITESPACE):
        raise ValueError("text after the document")
    return like[:start] + body + like[end:]


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal, types included (`1`, `1.0` and `true` differ).

    Objects that only differ in the order of keys count as different here; whoever asks
    then looks member by member.
    """
    kind = one.__class__
    if kind is not other.__class__:
        return False
    if kind is str or kind is int or kind is bool or one is None:
        return bool(one == other)
    if kind is float:
        return repr(one) == repr(other)
    try:
        # Version 2 has no back references, so equal bytes are equal trees and vice versa.
        return one == other and marshal.dumps(one, 2) == marshal.dumps(other, 2)
    except ValueError:  # nested too deeply for marshal, or no JSON value
        return False


class _Rewriter:
    """Renders new values against the old text, container by container."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._style: Style | None = None

    @property
    def style(self) -> Style:
        if self._style is None:  # most edits replace scalars and never need it
            self._style = Style.of(self.text)
        return self._style

    def value(self, new: Any, at: int) -> tuple[str, int]:
        """(text for `new`, end offset of the old value at `at`).

        Descends right away where both are containers: parsing the whole first, to compare
        it, would parse a large branch again at every level. Elements of arrays are parsed
        first, so what is equal there is compared in C.
        """
        opening = self.text[at]
        if opening == "{" and isinstance(new, dict):
            return self.object(new, at)
        if opening == "[" and isinstance(new, (list, tuple)):
            return self.array(new, at)
        old, end = scan(self.text, at)
        if same(old, new):
            return self.text[at:end], end
        return self.style.render(new, self._line_indent(at), inline=False), end

    def object(self, new: dict[str, Any], at: int) -> tuple[str, int]:
        """As `value` for an object."""
        text = self.text
        gaps: list[str] = []
        kept: dict[str, tuple[int, str]] = {}
        place = begin = at + 1
        count = 0
        place = skip_space(text, place)
        while text[place] == '"':
            gaps.append(text[begin:place])
            key, after = scanstring(text, place + 1)
            start = skip_space(text, skip_space(text, after) + 1)
            kept.pop(key, None)
            if key not in new:
                begin = scan(text, start)[1]
            else:
                rendered, begin = self.value(new[key], start)
                kept[key] = (count, text[place:start] + rendered)
            count += 1
            place = skip_space(text, begin)
            if text[place] == ",":
                place = skip_space(text, place + 1)
            elif text[place] != "}":
                raise ValueError("no object")
        if text[place] != "}":
            raise ValueError("no object")
        gaps.append(text[begin:place])
        outputs = list(kept.values())
        for key in new:
            if key not in kept:
                outputs = self._with_fresh_members(new, kept, gaps[0], at)
                break
        return self._assemble("{}", outputs, gaps, new, at), place + 1

    def _with_fresh_members(
        self, new: dict[str, Any], kept: dict[str, tuple[int, str]], lead: str, at: int
    ) -> list[tuple[int, str]]:
        """Kept members in their old order, each new one after its predecessor in `new`."""
        inline = "\n" not in lead
        indent = self._line_indent(at) if inline else lead[lead.rindex("\n") + 1 :]
        followers: dict[str | None, list[tuple[int, str]]] = {None: []}
        anchor: str | None = None
        for key, value in new.items():
            if key in kept:
                anchor = key
                continue
            rendered = self.style.render(value, indent, inline=inline and bool(kept))
            followers.setdefault(anchor, []).append((-1, self.style.key(key) + rendered))
        outputs = followers[None]
        for key, output in kept.items():
            outputs.append(output)
            outputs.extend(followers.get(key, ()))
        return outputs

    def array(self, new: Any, at: int) -> tuple[str, int]:
        """As `value` for an array."""
        text = self.text
        olds: list[tuple[Any, int, int]] = []
        gaps: list[str] = []
        begin = at + 1
        place = skip_space(text, begin)
        while text[place] != "]":
            gaps.append(text[begin:place])
            old, begin = scan(text, place)
            olds.append((old, place, begin))
            place = skip_space(text, begin)
            if text[place] == ",":
                place = skip_space(text, place + 1)
            elif text[place] != "]":
                raise ValueError("no array")
        gaps.append(text[begin:place])
        outputs = []
        for value, number in zip(new, match([old for old, _, _ in olds], new), strict=True):
            if number is None:
                outputs.append((-1, self._fresh_element(value, olds, gaps[0], at)))
                continue
            old, start, end = olds[number]
            if same(old, value):
                outputs.append((number, text[start:end]))
            else:
                outputs.append((number, self.value(value, start)[0]))
        return self._assemble("[]", outputs, gaps, new, at), place + 1

    def _fresh_element(
        self, value: Any, olds: list[tuple[Any, int, int]], lead: str, at: int
    ) -> str:
        """A new element, on one line if its neighbours of the same kind are."""
        inline = bool(olds) and "\n" not in lead
        indent = self._line_indent(at) if inline else lead[lead.rfind("\n") + 1 :]
        for old, start, end in olds[-1:]:
            if old and old.__class__ is value.__class__ and isinstance(old, (dict, list)):
                inline = inline or "\n" not in self.text[start:end]
        return self.style.render(value, indent, inline=inline)

    def _assemble(
        self, brackets: str, outputs: list[tuple[int, str]], gaps: list[str], new: Any, at: int
    ) -> str:
        """Members with what stood between them; `gaps` are n + 1 separators of n old ones."""
        if not outputs:
            whole = len(gaps) == 1
            return brackets[0] + (gaps[0] if whole else "") + brackets[1]
        if len(gaps) == 1:  # it was empty: nothing to imitate
            return self.style.render(new, self._line_indent(at), inline=False)
        pieces = [brackets[0], gaps[0], outputs[0][1]]
        previous = outputs[0][0]
        for number, rendered in outputs[1:]:
            pieces.append(self._gap(previous, number, gaps))
            pieces.append(rendered)
            previous = number
        pieces.append(gaps[-1])
        pieces.append(brackets[1])
        return "".join(pieces)

    def _gap(self, before: int, after: int, gaps: list[str]) -> str:
        last = len(gaps) - 1
        if after > 0:
            return gaps[after]
        if 0 <= before < last - 1:
            return gaps[before + 1]
        if last > 1:
            return gaps[last - 1]
        return "," + (gaps[0] if "\n" in gaps[0] else self.style.comma[1:])

    def _line_indent(self, at: int) -> str:
        """The whitespace that begins the line of offset `at`."""
        line = self.text.rfind("\n", 0, at) + 1
        return self.text[line : min(skip_space(self.text, line), at)].rpartition("\n")[2]


def match(olds: list[Any], news: Any) -> list[int | None]:
    """For each new element the old one it continues, each old one at most once.

    Objects with an id are matched by it; everything else by equality, first from both
    ends, then anywhere for scalars; what then remains between equal neighbours is paired
    in order if both are containers of one kind.
    """
    result: list[int | None] = [None] * len(news)
    free = set(range(len(olds)))
    by_key: dict[Any, list[int]] = {}
    for number in reversed(range(len(olds))):
        key = _key(olds[number])
        if key is not None:
            by_key.setdefault(key, []).append(number)
    rest = []
    for place, value in enumerate(news):
        key = _key(value)
        if key is None:
            rest.append(place)
        elif by_key.get(key):
            number = by_key[key].pop()
            result[place] = number
            free.discard(number)
    if rest and free:
        _match_rest(olds, news, rest, [n for n in sorted(free) if _key(olds[n]) is None], result)
    return result


def _key(value: Any) -> Any:
    """What an element is recognized by; None for containers without an id."""
    kind = value.__class__
    if kind is dict:
        identifier = value.get("id")
        return ("id", identifier) if identifier.__class__ is str else None
    if kind is list or kind is tuple:
        return None
    return (kind, repr(value) if kind is float else value)


def _match_rest(
    olds: list[Any], news: Any, places: list[int], numbers: list[int], result: list[int | None]
) -> None:
    """Pair containers without ids: equal ones from the front and the back, then in order."""
    while places and numbers and same(olds[numbers[0]], news[places[0]]):
        result[places.pop(0)] = numbers.pop(0)
    while places and numbers and same(olds[numbers[-1]], news[places[-1]]):
        result[places.pop()] = numbers.pop()
    for place, number in zip(places, numbers, strict=False):
        if olds[number].__class__ is news[place].__class__:
            result[place] = number

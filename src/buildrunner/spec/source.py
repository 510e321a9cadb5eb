"""Places in JSON text: offsets of JSON pointers, lines and columns.

Everything between the places asked for is skipped by CPython's C scanner, so finding any
number of values costs about one parse. The text must be valid JSON.
"""

from __future__ import annotations

from _json import scanstring
from itertools import islice

from buildrunner.spec.document import ScannerOptions, make_scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_WHITESPACE = " \t\r\n"
_CHUNK = 64
# Deeper pointers get the place of their ancestor at this depth.
_MAX_DEPTH = 100
# After so many members that nobody asked for, the rest of a container is skipped whole.
_PATIENCE = 1000


class _TemplateOptions(ScannerOptions):
    """Takes the last of duplicate keys, as a reader would that was not told."""

    object_pairs_hook = None


class _PlaceOptions(_TemplateOptions):
    """Takes any number too: places are wanted in documents that hold impossible ones."""

    parse_float = parse_int = parse_constant = staticmethod(lambda _: 0)


scan = make_scanner(_TemplateOptions)
_skip = make_scanner(_PlaceOptions)


def skip_space(text: str, at: int) -> int:
    """The offset of the first character from `at` on that is no JSON whitespace."""
    while True:
        chunk = text[at : at + _CHUNK]
        rest = chunk.lstrip(_WHITESPACE)
        if rest or not chunk:
            return at + len(chunk) - len(rest)
        at += _CHUNK


def escape(token: str | int) -> str:
    """One reference token of a JSON pointer (RFC 6901 section 3)."""
    return str(token).replace("~", "~0").replace("/", "~1")


def tokens(pointer: str) -> list[str]:
    """The unescaped reference tokens of a JSON pointer; none for ""."""
    return [t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:]]


def locate(text: str, pointers: Iterable[str]) -> dict[str, int]:
    """Pointer → offset of the value it names, in one pass over `text`.

    A member is placed at its key. Pointers that lead nowhere are left out. Of duplicate
    keys every occurrence is followed and the last one counts, as when reading.
    """
    wanted: dict[Any, Any] = {}
    for pointer in pointers:
        node: dict[Any, Any] = wanted
        for token in tokens(pointer)[:_MAX_DEPTH]:
            node = node.setdefault(token, {})
        node.setdefault(None, []).append(pointer)
    found: dict[str, int] = {}
    start = skip_space(text, 0)
    _visit(text, start, start, wanted, found)
    return found


def _visit(text: str, place: int, at: int, wanted: dict[Any, Any], found: dict[str, int]) -> int:
    """Record `place` for the pointers that end here, descend for the rest; the end offset."""
    for pointer in wanted.get(None, ()):
        found[pointer] = place
    if len(wanted) > (None in wanted):
        if text[at] == "{":
            return _visit_object(text, at, wanted, found)
        if text[at] == "[":
            return _visit_array(text, at, wanted, found)
    return _skip(text, at)[1]


def _visit_object(text: str, start: int, wanted: dict[Any, Any], found: dict[str, int]) -> int:
    left = wanted.keys() - {None}
    patience = _PATIENCE  # for a second member of a name: the last one counts
    at = skip_space(text, start + 1)
    while text[at] == '"':
        key, after = scanstring(text, at + 1)
        value = skip_space(text, skip_space(text, after) + 1)
        node = wanted.get(key)
        end = _skip(text, value)[1] if node is None else _visit(text, at, value, node, found)
        at = skip_space(text, end)
        if text[at] == ",":
            at = skip_space(text, at + 1)
        left.discard(key)
        patience -= not left
        if patience < 0:
            return _skip(text, start)[1]
    return at + 1


def _visit_array(text: str, start: int, wanted: dict[Any, Any], found: dict[str, int]) -> int:
    numbers = [int(token) for token in wanted if token is not None and token.isdecimal()]
    last = max(numbers, default=-1)
    at = skip_space(text, start + 1)
    number = 0
    while text[at] != "]":
        node = wanted.get(str(number))
        end = _skip(text, at)[1] if node is None else _visit(text, at, at, node, found)
        at = skip_space(text, end)
        if text[at] == ",":
            at = skip_space(text, at + 1)
        number += 1
        if number > last + _PATIENCE:
            return _skip(text, start)[1]
    return at + 1


def occurrences(text: str, at: int, key: str, limit: int = 3) -> list[int]:
    """The first `limit` offsets of a `key` in the object at `at` (of its value or own key)."""
    if text[at] == '"':
        at = skip_space(text, skip_space(text, scanstring(text, at + 1)[1]) + 1)
    if text[at] != "{":
        return []
    found = (begin for name, begin, _, _ in _children(text, at) if name == key)
    return list(islice(found, limit))


def pointers_at(text: str, offsets: Iterable[int]) -> dict[int, str]:
    """Offset → pointer of the innermost member or element that holds it ("" outside all)."""
    wanted = sorted(set(offsets))
    found: dict[int, str] = {}
    start = skip_space(text, 0)
    todo: list[tuple[str, int, list[int]]] = [("", start, wanted)]
    while todo:
        pointer, at, inside = todo.pop()
        for offset in inside:
            found[offset] = pointer
        if text[at : at + 1] not in ("{", "[") or pointer.count("/") >= _MAX_DEPTH:
            continue
        for token, begin, value, end in _children(text, at):
            held = [offset for offset in inside if begin <= offset < end]
            if held:
                todo.append((f"{pointer}/{escape(token)}", value, held))
            if end > inside[-1]:
                break
    return found


def _children(text: str, at: int) -> Iterator[tuple[str | int, int, int, int]]:
    """(key or index, offset of the member, of its value, after it) for the container at `at`."""
    keyed = text[at] == "{"
    at = skip_space(text, at + 1)
    number = 0
    while text[at] not in "}]":
        token: str | int = number
        value = at
        if keyed:
            token, after = scanstring(text, at + 1)
            value = skip_space(text, skip_space(text, after) + 1)
        end = _skip(text, value)[1]
        yield token, at, value, end
        number += 1
        at = skip_space(text, end)
        if text[at] == ",":
            at = skip_space(text, at + 1)


def lines_and_columns(text: str, offsets: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Offset → (line, column), both from 1, columns in characters."""
    places: dict[int, tuple[int, int]] = {}
    line, last = 1, 0
    for offset in sorted(set(offsets)):
        line += text.count("\n", last, offset)
        last = offset
        places[offset] = (line, offset - text.rfind("\n", 0, offset))
    return places

"""Values inside a JSON document, by the singular queries of JSONPath (RFC 9535 section 2.3.5.1).

`$.a.b[0]['c d'][-1]`: names and indexes only, so that a path leads to one value or to none.
"""

from __future__ import annotations

import json
from typing import Any

from buildrunner.evidence.expectations.verdict import (
    ExpectationError,
    Verdict,
    brief,
    error,
    failed,
)

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_ABSENT = object()


def segments(path: str) -> list[str | int]:
    """The names and indexes of a path. Raises ExpectationError."""
    if not path.startswith("$"):
        raise ExpectationError(f"the JSON path {brief(path)} does not begin with $")
    found: list[str | int] = []
    at = 1
    while at < len(path):
        if path[at] == ".":
            end = at + 1
            while end < len(path) and (path[end] in _NAME or not path[end].isascii()):
                end += 1
            if end == at + 1:
                raise _wrong(path, at)
            found.append(path[at + 1 : end])
            at = end
        elif path[at] == "[":
            segment, at = _bracket(path, at)
            found.append(segment)
        else:
            raise _wrong(path, at)
    return found


def _bracket(path: str, at: int) -> tuple[str | int, int]:
    quote = path[at + 1 : at + 2]
    if quote in ("'", '"'):
        name, end = "", at + 2
        while end < len(path) and path[end] != quote:
            end += path[end] == "\\"
            name += path[end : end + 1]
            end += 1
        if path[end : end + 2] != quote + "]":
            raise _wrong(path, at)
        return name, end + 2
    end = path.find("]", at)
    digits = path[at + 1 : end] if end > 0 else ""
    if not digits.removeprefix("-").isdigit() or not digits.isascii() or len(digits) > 15:
        raise _wrong(path, at)
    return int(digits), end + 1


def _wrong(path: str, at: int) -> ExpectationError:
    return ExpectationError(
        f"the JSON path {brief(path)} cannot be read at character {at + 1}: "
        "names and indexes lead to one value, such as $.items[0].name"
    )


def find(document: Any, path: str) -> Any:
    """The value a path leads to; `_ABSENT` where it leads nowhere."""
    at = document
    for segment in segments(path):
        if isinstance(segment, str):
            at = at.get(segment, _ABSENT) if isinstance(at, dict) else _ABSENT
        elif isinstance(at, list) and -len(at) <= segment < len(at):
            at = at[segment]
        else:
            at = _ABSENT
    return at


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is not 1, 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def judge(expected: Any, text: str, what: str, *, whole: bool = True) -> Verdict | None:
    """The failure of `json` ({path: value}) against a text; None where all are equal."""
    if expected is None:
        return None
    if not isinstance(expected, dict) or not expected:
        raise ExpectationError(f"json must be an object of paths and values: {brief(expected)}")
    for path in expected:
        segments(path)
    if not whole:
        return error(f"{what} is too long to be read as JSON")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as problem:
        return failed(f"{what}:{problem.lineno}:{problem.colno}: not JSON: {problem.msg}")
    except (RecursionError, ValueError):
        return failed(f"{what} is no JSON that can be read")
    for path, value in expected.items():
        found = find(document, path)
        if found is _ABSENT:
            return failed(f"{what} has nothing at {path}; expected {brief(value)}")
        if not same(found, value):
            return failed(f"{path} is {brief(found)}, not {brief(value)}")
    return None

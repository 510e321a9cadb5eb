"""JSON out of a model's answer: fences and prose around it, and the slips that models make.

Only slips with one reading are mended: each is named, lines never move. Anything else is a
finding with its line.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable
from typing import Any

from buildrunner.spec import source

_FENCE = re.compile(r"^[ \t]{0,3}(?:```|~~~)[ \t]*(?:json[c5]?)?[ \t]*$", re.I | re.M)
_WORD = re.compile(r"[A-Za-z_]+")
_WORDS = {"True": "true", "False": "false", "None": "null"}


class Repaired:
    """A decoded answer: its `value`, the `repairs` made, and the text it was read from."""

    __slots__ = ("_first", "_text", "repairs", "value")

    def __init__(self, value: dict[str, Any], text: str, first: int, repairs: list[str]) -> None:
        self.value = value
        self.repairs = repairs
        self._text = text
        self._first = first

    def places(self, pointers: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Pointer → (line, column) in the answer as it came."""
        wanted = list(pointers)
        offsets = source.locate(self._text, wanted)
        known = [offsets.get(pointer, 0) for pointer in wanted]
        places = source.lines_and_columns(self._text, known)
        return {
            pointer: (places[offset][0] + self._first, places[offset][1])
            for pointer, offset in zip(wanted, known, strict=True)
        }


def decoded(text: str) -> Repaired | list[dict[str, Any]]:
    """The object in the answer, or the finding that says where it stops being JSON."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    body, first, repairs = _object(text)
    if not body:
        return [_finding("no_json", "there is no JSON object in the answer", 1, 1)]
    value = _load(body)
    if isinstance(value, json.JSONDecodeError):
        body, mended = _mended(body)
        repairs += mended
        value = _load(body)
    if isinstance(value, json.JSONDecodeError):
        return [
            _finding(
                "not_json", f"this is not JSON: {value.msg}", value.lineno + first, value.colno
            )
        ]
    if isinstance(value, str):
        return [_finding("not_json", value, 1 + first, 1)]
    return Repaired(value, body, first, repairs)


def _finding(code: str, message: str, line: int, column: int) -> dict[str, Any]:
    return {"code": code, "message": message, "pointer": "", "line": line, "column": column}


def _load(body: str) -> dict[str, Any] | json.JSONDecodeError | str:
    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(members)
        if len(made) != len(members):
            raise ValueError("a key stands twice in one object")
        return made

    try:
        value = json.loads(body, object_pairs_hook=pairs, parse_constant=_constant)
    except json.JSONDecodeError as error:
        return error
    except (ValueError, RecursionError) as error:
        return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return value if isinstance(value, dict) else "this is no object"


def _constant(word: str) -> float:
    raise ValueError(f"{word} is no number in JSON")


def _object(text: str) -> tuple[str, int, list[str]]:
    """(the part that is the object, lines before it, what was taken off)."""
    fences = [(match.start(), match.end()) for match in _FENCE.finditer(text)]
    for (_, end), (start, _) in itertools.pairwise(fences):
        inner = text[end:start]
        if inner.lstrip()[:1] == "{":
            at = end + len(inner) - len(inner.lstrip())
            return text[at:start].rstrip(), text.count("\n", 0, at), ["a code fence was taken off"]
    at, end = text.find("{"), text.rfind("}")
    if at < 0 or end < at:
        return "", 0, []
    outside = text[:at].strip() or text[end + 1 :].strip()
    repairs = ["words around the JSON were taken off"] if outside else []
    return text[at : end + 1], text.count("\n", 0, at), repairs


def _mended(body: str) -> tuple[str, list[str]]:
    """Trailing commas, comments, Python's words and typographic quotes, in one pass.

    What is taken out becomes blanks, so that lines and columns stay.
    """
    out: list[str] = []
    repairs: dict[str, None] = {}
    comma = -1  # place in `out` of a comma that nothing has followed yet
    at = 0
    while at < len(body):
        character = body[at]
        if character == '"':
            end = _string_end(body, at)
            out.append(body[at:end])
            at, comma = end, -1
        elif body.startswith("//", at):
            end = body.find("\n", at)
            end = end if end >= 0 else len(body)
            out.append(" " * (end - at))
            repairs["comments were taken out"] = None
            at = end
        elif character in "“”":
            out.append('"')
            repairs["typographic quotes became straight ones"] = None
            closing = min(
                (place for mark in '“”"' if (place := body.find(mark, at + 1)) > 0), default=-1
            )
            if closing < 0:
                out.append(body[at + 1 :])
                break
            out.append(body[at + 1 : closing] + '"')
            at, comma = closing + 1, -1
        elif character == ",":
            comma = len(out)
            out.append(",")
            at += 1
        elif character in "}]":
            if comma >= 0:
                out[comma] = " "
                repairs["trailing commas were taken out"] = None
            out.append(character)
            at, comma = at + 1, -1
        elif word := _WORD.match(body, at):
            written = _WORDS.get(word[0], word[0])
            if written != word[0]:
                repairs["Python's True, False and None became JSON's"] = None
            out.append(written)
            at, comma = word.end(), -1
        else:
            out.append(character)
            at += 1
            if not character.isspace():
                comma = -1
    return "".join(out), list(repairs)


def _string_end(body: str, at: int) -> int:
    at += 1
    while at < len(body):
        if body[at] == "\\":
            at += 2
            continue
        if body[at] == '"':
            return at + 1
        at += 1
    return len(body)

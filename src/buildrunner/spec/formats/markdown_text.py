"""Plan text in Markdown and back: nothing is rendered, nothing is lost.

Plan text is written as it is, so that `code` and *stress* read as their author meant them;
only what would change the structure of the document, or be HTML, is escaped. Reading takes
every backslash escape and numeric character reference of CommonMark back.
"""

from __future__ import annotations

import json
import re
from typing import Any

_SPECIAL = re.compile(r"[\\<]|&(?=#)")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
# What begins a block where a paragraph begins: heading, quote, list, rule, fence, check box,
# link reference definition.
_BLOCK = re.compile(
    r"^(?:#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[0-9]{1,9}[.)](?=\s|$)|`{3}|~{3}|\[(?=[^\]]*\](?::|\s|$))"
    r"|_(?=[_\s]*$)|\*(?=[*\s]*$)|-(?=[-\s]*$)|=(?==*$))"
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|&#(?:[xX]([0-9a-fA-F]{0,6})|([0-9]{1,7}));")
_NAME = re.compile(r"^[A-Za-z0-9._:/@+-]+$")
_ATTRIBUTES = re.compile(
    r"(?:^|\s)\{((?:#[^\s{}\"=]+|id=\"(?:[^\"\\]|\\.)*\")"
    r"(?:\s+[a-z_]+=(?:\"(?:[^\"\\]|\\.)*\"|[^\s{}\"]+))*)\s*\}$"
)
_ATTRIBUTE = re.compile(r"#([^\s{}\"=]+)|([a-z_]+)=(?:(\"(?:[^\"\\]|\\.)*\")|([^\s{}\"]+))")


def encode(text: str) -> str:
    """One line of Markdown that `decode` turns into `text` again, wherever it stands."""
    if not text:
        return "&#x;"
    head = len(text) - len(text.lstrip())
    tail = len(text.rstrip())
    if head == len(text):
        return "".join(map(_reference, text))
    middle = _SPECIAL.sub(lambda match: "\\" + match[0], text[head:tail])
    middle = _UNSEEN.sub(lambda match: _reference(match[0]), middle)
    if head == 0:
        block = _BLOCK.match(middle)
        if block:
            middle = f"{middle[: block.end() - 1]}\\{middle[block.end() - 1 :]}"
    if tail == len(text) and middle.endswith("#") and not middle.endswith("\\#"):
        middle = middle[:-1] + "\\#"
    return "".join(map(_reference, text[:head])) + middle + "".join(map(_reference, text[tail:]))


def _reference(character: str) -> str:
    return f"&#x{ord(character):x};"


def decode(text: str) -> str:
    """The text behind one line of Markdown: escapes and numeric references undone."""
    return _ESCAPE.sub(_character, text) if "\\" in text or "&#" in text else text


def _character(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    digits = match[2] if match[2] is not None else match[3]
    if not digits:
        return ""
    code = int(digits, 16 if match[2] is not None else 10)
    return chr(code) if code <= 0x10FFFF else match[0]


def attributes(identifier: str, values: dict[str, Any]) -> str:
    """The token behind a title: `{#m1.s1.ms2 status=doing owner="Ann B."}`.

    Values are strings, whole numbers or lists of strings.
    """
    simple = _NAME.match(identifier)
    parts = [f"#{identifier}" if simple else f"id={_string(identifier)}"]
    for name, value in values.items():
        if isinstance(value, list):
            joined = ",".join(value)
            plain = all(_NAME.match(entry) for entry in value)
            parts.append(f"{name}={joined if plain else _string(json.dumps(value))}")
        else:
            text = str(value)
            parts.append(f"{name}={text if _NAME.match(text) else _string(text)}")
    return "{" + " ".join(parts) + "}"


def _string(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=bool(_UNSEEN.search(text)))
    return quoted.replace("<", "\\u003c").replace("{", "\\u007b").replace("}", "\\u007d")


def split_attributes(text: str) -> tuple[str, str, dict[str, str]]:
    """(text before the token, id, other values) of a line; ("…", "", {}) without a token."""
    if not text.endswith("}"):
        return text, "", {}
    match = _ATTRIBUTES.search(text)
    if match is None:
        return text, "", {}
    identifier, values = "", {}
    for part in _ATTRIBUTE.finditer(match[1]):
        try:
            value = json.loads(part[3]) if part[3] is not None else part[4]
        except ValueError:
            return text, "", {}
        if part[1] is not None:
            identifier = part[1]
        elif part[2] == "id":
            identifier = value
        else:
            values[part[2]] = value
    return text[: match.start()].rstrip(" "), identifier, values


def strings(text: str) -> list[str]:
    """The list in an attribute's value."""
    if text.startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list) and all(isinstance(entry, str) for entry in found):
            return found
    return [part for part in text.split(",") if part]

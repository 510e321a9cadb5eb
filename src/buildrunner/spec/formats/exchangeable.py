"""Values from other tools' files, made fit for a plan that is hashed and synced.

RFC 8785 knows no half surrogate pairs, no infinities and no integers beyond 2^53 - 1; a plan
is shallow. What does not fit is written as text, so nothing is lost.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from buildrunner.spec.document import MAX_INTEGER

#: Levels of objects and lists in one field.
MAX_LEVELS = 6


def text(value: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def fitted(value: Any, levels: int = MAX_LEVELS) -> Any:
    """The value, or what stands for it."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_INTEGER else _digits(value)
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if not levels:
        return _as_json(value)
    if isinstance(value, list):
        return [fitted(member, levels - 1) for member in value]
    return {text(name): fitted(member, levels - 1) for name, member in value.items()}


def _digits(value: int) -> str:
    return hex(value) if value.bit_length() > 14_000 else str(value)


def _as_json(value: Any) -> str:
    try:
        return text(json.dumps(value, ensure_ascii=False))
    except (RecursionError, ValueError):
        return "nested too deeply to be kept"

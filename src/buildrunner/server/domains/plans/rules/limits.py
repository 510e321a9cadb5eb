"""How much one request may carry, and text that no store can hold."""

from __future__ import annotations

import re
from typing import Any

from buildrunner.server.domains.plans.errors import TooLarge
from buildrunner.server.platform.errors import Invalid

MAX_DOCUMENT_BYTES = 32 * 1024 * 1024
MAX_OPERATIONS = 100_000
MAX_DEPTH = 64
MAX_ID = 200
MAX_MESSAGE = 2_000
MAX_KEY = 200
MAX_HOLDER = 200

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def check_size(data: bytes) -> None:
    """Refuse a body beyond 32 MiB."""
    if len(data) > MAX_DOCUMENT_BYTES:
        raise TooLarge(
            f"the body has {len(data):,} bytes; at most {MAX_DOCUMENT_BYTES:,} are accepted",
            limit=MAX_DOCUMENT_BYTES,
        )


def check_depth(value: Any, what: str) -> None:
    """Refuse values nested deeper than 64 levels: no plan needs them, and every reader pays."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for member in level:
            if member.__class__ is dict:
                below.extend(member.values())
            elif member.__class__ is list:
                below.extend(member)
        level = [member for member in below if member.__class__ in (dict, list)]
        if not level:
            return
    raise TooLarge(f"{what} is nested deeper than {MAX_DEPTH} levels", limit=MAX_DEPTH)


def holds_nul(encoded: bytes) -> bool:
    """Whether JSON text holds the character U+0000, which PostgreSQL's text cannot carry."""
    return rb"\u0000" in encoded and _NUL.search(encoded) is not None


def good_id(value: object) -> bool:
    """A non-empty string of printable characters, at most 200 of them."""
    return isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable()


def line(value: str, name: str, limit: int) -> str:
    """A short text from outside, stripped; refuses what is too long or cannot be stored."""
    text = value.strip()
    if len(text) > limit:
        raise Invalid(
            f"{name} has {len(text)} characters; at most {limit} are accepted", field=name
        )
    if not all(character.isprintable() or character in "\n\t" for character in text):
        raise Invalid(f"{name} holds control characters or broken Unicode", field=name)
    return text

"""What can be kept."""

from __future__ import annotations

from hashlib import sha256
from typing import Any


def sha256_hex(data: bytes) -> str:
    """The address of a record's bytes."""
    return sha256(data).hexdigest()


def storable(value: Any) -> bool:
    """Whether PostgreSQL keeps every text in it."""
    if isinstance(value, str):
        return "\x00" not in value and not any(0xD800 <= ord(one) <= 0xDFFF for one in value)
    if isinstance(value, list):
        return all(storable(member) for member in value)
    if isinstance(value, dict):
        return all(storable(name) and storable(member) for name, member in value.items())
    return not isinstance(value, int) or -(2**63) <= value < 2**63

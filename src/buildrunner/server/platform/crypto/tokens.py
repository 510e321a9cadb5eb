"""Random tokens. Only their SHA-256 is stored: 256 random bits need no slow hash."""

from __future__ import annotations

import hashlib
import secrets


def new_token(prefix: str) -> str:
    """A token of 256 random bits, e.g. `br_1f…`, URL-safe."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> bytes:
    """The 32 bytes under which a token is stored and looked up."""
    return hashlib.sha256(token.encode()).digest()

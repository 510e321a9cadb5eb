"""Hiding secrets in whatever `br` shows or logs."""

from __future__ import annotations

import os

from buildrunner.spec import masking

_SHOWN = 4


def masked(value: str) -> str:
    """A secret with at most its first four characters, and its length."""
    if not value:
        return ""
    shown = value[:_SHOWN] if len(value) >= 4 * _SHOWN else ""
    return f"{shown}… ({len(value)} characters)"


def mask(text: str) -> str:
    """`text` without keys, tokens, passwords in addresses, and secret environment values."""
    return masking.mask(text, os.environ)

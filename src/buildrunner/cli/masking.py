"""Hiding secrets in whatever is shown or logged."""

from __future__ import annotations

import os
import re

# The brief's keys and ours; values of these never appear in full.
SECRET_NAMES = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|DATABASE_URL|_DSN)$")
_KEY = re.compile(r"\bbr_[A-Za-z0-9_-]{12,}")
_USERINFO = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")
_SHOWN = 4


def masked(value: str) -> str:
    """A secret with at most its first four characters, and its length."""
    if not value:
        return ""
    shown = value[:_SHOWN] if len(value) >= 4 * _SHOWN else ""
    return f"{shown}… ({len(value)} characters)"


def mask(text: str) -> str:
    """`text` without keys, tokens, passwords in addresses, and secret environment values."""
    for name, value in os.environ.items():
        if len(value) >= 8 and SECRET_NAMES.search(name):
            text = text.replace(value, f"[{name}]")
    text = _KEY.sub("br_…", text)
    text = _JWT.sub("[token]", text)
    return _USERINFO.sub("…", text)

"""Takes secrets out of what is written down: keys, passwords, tokens, cookies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"

# Members whose value is a secret whatever it looks like.
_NAMES = (
    r"authorization|proxy-authorization|cookie|set-cookie|passw(?:or)?d|passphrase|pwd|secret"
    r"|(?:[a-z0-9]+[_-])*(?:token|secret|password|api[_-]?key|secret[_-]?key|master[_-]?key)"
    r"|api[_-]?key|device_code|user_code|buildrunner_session|buildrunner_csrf|sessionid|csrftoken"
    r"|csrfmiddlewaretoken|x-csrftoken|otp|totp|recovery_codes?|signature"
)
_SECRET_NAME = re.compile(rf"(?:{_NAMES})", re.IGNORECASE)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # Our own keys and tokens: the kind stays readable.
    (re.compile(r"\b(br)_[A-Za-z0-9_-]{16,}"), rf"\1_{MASK}"),
    (re.compile(r"\b([a-z]{2,8})_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"), rf"\1_{MASK}"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]{8,}"), f"whsec_{MASK}"),
    # Headers, to the end of their line: a cookie has many parts.
    (
        re.compile(
            r"(?im)\b((?:set-)?cookie|(?:proxy-)?authorization)(['\"]?\s*[:=]\s*).+?(?='[,}]|\"[,}]|$)"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {MASK}"),
    # `name=value`, `"name": "value"`, `'name': 'value'`
    (
        re.compile(
            rf"(?i)(?<![A-Za-z0-9])({_NAMES})(['\"]?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s\"'&,;}})\]]+)"
        ),
        rf"\1\2{MASK}",
    ),
    # postgresql://user:password@host
    (re.compile(r"(\w+://[^\s:/@]*):[^\s@/]+@"), rf"\1:{MASK}@"),
    # One-time links: a segment of a path that is no id. UUIDs and plan ids stay.
    (
        re.compile(
            r"(?<=/)(?![0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b)(?![0-9a-f]{32}\b)"
            r"(?=[^/\s?]*[0-9])(?=[^/\s?]*[A-Za-z])[A-Za-z0-9_:-]{24,}(?=[/\s?#\"']|$)"
        ),
        MASK,
    ),
)


def mask(text: str) -> str:
    """The text with every secret in it replaced."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def masked(name: str, value: Any) -> Any:
    """A member of a log line: its strings masked, all of it where the name says that it is secret."""
    if isinstance(value, str):
        return MASK if value and _SECRET_NAME.fullmatch(name) else mask(value)
    if isinstance(value, Mapping):
        return {str(key): masked(str(key), each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(name, each) for each in value]
    return value if isinstance(value, bool | int | float | type(None)) else mask(str(value))

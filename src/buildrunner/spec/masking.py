"""Hiding secrets in whatever is shown, logged or recorded."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Values of variables with such names never appear in full: the brief's keys, ours, and the
# endings that other tools use.
SECRET_NAMES = re.compile(
    r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|DATABASE_URL|_DSN|_PAT)$"
)
_SHORTEST = 8
_KEY = re.compile(r"\bbr_[A-Za-z0-9_-]{12,}")
_USERINFO = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")
_BEGIN = "-----BEGIN "
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,20}-----.*?(-----END [A-Z0-9 ]{0,60}-----|\Z)",
    re.DOTALL,
)


def mask(text: str, environment: Mapping[str, str]) -> str:
    """`text` without secret values of `environment`, keys, tokens, and passwords in addresses."""
    secrets = [
        (value, name)
        for name, value in environment.items()
        if len(value) >= _SHORTEST and SECRET_NAMES.search(name)
    ]
    # The longest first: one value may hold another.
    for value, name in sorted(secrets, key=lambda pair: -len(pair[0])):
        text = text.replace(value, f"[{name}]")
    if _BEGIN in text:
        text = _KEY_BLOCK.sub("[private key]", text)
    text = _KEY.sub("br_…", text)
    text = _JWT.sub("[token]", text)
    text = _USERINFO.sub("…", text)
    from buildrunner.spec.tokens import hide

    return hide(text)

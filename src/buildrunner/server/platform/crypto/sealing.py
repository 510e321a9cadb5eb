"""Secrets at rest: AES-256-GCM under a master key that is not in the database.

A sealed text reads `v1.<key>.<base64url of nonce and ciphertext>`; `<key>` names the master key,
so that several can stand side by side while one replaces another. The purpose is authenticated
too: what was sealed for one column does not open in another.
"""

from __future__ import annotations

import functools
import hashlib
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from buildrunner.server.platform.crypto.keyring import Keyring

_VERSION = "v1"
_NONCE = 12


class SealBroken(Exception):
    """A sealed text does not open: it was altered, or none of the master keys made it."""


def key_name(master_key: str) -> str:
    """The name of a master key in sealed texts: eight hexadecimal digits that tell nothing of it."""
    return hashlib.sha256(b"buildrunner master key\n" + master_key.encode()).hexdigest()[:8]


def seal(text: str, purpose: str) -> str:
    """The text, encrypted under the newest master key for one purpose (`webhooks.secret`)."""
    return _seal(text, purpose, master_keys()[0])


def unseal(sealed: str, purpose: str) -> str:
    """The text of `seal`; raises `SealBroken` when no master key opens it for this purpose."""
    return _unseal(sealed, purpose, master_keys())


def reseal(sealed: str, purpose: str) -> str:
    """The same text under the newest master key; what is under it already comes back as it is."""
    keys = master_keys()
    if sealed.startswith(mark_of(keys[0])):
        return sealed
    return _seal(_unseal(sealed, purpose, keys), purpose, keys[0])


def mark_of(master_key: str) -> str:
    """How every text begins that this key sealed."""
    return f"{_VERSION}.{key_name(master_key)}."


def master_keys() -> list[str]:
    """The keys in use: the first seals, all open.

    Where they come from the keyring they are read again when it changes, so that a rotation
    reaches every process without a restart.
    """
    path = getattr(settings, "BR_KEYRING", "")
    if not path:
        return list(settings.BR_MASTER_KEYS)
    try:
        entry = os.stat(path)
    except OSError:
        return list(settings.BR_MASTER_KEYS)
    return list(_in_keyring(path, entry.st_mtime_ns, entry.st_ino)) or settings.BR_MASTER_KEYS


@functools.lru_cache(maxsize=2)
def _in_keyring(path: str, _time: int, _file: int) -> tuple[str, ...]:
    return tuple((Keyring(Path(path)).read("master_key") or "").split())


def _seal(text: str, purpose: str, key: str) -> str:
    nonce = os.urandom(_NONCE)
    body = nonce + AESGCM(_bytes_of(key)).encrypt(nonce, text.encode(), purpose.encode())
    return f"{mark_of(key)}{urlsafe_b64encode(body).decode()}"


def _unseal(sealed: str, purpose: str, keys: Sequence[str]) -> str:
    version, _, rest = sealed.partition(".")
    name, _, body = rest.partition(".")
    for key in keys:
        if version == _VERSION and key_name(key) == name:
            try:
                data = urlsafe_b64decode(body)
                opened = AESGCM(_bytes_of(key)).decrypt(
                    data[:_NONCE], data[_NONCE:], purpose.encode()
                )
            except (InvalidTag, ValueError):
                break
            return opened.decode()
    raise SealBroken(
        "A secret does not open: it was altered, or its master key is missing from BR_MASTER_KEY."
    )


def _bytes_of(master_key: str) -> bytes:
    return hashlib.sha256(master_key.encode()).digest()

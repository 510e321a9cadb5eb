"""Secrets at rest: AES-256-GCM under a master key that is not in the database.

A sealed text reads `v1.<key>.<base64url of nonce and ciphertext>`; `<key>` names the master key,
so that several can stand side by side while one replaces another. The purpose is authenticated
too: what was sealed for one column does not open in another.
"""

from __future__ import annotations

import hashlib
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION = "v1"
_NONCE = 12


class SealBroken(Exception):
    """A sealed text does not open: it was altered, or none of the master keys made it."""


def key_name(master_key: str) -> str:
    """The name of a master key in sealed texts: eight hexadecimal digits that tell nothing of it."""
    return hashlib.sha256(b"buildrunner master key\n" + master_key.encode()).hexdigest()[:8]


def seal(text: str, purpose: str) -> str:
    """The text, encrypted under the newest master key for one purpose (`webhooks.secret`)."""
    newest = settings.BR_MASTER_KEYS[0]
    nonce = os.urandom(_NONCE)
    body = nonce + AESGCM(_bytes_of(newest)).encrypt(nonce, text.encode(), purpose.encode())
    return f"{_VERSION}.{key_name(newest)}.{urlsafe_b64encode(body).decode()}"


def unseal(sealed: str, purpose: str) -> str:
    """The text of `seal`; raises `SealBroken` when no master key opens it for this purpose."""
    version, _, rest = sealed.partition(".")
    name, _, body = rest.partition(".")
    for key in settings.BR_MASTER_KEYS:
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

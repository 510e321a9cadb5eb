"""A stream under a passphrase: scrypt makes the key, AES-256-GCM seals it chunk by chunk.

The nonce of a chunk is a random prefix, its number and whether it is the last one (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): chunks cannot be left out, put in
another order, or cut off at the end without being noticed. Memory does not grow with the stream.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import struct
from base64 import b64decode, b64encode
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"BRSEALED1\n"
_CHUNK = 1 << 20
_TAG = 16
_LONGEST_HEADER = 1024
# OWASP's figures for scrypt (2024): 128 MiB of memory, a third of a second.
_COST = {"n": 1 << 17, "r": 8, "p": 1}
_MOST = {"n": 1 << 20, "r": 16, "p": 4}  # a header is untrusted: it must not take all memory


class EnvelopeBroken(Exception):
    """The stream does not open: another passphrase, or it was altered or cut off."""


class SealingWriter:
    """Seals what is written to it into `target`. `close` writes the end; `target` stays open."""

    def __init__(self, target: IO[bytes], passphrase: str) -> None:
        self._target = target
        salt, self._prefix = os.urandom(16), os.urandom(7)
        header = {
            "kdf": "scrypt",
            **_COST,
            "salt": b64encode(salt).decode(),
            "prefix": b64encode(self._prefix).decode(),
        }
        self._header = MAGIC + json.dumps(header, sort_keys=True).encode() + b"\n"
        self._cipher = AESGCM(derived_key(passphrase, salt, **_COST))
        self._number = 0
        self._waiting = bytearray()
        target.write(self._header)

    def write(self, data: bytes) -> int:
        """Take any number of bytes."""
        self._waiting += data
        while len(self._waiting) > _CHUNK:  # a full one may yet be the last
            self._seal(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]
        return len(data)

    def close(self) -> None:
        """Seal what is left and mark the end."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._target.write(self._cipher.encrypt(nonce, chunk, self._header))
        self._number += 1


class OpeningReader:
    """Reads what `SealingWriter` wrote; raises `EnvelopeBroken`."""

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        self._source = source
        self._header = source.readline(_LONGEST_HEADER)
        if self._header != MAGIC:
            raise EnvelopeBroken("This is not a sealed stream.")
        line = source.readline(_LONGEST_HEADER)
        self._header += line
        try:
            told = json.loads(line)
            cost = {name: int(told[name]) for name in _MOST}
            salt, self._prefix = b64decode(told["salt"]), b64decode(told["prefix"])
        except (ValueError, KeyError, TypeError):
            raise EnvelopeBroken("The beginning of the sealed stream is broken.") from None
        if any(not 1 <= cost[name] <= most for name, most in _MOST.items()) or len(
            self._prefix
        ) != len(os.urandom(7)):
            raise EnvelopeBroken("The sealed stream asks for more work than any of ours.")
        self._cipher = AESGCM(derived_key(passphrase, salt, **cost))
        self._number = 0
        self._ahead = source.read(_CHUNK + _TAG)
        self._open = b""
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        gathered = bytearray()
        while size < 0 or len(gathered) < size:
            if not self._open and not self._next():
                break
            wanted = len(self._open) if size < 0 else size - len(gathered)
            gathered += self._open[:wanted]
            self._open = self._open[wanted:]
        return bytes(gathered)

    def _next(self) -> bool:
        if self._ended:
            return False
        chunk, self._ahead = self._ahead, self._source.read(_CHUNK + _TAG)
        self._ended = not self._ahead
        nonce = _nonce(self._prefix, self._number, last=self._ended)
        try:
            self._open = self._cipher.decrypt(nonce, chunk, self._header)
        except InvalidTag:
            what = (
                "The passphrase is not the one it was sealed with, or the beginning is broken."
                if self._number == 0
                else "The sealed stream was altered or cut off."
            )
            raise EnvelopeBroken(what) from None
        self._number += 1
        return bool(self._open) or not self._ended


@functools.lru_cache(maxsize=4)
def derived_key(passphrase: str, salt: bytes, *, n: int, r: int, p: int) -> bytes:
    """The 256-bit key of a passphrase (RFC 7914)."""
    return hashlib.scrypt(
        passphrase.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32
    )


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)

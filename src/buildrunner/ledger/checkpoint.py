"""A checkpoint: a signed note (C2SP signed-note, tlog-checkpoint) of how far the ledger had come.

    buildrunner.ledger/<organization>
    <number of records>
    <base64 of the Merkle root>
    last <hex of the last record's hash>
    time <RFC 3339>
    key <base64 of the Ed25519 public key>
    <empty line>
    — buildrunner.ledger/<organization> <base64 of 4 bytes of key hash and 64 of signature>

The signature covers everything before the empty line, the last newline included.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import NamedTuple

from buildrunner.ledger import signature
from buildrunner.ledger.errors import LedgerError

ORIGIN = "buildrunner.ledger/"
_DASH = "— "
_ED25519 = b"\x01"
_LONGEST = 4096


class Checkpoint(NamedTuple):
    """The ledger of `org` had `size` records at `at`, this Merkle `root` and `last_hash`."""

    org: str
    size: int
    root: bytes
    last_hash: bytes
    at: str
    public_key: bytes

    @property
    def key_id(self) -> str:
        """The name of the key that signed."""
        return signature.key_id(self.public_key)

    def body(self) -> str:
        """The signed text."""
        return (
            f"{ORIGIN}{self.org}\n{self.size}\n{_b64(self.root)}\nlast {self.last_hash.hex()}\n"
            f"time {self.at}\nkey {_b64(self.public_key)}\n"
        )


def sign(checkpoint: Checkpoint, secret: bytes) -> str:
    """The note; `secret` belongs to the checkpoint's public key."""
    body = checkpoint.body()
    name = f"{ORIGIN}{checkpoint.org}"
    seal = _key_hash(name, checkpoint.public_key) + signature.sign(secret, body.encode())
    return f"{body}\n{_DASH}{name} {_b64(seal)}\n"


def read(note: str) -> Checkpoint:
    """The checkpoint of a note, its signature verified with the key it names.

    Whether that key is anybody's you trust is another question: compare `key_id`. Raises
    `LedgerError`: `note_unreadable`, or `note_forged` where the signature is not that key's.
    """
    try:
        if len(note) > _LONGEST:
            raise ValueError
        body, signed = note.split("\n\n")
        origin, size, root, last, at, key = body.split("\n")
        found = Checkpoint(
            _after(origin, ORIGIN),
            _number(size),
            _bytes(root),
            bytes.fromhex(_after(last, "last ")),
            _after(at, "time "),
            _bytes(_after(key, "key ")),
        )
        name, sealed = _after(signed.rstrip("\n"), _DASH).split(" ")
        seal = b64decode(sealed, validate=True)
        if found.body() != body + "\n" or name != origin or len(seal) != 68:
            raise ValueError
    except ValueError:
        raise LedgerError(
            "note_unreadable",
            "this is no checkpoint of a ledger",
            hint="br audit checkpoint --out FILE   writes one",
        ) from None
    known = seal[:4] == _key_hash(name, found.public_key)
    if not known or not signature.signed(found.public_key, seal[4:], found.body().encode()):
        raise LedgerError(
            "note_forged",
            f"the checkpoint of {found.size} records is not signed by the key it names",
            hint="do not trust it; ask for the checkpoint again",
        )
    return found


def _key_hash(name: str, public_key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def _b64(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(text: str) -> bytes:
    data = b64decode(text, validate=True)
    if len(data) != 32:
        raise ValueError
    return data


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or (text != "0" and text.startswith("0")):
        raise ValueError
    return int(text)


def _after(text: str, beginning: str) -> str:
    if not text.startswith(beginning):
        raise ValueError
    return text[len(beginning) :]

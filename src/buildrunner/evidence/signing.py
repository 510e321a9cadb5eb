"""Ed25519 (RFC 8032) signatures: keys are 32 raw bytes, a key is named by its fingerprint."""

from __future__ import annotations

from binascii import Error as Base64Error
from typing import TYPE_CHECKING

from buildrunner.evidence.errors import EvidenceError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = "Ed25519"
KEY_BYTES = 32


def generate() -> bytes:
    """A new private key: 32 random bytes (the seed of RFC 8032)."""
    from secrets import token_bytes

    return token_bytes(KEY_BYTES)


def private_key(raw: bytes | Ed25519PrivateKey) -> Ed25519PrivateKey:
    """The key object of 32 raw bytes. Raises EvidenceError `bad_key`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if isinstance(raw, Ed25519PrivateKey):
        return raw
    if len(raw) != KEY_BYTES:
        raise EvidenceError(
            "bad_key", f"an Ed25519 private key has {KEY_BYTES} bytes, this one {len(raw)}"
        )
    return Ed25519PrivateKey.from_private_bytes(raw)


def public_key(raw: bytes | Ed25519PrivateKey) -> bytes:
    """The 32 raw bytes of the public key that belongs to a private one."""
    return private_key(raw).public_key().public_bytes_raw()


def key_id(public: bytes) -> str:
    """What a public key is called: the first 16 hex digits of its SHA-256."""
    from hashlib import sha256

    return sha256(public).hexdigest()[:16]


def encode(data: bytes) -> str:
    """Standard base64 (RFC 4648 section 4)."""
    from base64 import b64encode

    return b64encode(data).decode()


def decode(text: str, size: int, what: str) -> bytes:
    """The `size` bytes that `text` encodes, in the one spelling base64 has for them.

    Raises EvidenceError `bad_encoding` naming `what`.
    """
    from base64 import b64decode

    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        data = b""
    if len(data) != size or encode(data) != text:
        raise EvidenceError("bad_encoding", f"{what} is not the base64 of {size} bytes")
    return data


def sign_bytes(raw: bytes | Ed25519PrivateKey, message: bytes) -> bytes:
    """The 64 bytes of a signature."""
    return private_key(raw).sign(message)


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is that of `message` by the key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True

"""Ed25519 keys as the ledger names them. `cryptography` is loaded when a key is used."""

from __future__ import annotations

from hashlib import sha256

from buildrunner.ledger.errors import LedgerError


def key_id(public_key: bytes) -> str:
    """The first 16 hexadecimal digits of SHA-256 of the 32 bytes of a public key."""
    return sha256(public_key).hexdigest()[:16]


def new_key() -> tuple[bytes, bytes]:
    """A fresh pair: 32 bytes secret, 32 bytes public."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    secret = Ed25519PrivateKey.generate().private_bytes_raw()
    return secret, public_of(secret)


def public_of(secret: bytes) -> bytes:
    """The public key of a secret one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def check_public(public_key: bytes) -> bytes:
    """The key itself; raises `LedgerError` where these bytes are none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key)
    except ValueError:
        raise LedgerError(
            "key_unreadable",
            "this is no Ed25519 public key",
            hint="give its 32 bytes as base64",
        ) from None
    return public_key


def sign(secret: bytes, message: bytes) -> bytes:
    """64 bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(secret).sign(message)


def signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is this key's over this message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True

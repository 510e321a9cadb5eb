"""Evidence records and sign-offs: what they must say, their address, their signature.

A record is a JSON object; its bytes are those of RFC 8785, its address their SHA-256. The
signature is over the same bytes without the member `signature`.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from buildrunner.evidence import signing
from buildrunner.evidence.checks import criterion_digest
from buildrunner.evidence.errors import EvidenceError, Finding
from buildrunner.evidence.shape import SHAPES
from buildrunner.spec.document import canonical, loads
from buildrunner.spec.errors import SpecError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

EVIDENCE = "buildrunner.evidence/1"
SIGNOFF = "buildrunner.signoff/1"
# A record is small: what a check printed is kept elsewhere, only an excerpt is in it.
MAX_BYTES = 262_144

Record = dict[str, Any]


def parse(data: bytes) -> Record:
    """The record in `data`. Raises EvidenceError where it is none."""
    if len(data) > MAX_BYTES:
        raise EvidenceError("too_large", f"{len(data)} bytes; a record has at most {MAX_BYTES}")
    try:
        record = loads(data)
    except SpecError as error:
        raise EvidenceError("not_json", f"this is no JSON object: {error}") from None
    check_shape(record)
    return record


def check_shape(record: Any) -> None:
    """Raise EvidenceError `bad_record` unless every member is there and makes sense by itself."""
    if not isinstance(record, dict):
        raise EvidenceError("bad_record", "a record is a JSON object")
    shape = SHAPES.get(record["type"]) if isinstance(record.get("type"), str) else None
    if shape is None:
        raise EvidenceError(
            "bad_record",
            f"type is {record.get('type')!r}; known are {EVIDENCE} and {SIGNOFF}",
            "a newer br may know it",
        )
    problem = shape(record, "")
    if problem:
        raise EvidenceError("bad_record", problem)
    criterion = record["criterion"]
    if criterion["digest"] != criterion_digest(criterion["text"]):
        raise EvidenceError("bad_record", "criterion.digest is not that of criterion.text")


def to_bytes(record: Record) -> bytes:
    """The bytes a record is stored as. Raises EvidenceError `not_canonical`."""
    try:
        return canonical(record)
    except SpecError as error:
        raise EvidenceError("not_canonical", error.message, error.hint or "") from None


def address(record: Record) -> str:
    """The SHA-256 of `to_bytes`, in hexadecimal: the name of its file."""
    return sha256(to_bytes(record)).hexdigest()


def _signed_bytes(record: Record) -> bytes:
    return to_bytes({name: value for name, value in record.items() if name != "signature"})


def sign(record: Record, private_key: bytes | Ed25519PrivateKey) -> Record:
    """The record with its signature by a private key (32 raw bytes or a key object)."""
    public = signing.public_key(private_key)
    value = signing.sign_bytes(private_key, _signed_bytes(record))
    signature = {
        "algorithm": signing.ALGORITHM,
        "key": signing.key_id(public),
        "public_key": signing.encode(public),
        "value": signing.encode(value),
    }
    return {**record, "signature": signature}


def verify(record: Any) -> Finding | None:
    """What is wrong with a record's shape or signature; None when it is whole.

    That the key belongs to somebody is another question: see `proof`, `anchored`.
    """
    try:
        check_shape(record)
        signature = record["signature"]
        public = signing.decode(signature["public_key"], 32, "signature.public_key")
        value = signing.decode(signature["value"], 64, "signature.value")
        if signature["key"] != signing.key_id(public):
            raise EvidenceError("bad_signature", "signature.key does not name the public key")
        if not signing.is_signed(public, value, _signed_bytes(record)):
            raise EvidenceError(
                "bad_signature",
                "the signature does not fit: the record was changed after it was signed",
                "run the check again",
            )
    except EvidenceError as error:
        return error.finding()
    return None


def criterion_member(index: int | None, text: str) -> dict[str, Any]:
    """The member `criterion` of a record; index None stands for a microstep as a whole."""
    return {"index": index, "text": text, "digest": criterion_digest(text)}


def moment(record: Record) -> str:
    """When it was made, in a form that sorts by time."""
    text: str = record["started_at"] if record.get("type") == EVIDENCE else record["at"]
    return text[:19] + "." + text[20:-1].ljust(9, "0")

"""A plan as it is stored: compact JSON with the author's key order, deflated, with its hash.

msgspec reads and writes such a text five times faster than the standard library, deflate at its
lowest level costs a fifth of what PostgreSQL's own compression costs and keeps the write-ahead
log small; together they hold a one-field change of a 10,000-microstep plan under 150 ms.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

import msgspec

from buildrunner.server.domains.plans.errors import InvalidOperations, PlanInvalid
from buildrunner.server.domains.plans.types import Operation, Plan
from buildrunner.spec.document import UNHASHED, canonical, document_hash
from buildrunner.spec.errors import SpecError

_LEVEL = 1


def encode(value: object) -> bytes:
    """Compact JSON in UTF-8. The value must have a canonical form (`seal` has checked it)."""
    return msgspec.json.encode(value)


def decode(data: bytes | str) -> Plan:
    """The tree that `encode` wrote."""
    plan: Plan = msgspec.json.decode(data)
    return plan


def decode_operations(text: str) -> list[Operation]:
    """The operations of a stored revision."""
    operations: list[Operation] = msgspec.json.decode(text)
    return operations


def pack(data: bytes) -> bytes:
    """What the database keeps of a document's text."""
    return zlib.compress(data, _LEVEL)


def unpack(packed: bytes | memoryview) -> bytes:
    """The text of a packed document."""
    return zlib.decompress(packed)


def seal(plan: Plan) -> str:
    """The document hash; raises PlanInvalid for what has no canonical JSON form."""
    try:
        return document_hash(plan)
    except SpecError as error:
        raise PlanInvalid([finding(error.code, error.message, hint=error.hint)]) from None


def seal_after(plan: Plan, operations: Sequence[Operation], *, plain_before: bool) -> str:
    """The document hash after operations on a document that was `plain`.

    Where neither the document before nor the operations hold anything on which msgspec and
    RFC 8785 differ (numbers with a fraction, keys beyond the basic plane), neither does the
    document after, and the hash comes from msgspec in a tenth of the time.
    """
    if plain_before and _plain(operations):
        return _quick_hash(plan)
    return seal(plan)


def is_plain(plan: Plan, document_hash: str) -> bool:
    """Whether msgspec's sorted form of a stored plan is its canonical form: their hashes agree."""
    return _quick_hash(plan) == document_hash


def has_hash(plan: Plan, document_hash: str) -> bool:
    """Whether a plan hashes to this, by the quick way first."""
    return _quick_hash(plan) == document_hash or seal(plan) == document_hash


def _quick_hash(plan: Plan) -> str:
    kept = {key: value for key, value in plan.items() if key not in UNHASHED}
    return "sha256:" + hashlib.sha256(msgspec.json.encode(kept, order="sorted")).hexdigest()


def _plain(operations: Sequence[Operation]) -> bool:
    try:
        if canonical(list(operations)) != msgspec.json.encode(operations, order="sorted"):
            return False
    except SpecError as error:
        raise InvalidOperations(f"the operations cannot be stored: {error.message}") from None
    return all(operation.get("field", "").isascii() for operation in operations)


def request_digest(value: object) -> str:
    """A fingerprint of a request, to tell a retry from another use of its key."""
    try:
        return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()
    except (UnicodeEncodeError, RecursionError):
        raise InvalidOperations("the request holds text that UTF-8 cannot carry") from None


def finding(
    code: str,
    message: str,
    *,
    entity_id: str | None = None,
    pointer: str | None = None,
    hint: str | None = None,
) -> dict[str, object]:
    """A finding in the shape of the lint's."""
    return {
        "code": code,
        "severity": "error",
        "message": message,
        "pointer": pointer,
        "entity_id": entity_id,
        "hint": hint,
    }

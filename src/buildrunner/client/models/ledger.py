"""The ledger of an organization. `buildrunner.ledger` verifies what these hold."""

from __future__ import annotations

from typing import Any

import msgspec


class LedgerEntry(msgspec.Struct, frozen=True):
    """A record: who did what to which entity, and its place in the chain. `withheld` counts what
    of `actor` and `data` nobody can open any more."""

    seq: int
    id: str
    at: str
    action: str
    actor: dict[str, Any]
    entity: str
    data: dict[str, Any]
    hash: str
    prev_hash: str
    withheld: int
    project_id: str | None = None


class Checkpoint(msgspec.Struct, frozen=True):
    """A signed statement of how far the ledger had come; `note` is the signed text."""

    id: str
    org_id: str
    size: int
    root: str
    last_hash: str
    key_id: str
    note: str
    created_at: str
    requested_by: dict[str, Any] | None = None


class Inclusion(msgspec.Struct, frozen=True):
    """The proof that a record is in the ledger of a checkpoint."""

    index: int
    path: list[str]
    checkpoint: Checkpoint


class LedgerRecord(LedgerEntry, frozen=True, kw_only=True):
    """A record with its sealed bytes, its disclosures and its proof."""

    record: str
    disclosures: list[str]
    inclusion: Inclusion | None = None


class Consistency(msgspec.Struct, frozen=True):
    """The proof that the ledger of `size` records begins with that of `from_size`."""

    from_size: int
    from_root: str
    size: int
    root: str
    path: list[str]


class LedgerPiece(msgspec.Struct, frozen=True):
    """A part of an export file; `next_seq` is `None` on the last one."""

    content: bytes
    size: int
    next_seq: int | None = None


class SigningKey(msgspec.Struct, frozen=True):
    """A public key that an organization vouches for; `purpose` is `ledger` or `runner`."""

    key_id: str
    purpose: str
    name: str
    public_key: str
    registered_by: dict[str, Any]
    created_at: str
    revoked_at: str | None = None


class LedgerSettings(msgspec.Struct, frozen=True):
    """Records older than `audit_retention_days` go; the members `redact` (`*`: all) are personal,
    and with `redact_names` nobody is shown them."""

    audit_retention_days: int
    redact_names: bool
    redact: list[str]


class LedgerErasure(msgspec.Struct, frozen=True):
    """That somebody's personal data were taken out of a ledger."""

    id: str
    person_id: str
    erased_at: str
    erased_by: dict[str, Any]


class LedgerDestination(msgspec.Struct, frozen=True):
    """A SIEM or an object store that the ledger is sent to; everything before `next_seq` has
    arrived, `waiting` records have not."""

    id: str
    kind: str
    name: str
    url: str
    settings: dict[str, str]
    redact: bool
    enabled: bool
    next_seq: int
    waiting: int
    failures: int
    last_error: str
    created_at: str
    failing_since: str | None = None
    retry_at: str | None = None
    sent_at: str | None = None


class NewLedgerDestination(LedgerDestination, frozen=True, kw_only=True):
    """With the signing secret of a SIEM, told this once; a store has none."""

    signing_secret: str | None = None

    def __repr__(self) -> str:
        return f"<NewLedgerDestination {self.id} of {self.url}>"

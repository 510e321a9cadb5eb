"""What the room hands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A signing key that an organization vouches for; `public_key` is base64 of 32 bytes,
    `purpose` is `ledger` or `runner`."""

    id: UUID
    key_id: str
    purpose: str
    name: str
    public_key: str
    registered_by: dict[str, Any]
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProjectPrivacy:
    """What a project's policy calls personal: `kinds` of `policy.redaction.KINDS`; with `always`
    nobody is shown it, else it is left out where redaction is asked for."""

    always: bool
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """A checkpoint; the hashes are hexadecimal, `note` is the signed text."""

    id: UUID
    org_id: UUID
    size: int
    root: str
    last_hash: str
    key_id: str
    note: str
    created_at: datetime
    requested_by: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which records are asked for; `since` and `until` bound their time, `until` excluded.

    `action` is a kind, or a family as `plan.*`. `actor` is the id of a person, a service account
    or, as `key:<id>`, of an API key.
    """

    actor: str = ""
    action: str = ""
    entity: str = ""
    project: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A record as it can be read today: `actor` and `data` hold what its disclosures still tell,
    `withheld` counts those that nobody can open any more. `record` are the sealed bytes."""

    seq: int
    id: str
    at: datetime
    action: str
    actor: dict[str, Any]
    entity: str
    project_id: UUID | None
    data: dict[str, Any]
    hash: str
    prev_hash: str
    withheld: int
    record: bytes
    disclosures: Sequence[str]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a record is in the ledger of a checkpoint: its index there and the path, hexadecimal
    (RFC 9162, section 2.1.3)."""

    checkpoint: CheckpointView
    index: int
    path: Sequence[str]


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the ledger of `size` records begins with that of `from_size` (RFC 9162, 2.1.4)."""

    from_size: int
    from_root: str
    size: int
    root: str
    path: Sequence[str]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """An access review: `period` is a quarter (`2026-Q4`), `status` open, overdue or completed."""

    id: UUID
    period: str
    status: str
    due_date: date
    opened_by: dict[str, Any]
    opened_at: datetime
    completed_at: datetime | None
    total: int
    approved: int
    removed: int


@dataclass(frozen=True, slots=True)
class ReviewItemView:
    """One member in a review. `role`, `projects` and `keys` are what was held when the review
    began; `name` and `email` are those of today, empty where the member is gone. `approved` is
    null until somebody decides."""

    id: UUID
    member_id: UUID
    kind: str
    name: str
    email: str
    role: str
    projects: list[dict[str, str]]
    keys: int
    approved: bool | None
    note: str
    decided_by: dict[str, Any] | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class DestinationView:
    """Where a ledger is sent. `settings` of an object store: bucket, prefix, region,
    access_key_id. Everything before `next_seq` has arrived, `waiting` records have not."""

    id: UUID
    kind: str
    name: str
    url: str
    settings: dict[str, str]
    redact: bool
    enabled: bool
    next_seq: int
    waiting: int
    failures: int
    failing_since: datetime | None
    retry_at: datetime | None
    last_error: str
    sent_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewDestination:
    """A destination with the signing secret that is shown once; an object store has none."""

    destination: DestinationView
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SettingsView:
    """The policy of a ledger: records older than `audit_retention_days` go, the members `redact`
    (`*`: all) are personal, and with `redact_names` nobody is shown them."""

    audit_retention_days: int
    redact_names: bool
    redact: Sequence[str]


@dataclass(frozen=True, slots=True)
class ErasureView:
    """That somebody's personal data were taken out of a ledger."""

    id: UUID
    person_id: UUID
    erased_at: datetime
    erased_by: dict[str, Any]

"""From an event to what is sealed of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from buildrunner.ledger.record import Draft
from buildrunner.server.domains.audit.events import EPOCH_BEGUN
from buildrunner.server.domains.audit.rules.personal import part
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.events.stream import Position, Record


class Entry(NamedTuple):
    """A draft, and what the database keeps beside it: `taken` are pairs of person and disclosure."""

    draft: Draft
    taken: Sequence[tuple[str, str]]


def entry_of(id_: str, record: Record) -> Entry:
    """What is sealed of an event; `id_` is its position's token."""
    actor, data, taken = part(record.kind, record.actor, record.subject, record.data)
    draft = Draft(
        id_,
        instant(record.time),
        record.kind,
        actor,
        record.subject,
        str(record.project_id) if record.project_id else None,
        data,
        [disclosure for _, disclosure in taken],
    )
    return Entry(draft, taken)


def epoch_entry(before: int, now: int, at: datetime) -> Entry:
    """The record that a restore took place: events behind it belong to a new epoch, and what
    earlier copies of the ledger held behind this place is gone."""
    draft = Draft(
        id=Position(now, 0, 0).token(),
        at=instant(at),
        action=EPOCH_BEGUN,
        actor=SYSTEM.record(),
        entity="",
        project=None,
        data={"epoch": now, "before": before},
    )
    return Entry(draft, ())


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with six digits of a second: as `audit_sealed` writes it."""
    text = at.isoformat(timespec="microseconds")
    if not text.endswith("+00:00"):
        text = at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{text[:-6]}Z"

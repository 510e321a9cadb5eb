"""From an event to what is sealed of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from buildrunner.ledger.record import Draft
from buildrunner.server.domains.audit.events import EPOCH_BEGUN
from buildrunner.server.domains.audit.rules.personal import part
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.events.stream import Position, Record

_encode = msgspec.json.Encoder().encode
_WHOLE: Final = len('"2026-03-01T09:00:00.000001Z"')


class Entry(NamedTuple):
    """A draft, and what the database keeps beside it: `taken` are pairs of person and disclosure."""

    draft: Draft
    taken: Sequence[tuple[str, str]]


def entry_of(id_: str, record: Record, salts: Iterator[bytes]) -> Entry:
    """What is sealed of an event; `id_` is its position's token."""
    _, kind, _, project_id, subject, who, told, time = record
    actor, data, taken = part(kind, who, subject, told, salts)
    project = str(project_id) if project_id else None
    shown = [disclosure for _, disclosure in taken]
    draft = Draft(id_, instant(time), kind, actor, subject, project, data, shown)
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
    quick = _encode(at)
    if len(quick) == _WHOLE and quick[-2:] == b'Z"':  # neither another zone nor a full second
        return quick[1:-1].decode()
    return f"{at.astimezone(UTC).isoformat(timespec='microseconds')[:-6]}Z"

"""What the worker runs for this room."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.platform.events.stream import Record


def seal_events(records: Sequence[Record]) -> None:
    """For each batch of events: put them into the ledgers."""
    audit.seal_events(records)
    audit.wake_destinations(of={record.org_id for record in records})


def checkpoint_grown() -> None:
    """Every hour: sign how far each ledger has come."""
    audit.checkpoint_grown()


def keep_access_reviews() -> None:
    """Every day: begin the campaigns of the quarter, mark those that are overdue."""
    audit.keep_access_reviews()


def ship(org_id: str, destination_id: str) -> None:
    """A turn at one destination; queued by `actions/destinations.py` and `actions/ship.py`."""
    audit.ship(UUID(org_id), UUID(destination_id))


def wake_destinations() -> None:
    """Every minute: no destination waits for a turn that was lost."""
    audit.wake_destinations()


def ship_nightly() -> None:
    """Every night: object stores get what was sealed since the last one."""
    audit.wake_destinations(nightly=True)


def retain_all() -> None:
    """Every night: what is older than an organization keeps gives way to signed segments."""
    audit.retain_all()

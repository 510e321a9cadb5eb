"""What the worker runs for this room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.platform.events.stream import Record


def take_events(records: Sequence[Record]) -> None:
    """For each batch of events: queue the messages of whoever listens."""
    notifications.take_events(records)


def deliver(org_id: str, endpoint_id: str, wake_at: str) -> None:
    """A look at one endpoint; queued by `actions/wake.py`."""
    notifications.deliver(UUID(org_id), UUID(endpoint_id), wake_at=datetime.fromisoformat(wake_at))


def wake_overdue() -> None:
    """Every minute: no message waits for a job that was lost."""
    notifications.wake_overdue()


def purge_deliveries() -> None:
    """Every day: the log goes back 30 days."""
    notifications.purge_deliveries()


def tell(record: Record) -> None:
    """For each event of a kind that people are told of."""
    notifications.tell(record)


def mail_waiting() -> None:
    """Every minute: digests, and what waited for the end of quiet hours."""
    notifications.mail_waiting()


def purge_notices() -> None:
    """Every day: inboxes go back 90 days."""
    notifications.purge_notices()


# The kinds of events that `tell` knows.
TOLD = notifications.TOLD

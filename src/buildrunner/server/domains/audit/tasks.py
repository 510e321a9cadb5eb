"""What the worker runs for this room."""

from __future__ import annotations

from collections.abc import Sequence

from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.platform.events.stream import Record


def seal_events(records: Sequence[Record]) -> None:
    """For each batch of events: put them into the ledgers."""
    audit.seal_events(records)


def checkpoint_grown() -> None:
    """Every hour: sign how far each ledger has come."""
    audit.checkpoint_grown()


def keep_access_reviews() -> None:
    """Every day: begin the campaigns of the quarter, mark those that are overdue."""
    audit.keep_access_reviews()

"""Quarters, due dates, and who may decide about whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

DAYS_TO_DECIDE: Final = 30
OPEN, OVERDUE, COMPLETED = "open", "overdue", "completed"
LONGEST_NOTE: Final = 500


def period_of(day: date) -> str:
    """The quarter of a day, such as `2026-Q4`."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def due_date(opened: date) -> date:
    """The last day for decisions."""
    return opened + timedelta(days=DAYS_TO_DECIDE)


def status_of(*, undecided: int, due: date, today: date) -> str:
    """Where a campaign stands."""
    if not undecided:
        return COMPLETED
    return OVERDUE if today > due else OPEN


def may_decide(reviewer: UUID | None, member: UUID, reviewers: frozenset[UUID]) -> bool:
    """Nobody decides about himself while another could."""
    return reviewer != member or not reviewers - {member}

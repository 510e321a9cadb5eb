"""How far the subscribers are behind, and which of them fail: for operators and their alarms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

# Counting stops here, so that asking costs the same whatever has piled up.
MOST: Final = 10_000
_STILL: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Lag:
    """One subscriber: the `events` it has not dealt with (at most 10,000 are counted) and the
    `seconds` for which the oldest of them has waited; while it fails, how often, since when and
    why. `error` is for operators: it may tell of tenants' data. One that nobody has moved for ten
    minutes is not `active`: it has nothing to do, or a newer version does without it.
    """

    subscriber: str
    events: int
    seconds: float
    failures: int
    failing_since: datetime | None
    error: str
    active: bool


def cursor_lag() -> list[Lag]:
    """Every subscriber that ever ran, by name; needs no tenant scope."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT subscriber, waiting, oldest, failures, failing_since, last_error,"
            " updated_at FROM events_lag(%s) ORDER BY subscriber",
            [MOST],
        )
        rows = cursor.fetchall()
    now = timezone.now()
    return [
        Lag(
            subscriber=row[0],
            events=row[1],
            seconds=max(0.0, (now - row[2]).total_seconds()) if row[2] else 0.0,
            failures=row[3],
            failing_since=row[4],
            error=row[5],
            active=now - row[6] < _STILL,
        )
        for row in rows
    ]

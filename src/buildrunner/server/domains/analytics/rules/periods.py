"""When reports are due, and which period each is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

FREQUENCIES: Final = ("daily", "weekly", "monthly")


class Period(NamedTuple):
    """From `since` up to `until`, and the period before it; `name` is the same for all times."""

    name: str
    since: date
    until: date
    before: date


def period(frequency: str, due: datetime) -> Period:
    """The last whole day, week (from Monday) or month before a moment, in UTC."""
    today = due.astimezone(UTC).date()
    if frequency == "daily":
        since = today - timedelta(days=1)
        return Period(f"{since}", since, today, since - timedelta(days=1))
    if frequency == "weekly":
        until = today - timedelta(days=today.weekday())
        since = until - timedelta(weeks=1)
        year, week, _ = since.isocalendar()
        return Period(f"{year}-W{week:02d}", since, until, since - timedelta(weeks=1))
    until = today.replace(day=1)
    since = (until - timedelta(days=1)).replace(day=1)
    return Period(f"{since:%Y-%m}", since, until, (since - timedelta(days=1)).replace(day=1))


def following(frequency: str, hour: int, after: datetime) -> datetime:
    """The first moment after one at which a report is due."""
    day = after.astimezone(UTC).date()
    while True:
        moment = datetime.combine(day, time(hour), UTC)
        fits = {
            "daily": True,
            "weekly": day.weekday() == 0,
            "monthly": day.day == 1,
        }[frequency]
        if fits and moment > after:
            return moment
        day += timedelta(days=1)

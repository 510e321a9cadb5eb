"""Windows of time and their buckets, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

#: How many buckets a window has unless it is told, by zoom.
ZOOMS = {"day": 30, "week": 26, "month": 24, "quarter": 12}
LANES = ("milestone", "person", "agent")
MOST_BUCKETS = 400
_FIRST, _LAST = date(1970, 1, 1), date(9000, 1, 1)


def bucket_of(day: date, zoom: str) -> date:
    """The first day of the bucket that a day is in; weeks begin on Monday."""
    if zoom == "week":
        return day - timedelta(days=day.weekday())
    if zoom == "month":
        return day.replace(day=1)
    if zoom == "quarter":
        return day.replace(month=day.month - (day.month - 1) % 3, day=1)
    return day


def step(start: date, zoom: str, count: int) -> date:
    """The start of a bucket so many buckets on, or back where `count` is negative."""
    if zoom in ("day", "week"):
        return start + timedelta(days=count * (7 if zoom == "week" else 1))
    months = start.year * 12 + start.month - 1 + count * (3 if zoom == "quarter" else 1)
    return date(months // 12, months % 12 + 1, 1)


def window(zoom: str, last: date, first: date | None = None) -> tuple[date, date]:
    """The first day, and the one after the last, of the buckets that lead up to `last`.

    Without `first` it has the usual number of buckets; it never has more than `MOST_BUCKETS`.
    """
    last = min(max(last, _FIRST), _LAST)
    ending = bucket_of(last, zoom)
    earliest = step(ending, zoom, 1 - MOST_BUCKETS)
    if first is None or first > last:
        return step(ending, zoom, 1 - ZOOMS[zoom]), step(ending, zoom, 1)
    return max(bucket_of(max(first, _FIRST), zoom), earliest), step(ending, zoom, 1)


def starts(first: date, after: date, zoom: str) -> list[date]:
    """The starts of all buckets of a window."""
    found = []
    while first < after:
        found.append(first)
        first = step(first, zoom, 1)
    return found


def midnight(day: date) -> datetime:
    """When a day begins."""
    return datetime.combine(day, time(), UTC)

"""When a mail goes: at once, at the end of the quiet hours, or with the next digest."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

OFF, HOURLY, DAILY, WEEKLY = "off", "hourly", "daily", "weekly"
DIGESTS: Final = (OFF, HOURLY, DAILY, WEEKLY)
DAY: Final = 24 * 60


class Clock(NamedTuple):
    """A person's day: minutes of it, in the person's time zone; equal ends are no quiet hours."""

    time_zone: str = "UTC"
    quiet_from: int = 0
    quiet_to: int = 0
    digest: str = OFF
    digest_minute: int = 8 * 60
    digest_weekday: int = 0


def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name; raises `ValueError` for one that is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone") from None


def quiet_until(clock: Clock, now: datetime) -> datetime | None:
    """The end of the quiet hours that `now` lies in, in UTC; `None` outside them."""
    begin, end = clock.quiet_from, clock.quiet_to
    if begin == end:
        return None
    local = now.astimezone(_zone(clock))
    minute = local.hour * 60 + local.minute
    inside = begin <= minute < end if begin < end else minute >= begin or minute < end
    if not inside:
        return None
    tomorrow = begin > end and minute >= begin
    return _at(local, 1 if tomorrow else 0, end)


def mail_moment(clock: Clock, priority: str, now: datetime) -> datetime | None:
    """When a notice is mailed, in UTC; `None`: at once. What is urgent waits for nothing."""
    if priority == "urgent":
        return None
    moment = _next_digest(clock, now) if clock.digest != OFF else None
    return quiet_until(clock, moment or now) or moment


def _next_digest(clock: Clock, now: datetime) -> datetime:
    local = now.astimezone(_zone(clock))
    if clock.digest == HOURLY:
        begun = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return begun + timedelta(hours=1)
    days = 0
    if clock.digest == WEEKLY:
        days = (clock.digest_weekday - local.weekday()) % 7
    moment = _at(local, days, clock.digest_minute)
    if moment <= now:
        moment = _at(local, days + (7 if clock.digest == WEEKLY else 1), clock.digest_minute)
    return moment


def _at(local: datetime, days: int, minute: int) -> datetime:
    """A minute of the day some days later, by the wall clock of the zone, in UTC."""
    day = local.date() + timedelta(days=days)
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=local.tzinfo)
    return wall.astimezone(UTC)


def _zone(clock: Clock) -> ZoneInfo:
    try:
        return zone(clock.time_zone)
    except ValueError:  # a zone that this machine no longer knows
        return ZoneInfo("UTC")

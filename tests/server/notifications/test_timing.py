"""Quiet hours and digests, by the person's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.notifications.rules.timing import Clock, mail_moment, quiet_until


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


START = at("2026-01-01T00:00")
ROME = Clock("Europe/Rome", quiet_from=22 * 60, quiet_to=7 * 60)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-10T20:59", None),  # 21:59 there
        ("2026-01-10T21:00", "2026-01-11T06:00"),
        ("2026-01-11T05:59", "2026-01-11T06:00"),
        ("2026-01-11T06:00", None),
        ("2026-07-10T20:00", "2026-07-11T05:00"),  # summer time
        ("2026-03-28T22:00", "2026-03-29T05:00"),  # the night in which it begins
    ],
)
def test_quiet_hours_pass_midnight_and_know_summer_time(now: str, until: str | None) -> None:
    assert quiet_until(ROME, at(now)) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("clock", "now", "moment"),
    [
        (Clock(), "2026-01-10T20:59", None),
        (Clock(digest="hourly"), "2026-01-10T20:59", "2026-01-10T21:00"),
        (Clock(digest="daily"), "2026-01-10T07:59", "2026-01-10T08:00"),
        (Clock(digest="daily"), "2026-01-10T08:00", "2026-01-11T08:00"),
        (Clock("Asia/Tokyo", digest="daily"), "2026-01-10T00:00", "2026-01-10T23:00"),
        (Clock(digest="weekly", digest_weekday=0), "2026-01-10T08:00", "2026-01-12T08:00"),
        (Clock(digest="weekly", digest_weekday=5), "2026-01-10T09:00", "2026-01-17T08:00"),
        (ROME._replace(digest="hourly"), "2026-01-10T21:30", "2026-01-11T06:00"),
    ],
)
def test_a_mail_waits_for_the_digest_and_the_morning(
    clock: Clock, now: str, moment: str | None
) -> None:
    assert mail_moment(clock, "normal", at(now)) == (at(moment) if moment else None)
    assert mail_moment(clock, "urgent", at(now)) is None


@given(
    begin=st.integers(0, 1439),
    end=st.integers(0, 1439),
    digest=st.sampled_from(["off", "hourly", "daily", "weekly"]),
    now=st.integers(0, 525_600).map(lambda minute: START + timedelta(minutes=minute)),
    zone=st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_no_mail_leaves_in_quiet_hours_nor_waits_for_ever(
    begin: int, end: int, digest: str, now: datetime, zone: str
) -> None:
    clock = Clock(zone, begin, end, digest)
    moment = mail_moment(clock, "normal", now)
    if moment is None:
        assert quiet_until(clock, now) is None
        return
    assert (moment - now).days <= 8
    assert moment > now or quiet_until(clock, now) is not None

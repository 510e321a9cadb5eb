"""A process spends against its leases and never past them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.rules import budgets as rules

D = Decimal
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
cents = st.integers(0, 300).map(lambda n: D(n) / 100)


def lease(amount: Decimal, seconds: float = 60) -> metering.Lease:
    return metering.Lease(uuid4(), UUID(int=1), amount, NOW + timedelta(seconds=seconds))


def test_a_call_holds_its_bound_and_gives_back_the_rest() -> None:
    book: metering.LeaseBook[str] = metering.LeaseBook()
    assert book.hold("a", D("0.1"), NOW) is None
    book.add("a", lease(D(1)))
    one = book.hold("a", D("0.7"), NOW)
    assert one is not None
    assert book.hold("a", D("0.7"), NOW) is None
    assert book.hold("b", D("0.1"), NOW) is None
    book.finish(one, D("0.1"))
    assert book.hold("a", D("0.7"), NOW) is not None
    with pytest.raises(ValueError, match="before"):
        book.finish(metering.LeaseHold(uuid4(), D(1)), D(1))


def test_a_lease_is_settled_when_nothing_runs_and_renewed_when_something_does() -> None:
    book: metering.LeaseBook[str] = metering.LeaseBook()
    one = lease(D(1))
    book.add("a", one)
    hold = book.hold("a", D("0.5"), NOW)
    assert hold is not None
    late = NOW + timedelta(seconds=50)
    assert book.hold("a", D("0.1"), late) is None  # too near its end
    assert book.due(late) == metering.Due([], [one.id])
    book.finish(hold, D("0.2"))
    assert book.due(NOW) == metering.Due()
    assert book.due(late) == metering.Due([(one.id, D("0.2"))], [])
    assert book.hold("a", D("0.1"), NOW) is None  # no call begins while it is settled
    book.forget(one.id)
    assert len(book) == 0


@pytest.mark.parametrize("amount", ["-0.1", "NaN", "Infinity"])
def test_amounts_that_a_book_does_not_take(amount: str) -> None:
    book: metering.LeaseBook[str] = metering.LeaseBook()
    book.add("a", lease(D(1)))
    with pytest.raises(ValueError, match="from zero"):
        book.hold("a", D(amount), NOW)
    hold = book.hold("a", D(1), NOW)
    assert hold is not None
    with pytest.raises(ValueError, match="from zero"):
        book.finish(hold, D(amount))


@given(st.lists(st.tuples(cents, st.integers(0, 100), st.booleans())), cents)
def test_what_runs_and_what_was_spent_stay_inside(
    calls: list[tuple[Decimal, int, bool]], amount: Decimal
) -> None:
    book: metering.LeaseBook[str] = metering.LeaseBook()
    one = lease(amount)
    book.add("a", one)
    running: list[metering.LeaseHold] = []
    spent = D(0)
    for bound, part, ends in calls:
        hold = book.hold("a", bound, NOW)
        if hold is not None:
            running.append(hold)
        if ends and running:
            ended = running.pop(0)
            cost = ended.amount * part / 100
            book.finish(ended, cost)
            spent += cost
        assert spent + sum((one.amount for one in running), D(0)) <= amount
    for ended in running:
        book.finish(ended, ended.amount)
        spent += ended.amount
    assert book.due(NOW, everything=True).settle == [(one.id, spent)]


@given(
    st.lists(st.tuples(cents, cents, cents, st.booleans()), max_size=5),
    cents,
    st.none() | cents,
)
def test_no_verdict_passes_a_hard_cap(
    rows: list[tuple[Decimal, Decimal, Decimal, bool]], amount: Decimal, least: Decimal | None
) -> None:
    lines = [
        rules.Line(UUID(int=number), cap, hard, spent, reserved)
        for number, (cap, spent, reserved, hard) in enumerate(rows)
    ]
    said = rules.judge(lines, amount, least=least and min(least, amount))
    if said.granted is None:
        assert any(one.hard and one.id == said.refused_by for one in lines)
        assert amount > min(one.left for one in lines if one.hard) or least
    else:
        assert said.granted <= amount
        assert all(said.granted <= one.left for one in lines if one.hard)
    hard = any(one.hard for one in lines)
    assert rules.judge(lines, None).unpriced is hard


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(rules.PERIODS))
def test_periods_meet_without_a_gap(at: datetime, period: str) -> None:
    start = rules.period_start(period, at)
    end = rules.period_end(period, start) if start.year < 9999 else None
    if period == "total":
        assert end is None
        return
    assert start <= at
    if end is not None:
        assert at < end
        assert rules.period_start(period, end) == end
        assert rules.period_start(period, end - timedelta(microseconds=1)) == start


@given(cents, cents, st.sampled_from(["0.1", "0.8", "0.9", "0.95", "1"]))
def test_each_level_is_told_once(spent: Decimal, cap: Decimal, threshold: str) -> None:
    levels = rules.crossed(spent, cap, D(threshold))
    assert levels == sorted(set(levels))
    assert all(spent >= level * cap for level in levels)
    if levels:
        assert rules.crossed(spent, cap, D(threshold), told=levels[-1]) == []

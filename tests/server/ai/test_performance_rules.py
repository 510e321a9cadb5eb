"""Figures of models: rates are rates, the same period twice is no trend, advice has its sample."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from buildrunner.server.domains.ai.rules import performance as rules
from buildrunner.server.domains.ai.types.performance import Figures, Tally
from buildrunner.server.domains.ai.types.routing import Record


def tally(
    model: str = "m-1",
    calls: int = 40,
    succeeded: int = 40,
    quality: str | None = "8.00",
    cost: str | None = "1",
    unpriced: int = 0,
    seconds: int | None = 2,
    task: str = "explain",
) -> Tally:
    record = Record(
        model=model,
        task_type=task,
        calls=calls,
        succeeded=succeeded,
        quality=None if quality is None else Decimal(quality),
        tokens=calls * 100,
        cost=None if cost is None else Decimal(cost),
        unpriced=unpriced,
    )
    late = None if seconds is None else Decimal(seconds * 1000)
    return Tally(record, late, late)


@st.composite
def tallies(draw: st.DrawFn, model: str = "m-1") -> Tally:
    calls = draw(st.integers(0, 500))
    unpriced = draw(st.integers(0, calls))
    priced = draw(st.integers(0, 10_000))
    return tally(
        model,
        calls,
        draw(st.integers(0, calls)),
        draw(st.none() | st.decimals(0, 10, places=2).map(str)),
        f"{priced / 1000}" if unpriced < calls else None,
        unpriced,
        draw(st.none() | st.integers(0, 900)),
    )


@given(tallies())
def test_rates_lie_within_0_and_1_and_grades_follow(one: Tally) -> None:
    rate, low, high = one.record.success_rate, *rules.likely(one.record.succeeded, one.record.calls)
    assert 0 <= low <= high <= 1
    if rate is not None:
        assert 0 <= rate <= 1
        assert low - 1e-9 <= float(rate) <= high + 1e-9
    assert (one.cost_per_call is None) == (one.record.cost is None or not one.priced)
    assert rules.figures(one, None).grade in ("", "A", "B", "C", "D", "F")


@given(tallies())
def test_the_same_period_twice_is_no_trend(one: Tally) -> None:
    found = rules.trend(one, one)
    assert found.calls == 0
    assert {found.success, found.quality, found.latency, found.cost} <= {None, Decimal(0)}


@given(tallies("m-1"), tallies("m-2"))
def test_advice_rests_on_a_sample(one: Tally, other: Tally) -> None:
    few = min(one.record.calls, other.record.calls) < rules.LEAST_CALLS
    advice, thin = rules.advise([Figures(one, rules.trend(one, None), ""),
                                 Figures(other, rules.trend(other, None), "")], [])  # fmt: skip
    assert bool(thin) == few
    assert not (few and advice)
    for each in advice:
        assert each.calls >= rules.LEAST_CALLS
        assert "n=" in each.words


@given(tallies("m-1"))
def test_a_model_is_not_advised_in_place_of_its_like(one: Tally) -> None:
    assume(one.record.calls)
    like = tally("m-2", one.record.calls, one.record.succeeded, None, None, one.record.calls, None)
    like = Tally(
        Record(**{name: getattr(one.record, name) for name in Record.__slots__} | {"model": "m-2"}),
        one.p50,
        one.p95,
    )
    rows = [rules.figures(one, None), rules.figures(like, None)]
    told = [each for each in rules.advise(rows, [])[0] if each.kind != "latency" or one.p95]
    assert told == []


def advice(*rows: Tally, before: tuple[Tally, ...] = ()) -> list[str]:
    return [
        each.words for each in rules.advise([rules.figures(one, None) for one in rows], before)[0]
    ]


def test_the_cheaper_one_is_told_with_its_figures() -> None:
    (words,) = advice(tally("dear", 50, 50, cost="5"), tally("cheap", 20, 20, "8.10", cost="1.24"))
    assert words == (
        "For explain, cheap costs 38 % less than dear at the same quality (8.10 against 8.00) "
        "(0.062000 against 0.100000 USD a call); n=20 and 50."
    )


def test_neither_the_worse_nor_the_unpriced_is_advised() -> None:
    usual = tally("dear", 50, 50, cost="5")
    assert advice(usual, tally("bad", 20, 20, "5.00", cost="0.1")) == []
    assert advice(usual, tally("free", 20, 20, cost=None, unpriced=20)) == []
    assert advice(usual, tally("unjudged", 20, 20, None, cost="0.1")) == []


def test_the_surer_and_the_quicker_are_told_and_who_fell() -> None:
    usual = tally("usual", 60, 30, seconds=20)
    told = advice(usual, tally("sure", 40, 40, seconds=2))
    assert any("sure succeeds in 100 % of its tasks, usual in 50 %" in one for one in told)
    assert any("95 of 100 tasks within 2.0 s" in one for one in told)
    (fell,) = advice(usual, before=(tally("usual", 60, 60),))
    assert "less often than in the period before: 50 % after 100 %" in fell

"""What counts as unusual: weekdays, trends, gaps and earlier outliers do not."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.analytics.rules.anomalies import Point, Watch, judge
from buildrunner.server.domains.analytics.rules.blame import causes

MONDAY = date(2026, 1, 5)
COST = Watch(1, 50, 1.0)
WEEK = (20, 22, 21, 20, 18, 4, 3)


def series(days: int, **changes: float | None) -> list[Point]:
    """A quiet series with a week's profile; `d40=100.0` changes the 40th day."""
    chance = random.Random(5)
    values = [WEEK[day % 7] * chance.uniform(0.9, 1.1) for day in range(days)]
    points = [Point(MONDAY + timedelta(days=place), value) for place, value in enumerate(values)]
    for name, value in changes.items():
        place = int(name[1:])
        points[place] = Point(points[place].day, value)
    return points


def unusual(points: list[Point], watch: Watch = COST) -> list[int]:
    return [(one.day - MONDAY).days for one in judge(points, watch) if one.severity]


def test_a_quiet_series_has_none() -> None:
    assert unusual(series(120)) == []


def test_a_spike_is_found_and_expected_is_that_weekdays_value() -> None:
    points = series(80, d70=90.0)  # a Monday
    assert unusual(points) == [70]
    (verdict,) = [one for one in judge(points, COST) if one.severity]
    assert verdict.expected == pytest.approx(20, rel=0.15)
    assert verdict.low < 20 < verdict.high < 90
    assert verdict.severity in ("high", "critical")


def test_a_monday_is_no_spike_after_a_weekend_but_the_same_amount_on_a_sunday_is() -> None:
    assert unusual(series(80, d76=20.0)) == [76]  # a Sunday with a Monday's costs
    assert unusual(series(80, d77=20.0)) == []


def test_an_earlier_outlier_does_not_hide_a_later_one() -> None:
    assert unusual(series(80, d63=400.0, d70=90.0)) == [63, 70]


def test_a_steady_rise_is_expected() -> None:
    points = [
        Point(one.day, (one.value or 0) * (1 + place * 0.01))
        for place, one in enumerate(series(110))
    ]
    assert unusual(points) == []


def test_gaps_are_neither_zero_nor_unusual() -> None:
    points = series(80, d70=None, d71=None, d63=None)
    assert unusual(points, Watch(-1, 20, 1.0)) == []
    assert {one.day for one in judge(points, COST)}.isdisjoint({points[70].day, points[71].day})


def test_below_the_threshold_of_the_policy_nothing_is_told() -> None:
    points = series(80, d70=40.0)
    assert unusual(points, Watch(1, 50, 1.0)) == [70]
    assert unusual(points, Watch(1, 150, 1.0)) == []


def test_little_known_is_judged_not_at_all() -> None:
    assert judge(series(14), COST) == []
    assert len(judge(series(15), COST)) == 1


def test_a_rate_over_few_runs_has_its_own_noise() -> None:
    drop = Watch(-1, 20, 0.02, seasonal=False)
    points = [Point(MONDAY + timedelta(days=day), 0.95) for day in range(40)]
    low = points[39]._replace(value=0.7)
    assert unusual([*points[:39], low], drop) == [39]
    assert unusual([*points[:39], low._replace(noise=0.15)], drop) == []


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e9)), max_size=80))
def test_any_series_is_judged(values: list[float | None]) -> None:
    points = [Point(MONDAY + timedelta(days=day), value) for day, value in enumerate(values)]
    for watch in (COST, Watch(-1, 20, 0.0, seasonal=False)):
        for verdict in judge(points, watch):
            assert verdict.low <= verdict.expected <= verdict.high
            assert verdict.percent >= 0


def test_the_part_that_made_the_difference_is_named() -> None:
    now = {"model": {"big": 50.0, "small": 6.0}, "person": {"ada": 30.0, "bob": 26.0}}
    before = {
        "model": [{"big": 10.0, "small": 6.0}] * 4,
        "person": [{"ada": 8.0, "bob": 8.0}] * 4,
    }
    found = causes(now, before, direction=1)
    assert [(one.dimension, one.name) for one in found] == [
        ("model", "big"),
        ("person", "ada"),
        ("person", "bob"),
    ]
    assert found[0].share == pytest.approx(1.0)
    assert found[1].share == pytest.approx(22 / 40)


def test_a_fall_is_explained_by_what_went_missing() -> None:
    now = {"person": {"ada": 1.0}}
    before = {"person": [{"ada": 6.0, "bob": 5.0}] * 3}
    found = causes(now, before, direction=-1)
    assert [(one.name, one.observed, one.expected) for one in found] == [
        ("ada", 1.0, 6.0),
        ("bob", 0.0, 5.0),
    ]

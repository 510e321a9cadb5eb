"""Burn-up, times and forecast: answers known by hand, and properties."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.workbench.rules.timeline import (
    burn_up,
    finished_by_day,
    spread,
    status_changes,
    times,
)
from buildrunner.server.domains.workbench.rules.timeline_forecast import forecast
from buildrunner.spec.diff import diff
from buildrunner.spec.document import microsteps

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def plan(**statuses: str) -> dict[str, Any]:
    rows = [{"id": f"m1.s1.{name}", "title": name, "status": s} for name, s in statuses.items()]
    step = {"id": "m1.s1", "title": "S", "microsteps": rows}
    return {"title": "T", "milestones": [{"id": "m1", "title": "M", "steps": [step]}]}


def history(*plans: dict[str, Any]) -> list[tuple[datetime, list[dict[str, Any]]]]:
    """One revision a day."""
    before: dict[str, Any] = {}
    steps = []
    for number, after in enumerate(plans):
        steps.append((START + timedelta(days=number), diff(before, after)))
        before = copy.deepcopy(after)
    return steps


def test_scope_and_done_of_each_day() -> None:
    changes = status_changes(
        history(
            plan(a="todo", b="done"),
            plan(a="doing", b="done", c="todo"),
            plan(a="done", c="todo"),
        )
    )
    points = burn_up(changes, until=date(2026, 3, 5))
    assert [(p.scope, p.done) for p in points] == [(2, 1), (3, 1), (2, 1), (2, 1)]
    assert finished_by_day(changes, until=date(2026, 3, 5)) == [0, 0, 1, 0]


def test_lead_and_cycle_time_of_what_is_done_now() -> None:
    changes = status_changes(
        history(plan(a="todo", b="done"), plan(a="doing", b="done"), plan(a="done", b="done"))
    )
    lead, cycle = times(changes)
    assert (lead.count, lead.median) == (1, 48.0)
    assert (cycle.count, cycle.median) == (1, 24.0)


def test_what_is_reopened_is_not_finished() -> None:
    changes = status_changes(history(plan(a="todo"), plan(a="done"), plan(a="todo")))
    assert sum(finished_by_day(changes, until=date(2026, 3, 9))) == 0
    assert times(changes)[0].count == 0


def test_percentiles_by_nearest_rank() -> None:
    assert spread([4.0, 1.0, 3.0, 2.0]).median == 2.0
    assert spread([float(n) for n in range(1, 21)]).high == 17.0
    assert spread([]).median is None


_PLANS = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["todo", "doing", "blocked", "done"]),
    ).map(lambda rows: plan(**rows)),
    min_size=1,
    max_size=6,
)


@given(_PLANS)
def test_each_day_equals_the_count_of_its_document(plans: list[dict[str, Any]]) -> None:
    changes = status_changes(history(*plans))
    by_day = {p.day: p for p in burn_up(changes, until=(START + timedelta(days=9)).date())}
    for number, document in enumerate(plans):
        found = by_day.get((START + timedelta(days=number)).date())
        rows = [entity.value["status"] for entity in microsteps(document)]
        assert (found.scope if found else 0) == len(rows)
        assert (found.done if found else 0) == rows.count("done")


def test_an_even_pace_has_one_answer() -> None:
    made = forecast([1] * 30, remaining=10, today=date(2026, 3, 1))
    assert set(made.dates.values()) == {date(2026, 3, 11)}


def test_too_short_a_history_is_said() -> None:
    made = forecast([1] * 5, remaining=10, today=date(2026, 3, 1))
    assert not made.dates
    assert "needs at least 14 days" in made.missing


@given(st.lists(st.integers(0, 5), min_size=14, max_size=120), st.integers(0, 60))
def test_a_forecast_repeats_itself_and_its_dates_are_in_order(
    finished: list[int], remaining: int
) -> None:
    today = date(2026, 3, 1)
    made = forecast(finished, remaining=remaining, today=today)
    assert made == forecast(finished, remaining=remaining, today=today)
    dates = [made.dates[percent] for percent in (50, 80, 95) if percent in made.dates]
    assert dates == sorted(dates)
    assert all(each > today for each in dates)

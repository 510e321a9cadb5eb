"""Where a task goes: known answers, and what holds for any profiles."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.ai.rules.catalogue import shipped
from buildrunner.server.domains.ai.rules.routing import WEIGHTS, decide, grade, outcome_score
from buildrunner.server.domains.ai.types.routing import TASK_TYPES, Profile, Record, TaskSettings


def profile(model: str, **more: Any) -> Profile:
    base = Profile(model, "p", TASK_TYPES, Decimal(8), Decimal(8), 10_000, 1_000)
    return replace(base, **more)


def decided(settings: TaskSettings, *profiles: Profile, **more: Any) -> Any:
    costs = more.pop("costs", {one.model: Decimal("0.01") for one in profiles})
    return decide(
        settings, profiles, costs=costs, served={}, records=more.pop("records", {}), **more
    )


def test_weights_add_up_to_one() -> None:
    assert set(WEIGHTS) == set(TASK_TYPES)
    for row in WEIGHTS.values():
        assert sum(row.values()) == 1


def test_quality_decides_for_planning_and_price_for_checking() -> None:
    good = profile("good", quality=Decimal("9.8"), speed=Decimal(5))
    cheap = profile("cheap", quality=Decimal(7), speed=Decimal(9))
    costs = {"good": Decimal("0.05"), "cheap": Decimal("0.002")}
    assert decided(TaskSettings("arbitrate"), good, cheap, costs=costs).chosen == "good"
    made = decided(TaskSettings("qa"), good, cheap, costs=costs)
    assert made.chosen == "cheap"
    assert made.saved == Decimal("0.048")
    (lost,) = [one.lost for one in made.candidates if one.model == "good"]
    assert "cost" in lost


@pytest.mark.parametrize(
    ("settings", "more", "words"),
    [
        (TaskSettings("qa", minimum_quality=Decimal("8.5")), {}, "below the minimum"),
        (TaskSettings("qa"), {"tokens": 20_000}, "do not fit"),
        (TaskSettings("qa"), {"barred": {"a": "its provider is down"}}, "provider is down"),
        (TaskSettings("qa"), {"must_be_served": True}, "no provider"),
    ],
)
def test_what_may_not_do_it_is_left_out_with_the_reason(
    settings: TaskSettings, more: dict[str, Any], words: str
) -> None:
    made = decided(settings, profile("a"), **more)
    assert made.chosen == ""
    assert words in made.candidates[0].lost


def test_a_preferred_model_wins_unless_it_is_barred() -> None:
    settings = TaskSettings("qa", preferred_model="worse")
    better, worse = profile("better", quality=Decimal(10)), profile("worse", quality=Decimal(5))
    made = decided(settings, better, worse)
    assert (made.chosen, made.reason) == ("worse", "the project prefers it")
    assert "prefers worse" in made.candidates[1].lost
    assert decided(settings, better, worse, barred={"worse": "down"}).chosen == "better"


def test_own_outcomes_outweigh_what_was_shipped() -> None:
    a, b = profile("a"), profile("b")
    failing = {"a": Record("a", "qa", calls=50, succeeded=10)}
    assert decided(TaskSettings("qa"), a, b).chosen == "a"
    assert decided(TaskSettings("qa"), a, b, records=failing).chosen == "b"


def test_a_second_model_stays_within_the_multiplier() -> None:
    settings = TaskSettings("qa", dual_run_enabled=True, max_cost_multiplier=Decimal("1.5"))
    costs = {"a": Decimal("0.010"), "b": Decimal("0.009"), "c": Decimal("0.004")}
    a, b, c = profile("a", quality=Decimal(10)), profile("b"), profile("c", quality=Decimal(2))
    made = decided(replace(settings, preferred_model="a"), a, b, c, costs=costs)
    assert (made.second, made.multiplier) == ("c", Decimal("1.4"))
    assert decided(replace(settings, preferred_model="a"), a, b, costs=costs).second == ""


def test_an_unknown_price_is_not_a_price_of_nothing() -> None:
    known, unknown = profile("known"), profile("unknown")
    costs = {"known": Decimal("0.01"), "unknown": None}
    made = decided(TaskSettings("qa"), known, unknown, costs=costs)
    assert made.chosen == "known"
    assert made.candidates[1].cost is None


def test_grades() -> None:
    assert grade(Record("a", "qa")) == ""
    assert grade(Record("a", "qa", calls=10, succeeded=10, quality=Decimal(9))) == "A"
    assert grade(Record("a", "qa", calls=10, succeeded=5)) == "F"


def test_the_shipped_profiles_cover_every_type_of_task() -> None:
    for task in TASK_TYPES:
        assert [one for one in shipped().values() if task in one.task_types]


_TENTHS = st.integers(0, 100).map(lambda number: Decimal(number) / 10)
_PROFILES = st.lists(
    st.builds(
        profile,
        st.sampled_from("abcdefgh"),
        quality=_TENTHS,
        speed=_TENTHS,
        context=st.integers(1, 20_000),
        enabled=st.booleans(),
        task_types=st.sets(st.sampled_from(TASK_TYPES)).map(tuple),
    ),
    unique_by=lambda one: one.model,
    max_size=6,
)
_COSTS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.none() | st.integers(0, 1000).map(lambda n: Decimal(n) / 1000)
)


@given(
    _PROFILES,
    _COSTS,
    st.builds(
        TaskSettings,
        st.sampled_from(TASK_TYPES),
        preferred_model=st.sampled_from(["", "a", "b"]),
        minimum_quality=_TENTHS,
        dual_run_enabled=st.booleans(),
        max_cost_multiplier=st.integers(10, 40).map(lambda n: Decimal(n) / 10),
    ),
    st.integers(0, 25_000),
)
def test_whatever_is_asked_the_choice_is_admissible(
    profiles: list[Profile],
    costs: dict[str, Decimal | None],
    settings: TaskSettings,
    tokens: int,
) -> None:
    made = decide(settings, profiles, costs=costs, served={}, records={}, tokens=tokens)
    assert made == decide(
        settings, profiles[::-1], costs=costs, served={}, records={}, tokens=tokens
    ) or len({one.score for one in made.candidates}) < len(made.candidates)
    assert len(made.candidates) == len(profiles)
    by_name = {one.model: one for one in profiles}
    if made.chosen:
        chosen = by_name[made.chosen]
        assert chosen.enabled
        assert settings.task_type in chosen.task_types
        assert chosen.quality >= settings.minimum_quality
        assert chosen.context >= tokens
        scores = [one.score for one in made.candidates if one.score is not None]
        if made.chosen != settings.preferred_model:
            assert made.candidates[0].score == max(scores)
    for one in made.candidates:
        assert bool(one.lost) == (one.model != made.chosen)
        assert one.score is None or 0 <= one.score <= 1
    if made.second:
        assert made.multiplier is not None
        assert made.multiplier <= settings.max_cost_multiplier
        assert made.second != made.chosen


@given(st.integers(0, 500), st.integers(0, 500), st.none() | _TENTHS)
def test_outcomes_are_a_share(calls: int, more: int, quality: Decimal | None) -> None:
    record = Record("a", "qa", calls=calls + more, succeeded=calls, quality=quality)
    assert 0 <= outcome_score(record) <= 1

"""A change of routing is judged by labelled tasks before it is made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.domains.ai.rules import evals
from buildrunner.server.domains.ai.types.evals import Verdict
from factories import Api, Tenant, make_tenant, small_plan

SMALL = {
    "name": "small",
    "task_type": "qa",
    "input_tokens": 1000,
    "output_tokens": 100,
    "least_quality": "8",
    "most_usd": "1",
}


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def api(own: Tenant) -> Api:
    return Api(own.key)


def judged(api: Api, own: Tenant, **body: Any) -> Any:
    answer = api.post("/api/models/eval", {"project_id": str(own.project_id), **body})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_shipped_routing_does_well_on_the_shipped_tasks(own: Tenant, api: Api) -> None:
    told = judged(api, own)
    poor = [one for one in told["before"]["verdicts"] if one["faults"]]
    assert poor == []
    assert told["before"] == told["after"]
    assert {one["task_type"] for one in told["before"]["verdicts"]} == {
        *("planner", "builder", "qa", "explain", "rescope", "arbitrate")
    }


def test_a_change_for_the_worse_is_named_and_not_made(own: Tenant, api: Api) -> None:
    told = judged(api, own, task_type="builder", preferred_model="gpt-4.1-mini")
    assert "a feature over several files" in told["worse"]
    assert told["before"]["passed"] > told["after"]["passed"]
    assert told["before"]["cases"] == 3, "the other types of task are not touched"
    settings = api.get(f"/api/models/settings?project_id={own.project_id}").json()["items"]
    assert all(one["preferred_model"] == "" for one in settings)


def test_a_minimum_that_nothing_reaches_leaves_nobody(own: Tenant, api: Api) -> None:
    told = judged(api, own, task_type="qa", minimum_quality="10")
    assert all(one["model"] is None for one in told["after"]["verdicts"])
    assert told["after"]["cost"] == "0.000000"
    assert len(told["worse"]) == told["before"]["passed"]


def test_own_tasks_are_judged_by_their_labels(own: Tenant, api: Api) -> None:
    dear = {**SMALL, "name": "dear", "most_usd": "0.000001"}
    huge = {**SMALL, "name": "huge", "input_tokens": 90_000_000}
    told = judged(api, own, cases=[SMALL, dear, huge])["before"]["verdicts"]
    assert [bool(one["faults"]) for one in told] == [False, True, True]
    assert "is worth it" in told[1]["faults"][0]
    assert told[2]["model"] is None


def test_outcomes_of_the_project_count_for_more_than_a_profile(own: Tenant, api: Api) -> None:
    chosen = judged(api, own, cases=[SMALL])["before"]["verdicts"][0]["model"]
    for _ in range(5):
        prefer = {"project_id": str(own.project_id), "task_type": "qa", "preferred_model": chosen}
        assert api.post("/api/models/settings", prefer).status_code == 200
        route = api.post(
            "/api/models/routes", {"project_id": str(own.project_id), "task_type": "qa"}
        ).json()
        outcome = {"project_id": str(own.project_id), "success": False, "quality": "2"}
        done = api.post(f"/api/models/routes/{route['id']}/outcome", outcome)
        assert done.status_code == 200
    (told,) = judged(api, own, cases=[SMALL])["before"]["verdicts"]
    assert told["model"] == chosen
    assert "5 outcomes here" in told["faults"][0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"preferred_model": "gpt-4"}, "say which"),
        ({"task_type": "qa", "preferred_model": "nowhere-9"}, "no profile"),
        ({"task_type": "qa", "preferred_model": "gpt-4"}, "not meant for qa"),
        ({"cases": [{**SMALL, "task_type": "poet"}]}, "planner"),
        ({"cases": [SMALL] * 201}, "200"),
    ],
)
def test_what_cannot_be_judged_is_said(
    own: Tenant, api: Api, body: dict[str, Any], words: str
) -> None:
    answer = api.post("/api/models/eval", {"project_id": str(own.project_id), **body})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_stranger_sees_no_project(own: Tenant, stranger: Tenant) -> None:
    answer = Api(stranger.key).post("/api/models/eval", {"project_id": str(own.project_id)})
    assert answer.status_code == 404


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_worse_and_better_are_what_changed(pairs: list[tuple[bool, bool]]) -> None:
    def verdicts(place: int) -> list[Verdict]:
        return [
            Verdict(str(n), "qa", "m", Decimal(1), () if pair[place] else ("poor",))
            for n, pair in enumerate(pairs)
        ]

    found = evals.judgement(verdicts(0), verdicts(1))
    assert found.worse == [str(n) for n, (old, new) in enumerate(pairs) if old and not new]
    assert found.better == [str(n) for n, (old, new) in enumerate(pairs) if new and not old]

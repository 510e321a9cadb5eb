"""Routing by API: the brief's calls, settings that take effect, outcomes that count, refusals."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from factories import Api, Tenant, add_person, make_key, make_tenant, small_plan


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def api(own: Tenant) -> Api:
    return Api(own.key)


def recommended(api: Api, **query: str) -> Any:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    answer = api.get(f"/api/models/recommend?{asked}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_recommendation_says_why_the_others_lost(own: Tenant, api: Api) -> None:
    made = recommended(api, task_type="planner")
    assert made["model"] == made["candidates"][0]["model"]
    assert made["candidates"][0]["lost"] == ""
    assert all(one["lost"] for one in made["candidates"][1:])
    assert all(one["cost"] for one in made["candidates"]), "list prices are known"


def test_settings_take_effect_and_stay_where_nothing_is_said(own: Tenant, api: Api) -> None:
    body = {
        "project_id": str(own.project_id),
        "task_type": "builder",
        "preferred_model": "gpt-3.5-turbo",
        "dual_run_enabled": True,
        "max_cost_multiplier": 2.0,
    }
    answer = api.post("/api/models/settings", body)
    assert answer.status_code == 200, answer.content
    assert answer.json()["max_cost_multiplier"] == "2.00"
    assert recommended(api, task_type="builder")["model"] == "gpt-3.5-turbo"
    part = {"project_id": str(own.project_id), "task_type": "builder", "minimum_quality": "9"}
    assert api.post("/api/models/settings", part).json()["preferred_model"] == "gpt-3.5-turbo"
    made = recommended(api, task_type="builder")
    assert made["model"] != "gpt-3.5-turbo"
    (lost,) = [one["lost"] for one in made["candidates"] if one["model"] == "gpt-3.5-turbo"]
    assert "below the minimum" in lost
    listed = api.get(f"/api/models/settings?project_id={own.project_id}").json()["items"]
    assert len(listed) == 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"preferred_model": "nowhere-9"}, "no profile"),
        ({"preferred_model": "gpt-4"}, "not meant for builder"),
        ({"max_cost_multiplier": 0.5}, "greater than or equal to 1"),
        ({"minimum_quality": 11}, "less than or equal to 10"),
        ({"task_type": "poet"}, "planner"),
    ],
)
def test_what_cannot_be_is_said(own: Tenant, api: Api, change: dict[str, Any], words: str) -> None:
    body = {"project_id": str(own.project_id), "task_type": "builder"} | change
    answer = api.post("/api/models/settings", body)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_route_is_kept_and_its_outcome_counts_once(own: Tenant, api: Api) -> None:
    body = {"project_id": str(own.project_id), "task_type": "qa", "microstep_id": "m1.s1.ms1"}
    made = api.post("/api/models/routes", body)
    assert made.status_code == 201, made.content
    route = made.json()
    outcome = {
        "project_id": str(own.project_id),
        "success": True,
        "quality": "9",
        "latency_ms": 1200,
        "input_tokens": 1000,
        "output_tokens": 100,
    }
    path = f"/api/models/routes/{route['id']}/outcome"
    told = api.post(path, outcome).json()["outcome"]
    assert told["tokens"] == 1100
    assert told["cost"] is not None
    again = api.post(path, outcome)
    assert (again.status_code, again.json()["code"]) == (409, "route_reported")
    compared = f"/api/models/compare?project_id={own.project_id}&task_type=qa&period=30d"
    (row,) = api.get(compared).json()["items"]
    assert (row["model"], row["calls"], row["success_rate"]) == (route["model"], 1, "1.0000")
    assert (row["grade"], row["cost"]) == ("A", told["cost"])
    listed = api.get(f"/api/models/routes?project_id={own.project_id}").json()["items"]
    assert [one["id"] for one in listed] == [route["id"]]


def test_no_provider_no_route_where_one_is_demanded(own: Tenant, api: Api) -> None:
    body = {"project_id": str(own.project_id), "task_type": "qa", "must_be_served": True}
    answer = api.post("/api/models/routes", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_model_fits")
    assert any("no provider" in why for why in answer.json()["missing"])


def test_an_organizations_profile_goes_before_the_shipped_one(own: Tenant, api: Api) -> None:
    base = f"/api/orgs/{own.org_id}/models"
    body = {
        "provider": "ollama",
        "task_types": ["qa"],
        "quality": "10",
        "speed": "10",
        "context": 32000,
        "max_output": 4000,
    }
    made = api.put(f"{base}/team/own-model:7b", body)
    assert made.status_code == 200, made.content
    assert (made.json()["own"], made.json()["price"]) == (True, None)
    assert "team/own-model:7b" in [one["model"] for one in api.get(base).json()["items"]]
    chosen = recommended(api, task_type="qa")
    (mine,) = [one for one in chosen["candidates"] if one["model"] == "team/own-model:7b"]
    assert mine["cost"] is None
    assert api.delete(f"{base}/team/own-model:7b").status_code == 204
    assert api.delete(f"{base}/team/own-model:7b").status_code == 204


def test_who_may_what(own: Tenant, api: Api) -> None:
    viewer = Api(make_key(add_person(own, project_role="viewer"))[1])
    settings = {"project_id": str(own.project_id), "task_type": "qa"}
    assert (
        viewer.get(f"/api/models/recommend?task_type=qa&project_id={own.project_id}").status_code
        == 200
    )
    assert viewer.post("/api/models/settings", settings).status_code == 403
    assert viewer.post("/api/models/routes", settings).status_code == 403
    stranger = Api(make_key(make_tenant(name="Other").person)[1])
    made = api.post("/api/models/routes", settings).json()
    for path in ("recommend?task_type=qa&", "settings?", "compare?", "routes?"):
        answer = stranger.get(f"/api/models/{path}project_id={own.project_id}")
        assert answer.status_code == 404
    outcome = {"project_id": str(own.project_id), "success": False}
    assert stranger.post(f"/api/models/routes/{made['id']}/outcome", outcome).status_code == 404
    assert stranger.get(f"/api/orgs/{own.org_id}/models").status_code == 404
    absent = api.post(f"/api/models/routes/{uuid4()}/outcome", outcome)
    assert (absent.status_code, absent.json()["code"]) == (404, "route_not_found")

"""How models did, by API: what was reported adds up, costs stay unknown, others see nothing."""

from __future__ import annotations

import csv
import io
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from buildrunner.server.domains.ai.models import Route
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Api, Tenant, make_tenant, small_plan


@pytest.fixture
def own(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def api(own: Tenant) -> Api:
    return Api(own.key)


def outcomes(own: Tenant, model: str, count: int, *, days: float = 1, task: str = "explain",
             success: bool = True, quality: str | None = "8", latency: int | None = 1000,
             tokens: int = 100, cost: str | None = "0.01") -> None:  # fmt: skip
    with tenant_scope(own.org_id):
        for number in range(count):
            Route.objects.create(
                org_id=own.org_id,
                project_id=own.project_id,
                task_type=task,
                model=model,
                reason="the highest score",
                candidates=[],
                actor={},
                success=success,
                quality=None if quality is None else Decimal(quality),
                latency_ms=None if latency is None else latency + number,
                tokens=tokens,
                cost=None if cost is None else Decimal(cost),
                reported_at=datetime.now(UTC) - timedelta(days=days),
            )


def told(api: Api, own: Tenant, query: str = "") -> dict:  # type: ignore[type-arg]
    answer = api.get(f"/api/models/performance?project_id={own.project_id}{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()  # type: ignore[no-any-return]


def test_nothing_reported_is_said(own: Tenant, api: Api) -> None:
    found = told(api, own)
    assert (found["rows"], found["days"], found["recommendations"]) == ([], [], [])
    assert (found["totals"]["calls"], found["totals"]["cost"], found["totals"]["grade"]) == (
        0,
        None,
        None,
    )


def test_rows_totals_and_days_are_the_same_outcomes(own: Tenant, api: Api) -> None:
    lots = random.Random(11)
    for model in ("m-1", "m-2", "m-3"):
        for task in ("explain", "qa"):
            outcomes(own, model, lots.randint(1, 6), task=task, days=lots.uniform(0, 29),
                     success=lots.random() > 0.4, cost=lots.choice([None, "0.02"]))  # fmt: skip
    found = told(api, own)
    for name in ("calls", "succeeded", "tokens", "unpriced"):
        assert sum(one[name] for one in found["rows"]) == found["totals"][name]
    assert sum(one["calls"] for one in found["days"]) == found["totals"]["calls"]
    costs = [Decimal(one["cost"]) for one in found["rows"] if one["cost"] is not None]
    assert sum(costs) == Decimal(found["totals"]["cost"] or 0)
    assert len(told(api, own, "&task_type=qa")["rows"]) == 3


def test_unknown_costs_are_not_zero(own: Tenant, api: Api) -> None:
    outcomes(own, "m-1", 3, cost=None)
    outcomes(own, "m-2", 2)
    outcomes(own, "m-2", 2, cost=None)
    first, second = sorted(told(api, own)["rows"], key=lambda one: one["model"])
    assert (first["cost"], first["cost_per_call"], first["unpriced"]) == (None, None, 3)
    assert (second["cost_per_call"], second["unpriced"]) == ("0.0100000000", 2)


def test_percentiles_and_trends(own: Tenant, api: Api) -> None:
    outcomes(own, "m-1", 101, latency=1000, quality="8")
    outcomes(own, "m-1", 10, days=40, latency=None, quality="7", success=False)
    (row,) = told(api, own)["rows"]
    assert (row["latency_p50_ms"], row["latency_p95_ms"]) == ("1050.00", "1095.00")
    assert row["trend"] == {
        "calls": 91, "success": "100.0", "quality": "1.00", "latency": None, "cost": "0.0",
    }  # fmt: skip
    assert row["grade"] == "A"
    assert row["win_rate"] is None


def test_advice_needs_a_sample_and_says_so(own: Tenant, api: Api) -> None:
    outcomes(own, "dear", 12, cost="0.10")
    outcomes(own, "cheap", 3, cost="0.01")
    found = told(api, own)
    assert found["recommendations"] == []
    assert found["too_few"] == [
        "Explain: too few outcomes to compare (dear 12, cheap 3). Two models with 10 each are "
        "needed."
    ]
    outcomes(own, "cheap", 8, cost="0.01")
    (one,) = told(api, own)["recommendations"]
    assert (one["kind"], one["model"], one["instead_of"]) == ("cost", "cheap", "dear")
    assert "90 % less" in one["words"]


def test_the_file_has_the_same_rows(own: Tenant, api: Api) -> None:
    outcomes(own, "=cmd()", 2, cost=None)
    answer = api.get(f"/api/models/performance?project_id={own.project_id}&format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (row["model"], row["calls"], row["cost_usd"]) == ("'=cmd()", "2", "")


def test_others_see_nothing(own: Tenant, api: Api) -> None:
    outcomes(own, "m-1", 2)
    other = make_tenant(plan=small_plan())
    path = f"/api/models/performance?project_id={own.project_id}"
    assert Api(other.key).get(path).status_code == 404
    assert told(Api(other.key), other)["rows"] == []
    assert api.get(f"{path}&period=forever").status_code == 422

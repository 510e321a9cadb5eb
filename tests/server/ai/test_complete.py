"""What the product itself asks of models: routed, paid for, judged, on the record."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.errors import UpstreamFailed
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import actor_for_person, project_scope
from buildrunner.server.platform.errors import Forbidden
from factories import Api, Tenant, add_person, make_tenant, small_plan
from factories.budgets import budget_row
from factories.providers import make_provider
from kits.model_server import TEXT, Asked, ModelServer

ASKED = [ai.Message("system", "Be brief."), ai.Message("user", "What is this about?")]
#: A key that a provider got must not be told to anybody else.
OPENAI_KEY, ANTHROPIC_KEY = "sk-of-openai-0123456789", "sk-of-anthropic-0123456789"


@pytest.fixture
def own(db: None, settings: Any) -> Tenant:
    settings.BR_ALLOW_PRIVATE_ADDRESSES = True
    return make_tenant(plan=small_plan())


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def both(own: Tenant, server: ModelServer) -> ModelServer:
    """gpt-4 and claude-3-sonnet can be asked."""
    make_provider(own, base_url=f"{server.url}/v1", retries=0, api_key=OPENAI_KEY)
    make_provider(
        own, kind="anthropic", name="Claude", base_url=server.url, retries=0, api_key=ANTHROPIC_KEY
    )
    return server


def complete(tenant: Tenant, **more: Any) -> ai.Completion:
    return ai.complete(tenant.actor, tenant.project_id, "explain", ASKED, **more)


def routes(tenant: Tenant) -> list[ai.RouteView]:
    with project_scope(tenant.actor, tenant.project_id, "plan.read") as access:
        return ai.list_routes(access)


def usage(tenant: Tenant) -> list[dict[str, Any]]:
    answer = Api(tenant.key).get(f"/api/usage/events?project_id={tenant.project_id}")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["items"])


def last(server: ModelServer) -> Asked:
    return server.asked[-1]


def test_an_answer_is_routed_metered_and_its_outcome_kept(own: Tenant, both: ModelServer) -> None:
    got = complete(own, microstep="m1.s1.ms1", model="gpt-4")
    assert (got.text, got.model, got.provider) == (TEXT, "gpt-4", "openai")
    assert (got.input_tokens, got.output_tokens) == (20, 4)
    sent = last(both).json
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert sent["max_completion_tokens"] == 4000
    assert "tools" not in sent
    (route,) = routes(own)
    assert (route.id, route.model, route.microstep_id) == (got.route_id, "gpt-4", "m1.s1.ms1")
    assert route.outcome is not None
    assert route.outcome["success"] is True
    assert route.outcome["tokens"] == 24
    assert route.reason == "it was asked for by name"
    (event,) = usage(own)
    assert event["model_name"] == "gpt-4"
    assert event["cost"] == str(metering.money(got.cost or Decimal(0)))
    assert got.cost == Decimal(20) * 30 / 1_000_000 + Decimal(4) * 60 / 1_000_000


def test_anthropic_is_asked_in_its_own_words(own: Tenant, both: ModelServer) -> None:
    schema = {"type": "object", "properties": {"say": {"type": "string"}}}
    got = complete(own, model="claude-3-sonnet", json_schema=schema)
    assert got.text == TEXT
    assert (got.input_tokens, got.output_tokens) == (119, 9)
    assert last(both).path == "/v1/messages"
    assert last(both).headers["x-api-key"] == ANTHROPIC_KEY
    assert OPENAI_KEY not in str(last(both))
    assert '"say"' in last(both).json["system"]
    assert [one["role"] for one in last(both).json["messages"]] == ["user"]


def test_who_fails_is_followed_by_the_next(own: Tenant, both: ModelServer) -> None:
    both.behave.status, both.behave.failures = 500, 1
    got = complete(own)
    assert len(got.attempts) == 2
    assert got.attempts[0].lost
    assert got.attempts[1].model == got.model != got.attempts[0].model
    second, first = routes(own)
    assert first.outcome is not None
    assert first.outcome["success"] is False
    assert "answers 500" in first.outcome["note"]
    assert "was not taken" in second.reason
    assert len(usage(own)) == 1, "what was not answered is not paid for"


def test_all_failed_says_so(own: Tenant, both: ModelServer) -> None:
    both.behave.status = 500
    with pytest.raises(UpstreamFailed):
        complete(own)
    assert usage(own) == []
    assert len(routes(own)) == 3, "no more are asked, however many there are"


def minimum(tenant: Tenant, quality: str) -> None:
    body = {
        "project_id": str(tenant.project_id),
        "task_type": "explain",
        "minimum_quality": quality,
    }
    assert Api(tenant.key).post("/api/models/settings", body).status_code == 200


def test_an_answer_below_the_minimum_goes_to_the_next(own: Tenant, both: ModelServer) -> None:
    minimum(own, "7")
    marks = iter([Decimal(3), Decimal(8)])
    got = complete(own, check=lambda _: next(marks))
    assert got.quality == 8
    assert [bool(one.lost) for one in got.attempts] == [True, False]
    second, first = routes(own)
    assert first.outcome is not None
    assert second.outcome is not None
    assert (first.outcome["success"], first.outcome["quality"]) == (False, "3.00")
    assert "below the minimum 7" in first.outcome["note"]
    assert second.outcome["success"] is True
    assert len(usage(own)) == 2, "a bad answer costs as much as a good one"
    assert got.cost == sum(Decimal(one["cost"]) for one in usage(own))


def test_nothing_good_enough_is_refused_and_recorded(own: Tenant, both: ModelServer) -> None:
    minimum(own, "7")
    with pytest.raises(ai.QualityTooLow) as refused:
        complete(own, check=lambda _: Decimal(2))
    assert refused.value.status == 422
    assert len(refused.value.extensions["attempts"]) == 3
    assert [one.outcome and one.outcome["success"] for one in routes(own)] == [False] * 3


def test_half_an_answer_is_none(own: Tenant, both: ModelServer) -> None:
    both.behave.stopped = True
    with pytest.raises(ai.QualityTooLow):
        complete(own)
    found = routes(own)
    assert len(found) == 3
    for route in found:
        assert route.outcome is not None
        assert route.outcome["success"] is False
        assert "limit of tokens" in route.outcome["note"]
    assert len(usage(own)) == 3, "what was answered is paid for"


def test_a_judgement_that_breaks_leaves_the_call_on_record(own: Tenant, both: ModelServer) -> None:
    def broken(_: str) -> Decimal:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        complete(own, check=broken)
    (route,) = routes(own)
    assert route.outcome is not None
    assert (route.outcome["success"], route.outcome["note"]) == (False, "it could not be judged")
    assert len(usage(own)) == 1


def test_without_a_provider_it_says_what_a_key_would_add(own: Tenant) -> None:
    with pytest.raises(ai.NoModel) as refused:
        complete(own)
    assert refused.value.status == 422
    assert "key of a provider" in refused.value.detail
    assert any("no provider" in one for one in refused.value.extensions["missing"])
    assert routes(own) == []


def test_a_hard_budget_refuses_before_anything_is_asked(own: Tenant, both: ModelServer) -> None:
    budget_row(own, "0.0001")
    with pytest.raises(metering.BudgetExceeded):
        complete(own)
    assert both.asked == []
    assert usage(own) == []


def test_what_is_settled_is_what_it_cost(own: Tenant, both: ModelServer) -> None:
    budget_row(own, "1")
    got = complete(own, model="gpt-4")
    found = Api(own.key).get(f"/api/admin/budgets?project_id={own.project_id}").json()["items"][0]
    assert Decimal(found["spent_usd"]) == got.cost
    assert Decimal(found["reserved_usd"]) == 0


def test_who_may_not_use_models_asks_none(own: Tenant, both: ModelServer) -> None:
    viewer = add_person(own, project_role="viewer")
    with pytest.raises(Forbidden):
        ai.complete(actor_for_person(viewer), own.project_id, "explain", ASKED)
    assert both.asked == []

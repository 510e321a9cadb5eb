"""Usage, prices and costs by API."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.actions.close_period import close_periods
from buildrunner.server.domains.metering.models import ClosedPeriod, Rollup, UsageEvent
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person, make_key
from factories.usage import NOON, make_usage

pytestmark = pytest.mark.django_db


def record(tenant: Tenant, *usages: metering.Usage) -> None:
    told = metering.record_usage(tenant.actor, tenant.org_id, usages)
    assert {one.status for one in told} == {"accepted"}, told


def rows(api: Api, tenant: Tenant, query: str = "") -> dict[str | None, dict[str, Any]]:
    answer = api.get(f"/api/usage/summary?project_id={tenant.project_id}&{query}")
    assert answer.status_code == 200, answer.content
    return {row["group"]: row for row in answer.json()["items"]}


def test_the_usage_of_the_brief(tenant: Tenant, api: Api) -> None:
    wish = {
        "project_id": str(tenant.project_id),
        "event_type": "tokens",
        "quantity": 1000,
        "model_name": "gpt-4",
    }
    told = api.post("/api/billing/usage", wish, Idempotency_Key="once")
    assert told.status_code == 201, told.content
    made = told.json()
    assert (made["unit"], made["cost"], made["org_id"]) == (
        "tokens",
        "0.030000",
        str(tenant.org_id),
    )
    again = api.post("/api/billing/usage", wish, Idempotency_Key="once")
    assert again.json() == made
    other = api.post("/api/billing/usage", {**wish, "quantity": 1001}, Idempotency_Key="once")
    assert other.status_code in (409, 422)
    month = api.get(f"/api/billing/usage?org_id={tenant.org_id}").json()
    lines = {line["type"]: line for line in month["usage"]}
    assert lines["tokens"]["quantity"] == 1000
    assert month["cost"] == "0.030000"
    assert month["plan"] == "self_hosted"
    assert lines["tokens"]["limit"] is None


def test_integrations_tell_their_calls_and_minutes(tenant: Tenant, api: Api) -> None:
    wish = {
        "project_id": str(tenant.project_id),
        "event_type": "integrations",
        "quantity": 12,
        "provider": "vercel",
        "data": {"calls": 12, "deployment_minutes": 3.5, "run": "deploy-7"},
    }
    told = api.post("/api/billing/usage", wish, Idempotency_Key="deploy")
    assert told.status_code == 201, told.content
    (event,) = api.get(f"/api/usage/events?project_id={tenant.project_id}").json()["items"]
    assert (event["provider"], event["attribution"]["run"]) == ("vercel", "deploy-7")
    assert event["data"] == {"calls": 12, "deployment_minutes": 3.5}
    # Reported as an event without a quantity, its calls are the quantity.
    own = {"id": "d", "source": "ci", "type": "integrations", "data": wish["data"]}
    with tenant_scope(tenant.org_id):
        reader = metering.EventReader(tenant.actor)
        assert reader.understand(own, tenant.org_id, tenant.project_id).quantity == 12
    for wrong in (
        {"calls": -1},
        {"calls": 1.5},
        {"calls": True},
        {"deployment_minutes": "many"},
        {"quantity": 7},
        {"nested": {"a": 1}},
        {"huge": 2**64},
    ):
        answer = api.post("/api/billing/usage", {**wish, "data": wrong})
        assert answer.status_code == 422, (wrong, answer.content)


def test_sums_by_group(tenant: Tenant, api: Api) -> None:
    record(
        tenant,
        make_usage(tenant, microstep="m1.s1.ms1", run="r1", time=NOON),
        make_usage(tenant, microstep="m1.s1.ms1", run="r2", time=NOON + timedelta(hours=1)),
        make_usage(tenant, model="nobody-knows-it", provider=None, time=NOON),
        make_usage(tenant, model=None, provider=None, type="api_calls", tokens=None),
    )
    by_model = rows(api, tenant, "group_by=model")
    assert by_model["gpt-4o"] | {} == by_model["gpt-4o"]
    assert (by_model["gpt-4o"]["quantity"], by_model["gpt-4o"]["cost"]) == (2000, "0.008000")
    assert by_model["nobody-knows-it"]["cost"] is None
    assert by_model["nobody-knows-it"]["unpriced_events"] == 1
    assert by_model["gpt-4o"]["currency"] == "USD"
    assert by_model[None]["type"] == "api_calls"
    tokens = rows(api, tenant, "group_by=type")["tokens"]
    assert (tokens["cost"], tokens["known_cost"]) == (None, "0.008000")
    assert rows(api, tenant, "group_by=microstep")["m1.s1.ms1"]["quantity"] == 2000
    assert rows(api, tenant, "group_by=run")["r1"]["cost"] == "0.004000"
    hours = rows(api, tenant, "group_by=hour&event_type=tokens")
    assert list(hours) == ["2026-11-10T12:00:00Z", "2026-11-10T13:00:00Z"]
    assert list(rows(api, tenant, "group_by=day&event_type=tokens")) == ["2026-11-10"]
    assert list(rows(api, tenant, "group_by=month&event_type=tokens")) == ["2026-11"]
    late = rows(api, tenant, "group_by=model&from=2026-11-10T13:00:00Z&until=2026-11-11T00:00:00Z")
    assert late["gpt-4o"]["quantity"] == 1000
    for group in metering.GROUPS:
        assert rows(api, tenant, f"group_by={group}")
    refused = api.get(f"/api/usage/summary?project_id={tenant.project_id}&group_by=mood")
    assert refused.status_code == 422


def test_events_by_what_became_of_them(tenant: Tenant, api: Api) -> None:
    first = make_usage(tenant, "a", data={"calls": 2})
    record(tenant, first, *(make_usage(tenant, f"n{n}") for n in range(5)))
    metering.record_usage(tenant.actor, tenant.org_id, [first, make_usage(tenant, "a", run="x")])

    def listed(query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            answer = api.get(
                f"/api/usage/events?project_id={tenant.project_id}&limit=3&{query}{cursor}"
            )
            assert answer.status_code == 200, answer.content
            found += answer.json()["items"]
            following = answer.json()["next_cursor"]
            if not following:
                return found
            cursor = f"&cursor={following}"

    assert len(listed("")) == 8
    assert len({json.dumps(one) for one in listed("")}) == 8
    assert len(listed("status=accepted")) == len(listed("status=aggregated")) == 6
    assert [one["id"] for one in listed("status=duplicate")] == ["a"]
    (rejected,) = listed("status=rejected")
    assert rejected["code"] == "usage_conflict"
    (one,) = listed("id=a&status=aggregated")
    assert (one["cost"], one["data"], one["status"]) == ("0.004000", {"calls": 2}, "aggregated")


def test_an_own_price_goes_before_the_list(tenant: Tenant, api: Api) -> None:
    at = f"/api/orgs/{tenant.org_id}"
    wish = {
        "model_name": "llama-70b",
        "provider": "vllm",
        "rates": {"input": "0.4", "output": "0.8"},
        "valid_from": "2026-01-01T00:00:00Z",
    }
    record(tenant, make_usage(tenant, "before", model="llama-70b", provider="vllm"))
    made = api.post(f"{at}/prices", wish)
    assert made.status_code == 201, made.content
    price = made.json()
    told = metering.record_usage(
        tenant.actor, tenant.org_id, [make_usage(tenant, model="llama-70b", provider="vllm")]
    )
    assert told[0].cost == Decimal("0.00048")  # 800 × 0.4 + 200 × 0.8 USD a million
    assert told[0].price_version == price["version"]
    quoted = api.get(f"{at}/quote?model_name=llama-70b&provider=vllm").json()
    assert (quoted["known"], quoted["rates"]) == (True, {"input": "0.4", "output": "0.8"})
    assert api.get(f"{at}/quote?model_name=gpt-4o").json()["rates"]["input"] == "2.5"
    assert api.get(f"{at}/quote?model_name=nobody-knows-it").json()["known"] is False
    again = {"from": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}
    looked = api.post(f"{at}/usage/reprice", again).json()
    assert (looked["events"], looked["changed"], looked["difference"], looked["applied"]) == (
        2,
        1,
        "0.000480",
        False,
    )
    assert rows(api, tenant, "group_by=model")["llama-70b"]["unpriced_events"] == 1
    done = api.post(f"{at}/usage/reprice", {**again, "apply": True}).json()
    assert done == {**looked, "applied": True}
    assert rows(api, tenant, "group_by=model")["llama-70b"]["cost"] == "0.000960"
    assert api.post(f"{at}/usage/reprice", {**again, "apply": True}).json()["changed"] == 0
    gone = api.delete(f"{at}/prices/{price['id']}")
    assert gone.status_code == 204
    assert api.get(f"{at}/prices").json()["items"] == []
    assert len(api.get(f"{at}/prices?withdrawn=true").json()["items"]) == 1
    with tenant_scope(tenant.org_id):
        kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
    assert [kind for kind in kinds if kind.startswith(("price.", "usage."))] == [
        *("usage.unpriced", "price.set", "usage.repriced", "usage.repriced", "price.withdrawn"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"model_name": "m"},
        {"model_name": "m", "rates": {"output": "1"}},
        {"model_name": "m", "rates": {"input": "-1"}},
        {"model_name": "m", "event_type": "compute"},
        {"model_name": "m", "rates": {"thinking": "1"}},
    ],
)
def test_prices_that_are_none(tenant: Tenant, api: Api, wrong: dict[str, Any]) -> None:
    assert api.post(f"/api/orgs/{tenant.org_id}/prices", wrong).status_code == 422


def test_a_closed_month_stands(tenant: Tenant, api: Api) -> None:
    october = datetime(2026, 10, 5, 9, tzinfo=UTC)
    record(tenant, make_usage(tenant, "in time", time=october))
    at = f"/api/orgs/{tenant.org_id}"
    assert api.post(f"{at}/usage/periods", {"month": "2026-10"}).status_code == 204
    assert api.post(f"{at}/usage/periods", {"month": "2026-10"}).status_code == 409
    assert api.post(f"{at}/usage/periods", {"month": "2030-01"}).status_code == 422
    late = make_usage(tenant, "late", time=october)
    record(tenant, late)
    (again,) = metering.record_usage(tenant.actor, tenant.org_id, [late])
    assert again.status == "duplicate"
    month = api.get(f"/api/billing/usage?org_id={tenant.org_id}&month=2026-10").json()
    assert month["closed"] is True
    assert {line["type"]: line["quantity"] for line in month["usage"]}["tokens"] == 1000
    assert rows(api, tenant)["tokens"]["quantity"] == 2000
    (adjustment,) = api.get(f"{at}/usage/adjustments?month=2026-10").json()["items"]
    assert (adjustment["event_id"], adjustment["reason"], adjustment["cost_after"]) == (
        "late",
        "late",
        "0.004000",
    )
    price = {
        "model_name": "gpt-4o",
        "rates": {"input": "5", "output": "5"},
        "valid_from": "2026-01-01T00:00:00Z",
    }
    assert api.post(f"{at}/prices", price).status_code == 201
    wish = {"from": "2026-10-01T00:00:00Z", "until": "2026-11-01T00:00:00Z", "apply": True}
    # Both at 1,000 × 5 USD a million; the late one is booked in a month that is open.
    told = api.post(f"{at}/usage/reprice", wish).json()
    assert (told["changed"], told["adjustments"], told["after"]) == (2, 1, "0.010000")
    assert api.post(f"{at}/usage/reprice", wish).json()["changed"] == 0
    assert rows(api, tenant)["tokens"]["cost"] == "0.010000"
    assert rows(api, tenant)["tokens"]["quantity"] == 2000
    month = api.get(f"/api/billing/usage?org_id={tenant.org_id}&month=2026-10").json()
    assert month["cost"] == "0.004000"
    reasons = [one["reason"] for one in api.get(f"{at}/usage/adjustments").json()["items"]]
    assert reasons == ["late", "repriced"]
    with tenant_scope(tenant.org_id):
        charged = sum(row.cost for row in UsageEvent.objects.all())
        summed = sum(row.cost for row in Rollup.objects.filter(grain="day"))
    assert charged == summed == Decimal("0.010")


def test_months_close_by_themselves(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tenant, make_usage(tenant, time=datetime(2026, 10, 5, tzinfo=UTC)))

    def closed() -> list[date]:
        with tenant_scope(tenant.org_id):
            return list(ClosedPeriod.objects.values_list("month", flat=True))

    module = "buildrunner.server.domains.metering.actions.close_period.datetime"
    for day, wanted in ((2, []), (4, [date(2026, 10, 1)])):

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return datetime(2026, 11, day, 2, 33, tzinfo=tz)  # noqa: B023

        monkeypatch.setattr(module, Clock)
        close_periods()
        assert closed() == wanted


def test_an_invoice_against_the_meter(tenant: Tenant, api: Api) -> None:
    record(
        tenant,
        make_usage(tenant),
        make_usage(tenant),
        make_usage(tenant, model="claude-sonnet-4-5", provider="anthropic"),
    )
    invoice = (
        "Date,Model,Amount (USD)\n"
        '2026-11-10,"gpt-4o-2024-08-06, input",0.004\n'
        '2026-11-10,"gpt-4o-2024-08-06, output",0.006\n'
        "2026-11-10,o1,1.00\n"
        "Total,,1.01\n"
    )
    told = api.post(f"/api/orgs/{tenant.org_id}/usage/reconcile", {"invoice": invoice})
    assert told.status_code == 200, told.content
    lines = {line["model_name"]: line for line in told.json()["lines"]}
    assert (lines["gpt-4o"]["invoiced"], lines["gpt-4o"]["metered"]) == ("0.010000", "0.008000")
    assert (lines["gpt-4o"]["difference"], lines["gpt-4o"]["percent"]) == ("0.002000", 25.0)
    assert lines["o1"]["note"] == "not metered"
    assert lines["claude-sonnet-4-5"]["note"] == "not on the invoice"
    for text in ("", "a,b\n1,2\n", "model,cost\n", "model,cost\ngpt-4o,much\n"):
        refused = api.post(f"/api/orgs/{tenant.org_id}/usage/reconcile", {"invoice": text})
        assert refused.status_code == 422, text


def test_who_may_see_and_set(tenant: Tenant, stranger: Tenant, api: Api) -> None:
    record(tenant, make_usage(tenant))
    worker = Api(make_key(add_person(tenant, project_role="contributor"))[1])
    lead = Api(make_key(add_person(tenant, project_role="techlead"))[1])
    summary = f"/api/usage/summary?project_id={tenant.project_id}"
    assert api.get(summary).status_code == lead.get(summary).status_code == 200
    assert worker.get(summary).status_code == 403
    assert Api(stranger.key).get(summary).status_code == 404
    assert Api(stranger.key).get(f"/api/orgs/{tenant.org_id}/prices").status_code == 404
    price = {"model_name": "m", "rates": {"input": "1"}}
    assert lead.post(f"/api/orgs/{tenant.org_id}/prices", price).status_code == 403
    assert api.get("/api/usage/summary").status_code == 422
    usage = {"project_id": str(tenant.project_id), "event_type": "tokens", "quantity": 1}
    assert worker.post("/api/billing/usage", usage).status_code == 201
    assert Api(stranger.key).post("/api/billing/usage", usage).status_code == 404

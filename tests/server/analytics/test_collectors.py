"""Usage read from providers: a local server answers in their formats (tests/data/collectors)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.models import Source
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant
from kits.receiver import Answer, Received, Receiver

DATA = Path(__file__).parents[2] / "data" / "collectors"
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = {"since": date(2026, 11, 6), "until": date(2026, 11, 8)}


def body(name: str) -> bytes:
    return (DATA / name).read_bytes()


def answer(request: Received) -> Answer:
    """As the providers would."""
    path, query = urlsplit(request.path).path, parse_qs(urlsplit(request.path).query)
    if path.endswith("/completions"):
        return Answer(body=body(f"openai-completions{'-2' if 'page' in query else ''}.json"))
    if path.endswith("/settings/billing/usage"):
        empty = b'{"usageItems": []}'
        return Answer(body=body("github-usage.json") if query["day"] == ["6"] else empty)
    for part, name in (
        ("/embeddings", "openai-embeddings.json"),
        ("/usage_report/messages", "anthropic-messages.json"),
        ("/usage.api-counts", "supabase-api-counts.json"),
        ("/config/disk/util", "supabase-disk.json"),
        ("/v1/billing/charges", "vercel-charges.jsonl"),
        ("/custom", "custom-events.json"),
    ):
        if path.endswith(part):
            return Answer(body=body(name))
    return Answer(status=404)


@pytest.fixture
def provider(settings: Any) -> Iterator[Receiver]:
    settings.BR_ALLOW_PRIVATE_ADDRESSES = True
    with Receiver(answer) as receiver:
        yield receiver


def add(tenant: Tenant, provider: Receiver, kind: str, **members: Any) -> UUID:
    address = f"http://127.0.0.1:{provider.port}"
    given = {
        "name": kind,
        "api_key": "sk-admin-0123456789abcd",
        "base_url": f"{address}/custom" if kind == "custom" else address,
        "project_id": tenant.project_id,
        **members,
    }
    return analytics.add_source(tenant.actor, kind=kind, **given).id


def collect(tenant: Tenant, source: UUID, **days: date) -> analytics.Collected:
    done = analytics.collect_usage(tenant.org_id, source, asked=True, **(days or DAYS))
    assert done is not None
    return done


def counted(tenant: Tenant) -> list[metering.EventView]:
    with tenant_scope(tenant.org_id):
        found = metering.list_events(tenant.org_id, status="accepted", limit=100)
    return sorted(found, key=lambda one: (one.type, one.model or "", one.time))


def test_openai_tokens_are_told_apart_and_the_gateways_key_is_left_out(
    tenant: Tenant, provider: Receiver
) -> None:
    source = add(tenant, provider, "openai", settings={"skip_keys": ["key_gateway"]})
    done = collect(tenant, source)
    assert (done.accepted, done.duplicates, done.error) == (3, 0, "")
    first, batch, embedding = counted(tenant)
    assert first.tokens == {
        "input": 80000, "cache_read": 40000, "cache_write": 0, "output": 9000, "reasoning": 0,
        "batch": False,
    }  # fmt: skip
    assert first.cost is not None
    assert first.project_id == tenant.project_id
    assert batch.tokens is not None
    assert batch.tokens["batch"] is True
    assert (embedding.model, embedding.quantity) == ("text-embedding-3-small", 16000)
    asked = provider.received[0]
    assert asked.headers["authorization"] == "Bearer sk-admin-0123456789abcd"
    assert parse_qs(urlsplit(asked.path).query)["start_time"] == ["1793923200"]


def test_the_same_days_again_count_once(tenant: Tenant, provider: Receiver) -> None:
    source = add(tenant, provider, "openai")
    first = collect(tenant, source)
    before = [(one.id, one.cost) for one in counted(tenant)]
    again = collect(tenant, source)
    assert first.accepted == 4
    assert (again.accepted, again.duplicates, again.rejected, again.differing) == (0, 4, 0, 0)
    assert [(one.id, one.cost) for one in counted(tenant)] == before


def test_anthropic_caches_are_counted_apart(tenant: Tenant, provider: Receiver) -> None:
    collect(tenant, add(tenant, provider, "anthropic"))
    (one,) = counted(tenant)
    assert one.tokens is not None
    assert [one.tokens[name] for name in ("input", "cache_write", "cache_read", "output")] == [
        1500, 1500, 200, 500,
    ]  # fmt: skip
    assert provider.received[0].headers["x-api-key"] == "sk-admin-0123456789abcd"
    assert one.cost is not None


def test_github_minutes_become_seconds_and_cost_what_is_paid(
    tenant: Tenant, provider: Receiver
) -> None:
    done = collect(tenant, add(tenant, provider, "github", settings={"organization": "acme"}))
    assert done.accepted == 2
    minutes, storage = counted(tenant)
    assert (minutes.type, minutes.quantity, minutes.cost) == ("compute", 6000, Decimal("0.5"))
    assert (storage.type, storage.cost) == ("integrations", Decimal("0.011256"))
    assert minutes.data["repository"] == "acme/shop"
    assert minutes.price_version is None


def test_an_invoice_is_not_repriced(tenant: Tenant, provider: Receiver) -> None:
    collect(tenant, add(tenant, provider, "github", settings={"organization": "acme"}))
    metering.set_price(
        tenant.actor, tenant.org_id, model="*", kind="compute", per_unit=Decimal(1),
        valid_from=BEGIN,
    )  # fmt: skip
    told = metering.reprice(
        tenant.actor, tenant.org_id, since=BEGIN, until=BEGIN + timedelta(days=20), apply=True
    )
    assert told.changed == 0
    assert counted(tenant)[0].cost == Decimal("0.5")


def test_vercel_charges_of_a_service_are_added_up(tenant: Tenant, provider: Receiver) -> None:
    collect(tenant, add(tenant, provider, "vercel", settings={"team": "team_1"}))
    (one,) = counted(tenant)
    assert (one.provider, one.model) == ("vercel", "Function Invocations")
    assert (one.quantity, one.cost) == (2_000_000, Decimal(2))
    assert parse_qs(urlsplit(provider.received[0].path).query)["teamId"] == ["team_1"]


def test_supabase_tells_requests_and_storage(tenant: Tenant, provider: Receiver) -> None:
    source = add(tenant, provider, "supabase", settings={"project_ref": "abcd"})
    collect(tenant, source)
    kinds = {(one.type, one.model): one.quantity for one in counted(tenant)}
    assert kinds["api_calls", "rest"] in (1200, 300)
    assert kinds["storage", "database disk"] == 1_350_298_112
    assert collect(tenant, source).accepted == 0


def test_a_source_of_ones_own_tells_events(tenant: Tenant, provider: Receiver) -> None:
    collect(tenant, add(tenant, provider, "custom", api_key=""))
    compute, integration = counted(tenant)
    assert (compute.provider, compute.cost) == ("hetzner", Decimal("0.12"))
    assert (integration.quantity, integration.cost) == (Decimal("2.5"), None)
    assert "authorization" not in provider.received[0].headers


def test_what_the_provider_adds_later_is_counted_beside(tenant: Tenant, provider: Receiver) -> None:
    day = {"since": date(2026, 11, 6), "until": date(2026, 11, 7)}
    source = add(tenant, provider, "github", settings={"organization": "acme"})
    collect(tenant, source, **day)
    grown = json.loads(body("github-usage.json"))
    grown["usageItems"][0].update(quantity=130, netAmount=0.7)
    provider.decide = lambda _: Answer(body=json.dumps(grown).encode())
    assert collect(tenant, source, **day).accepted == 1
    minutes = [one for one in counted(tenant) if one.type == "compute"]
    assert sum(one.quantity or 0 for one in minutes) == 7800
    assert sum(one.cost or 0 for one in minutes) == Decimal("0.7")
    again = collect(tenant, source, **day)
    assert (again.accepted, again.differing) == (0, 0)
    grown["usageItems"][0].update(quantity=10, netAmount=0.01)
    provider.decide = lambda _: Answer(body=json.dumps(grown).encode())
    assert collect(tenant, source, **day).differing == 1


def test_a_failure_is_visible_with_its_next_try(tenant: Tenant, provider: Receiver) -> None:
    source = add(tenant, provider, "openai")
    provider.decide = lambda _: Answer(status=429, headers=(("Retry-After", "7200"),))
    done = collect(tenant, source)
    assert "429" in done.error
    (view,) = views(tenant)
    assert (view.state, view.failures) == ("failing", 1)
    assert view.retry_at is not None
    with tenant_scope(tenant.org_id):
        event = Event.objects.filter(org_id=tenant.org_id, kind="usage_source.failed").get()
        waits = view.retry_at - event.created_at
    assert timedelta(hours=1, minutes=59) < waits < timedelta(hours=2, minutes=1)
    # The schedule waits, a person need not.
    assert analytics.collect_usage(tenant.org_id, source) is None
    provider.decide = answer
    assert collect(tenant, source).error == ""
    (view,) = views(tenant)
    assert (view.state, view.failures, view.last_error) == ("collected", 0, "")


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (401, b"{}", "refuses the key"),
        (500, b"", "answered 500"),
        (200, b"<html>", "not JSON"),
        (200, b'{"data": [{"start_time": "soon", "results": []}]}', "no time"),
        (200, b'{"data": 7}', "no list"),
    ],
)
def test_every_failure_has_words(
    tenant: Tenant, provider: Receiver, status: int, said: bytes, words: str
) -> None:
    source = add(tenant, provider, "openai")
    provider.decide = lambda _: Answer(status=status, body=said)
    assert words in collect(tenant, source).error
    assert counted(tenant) == []


def views(tenant: Tenant) -> list[analytics.SourceView]:
    with tenant_scope(tenant.org_id):
        return analytics.list_sources(tenant.org_id)


def test_by_api_a_source_is_added_and_read(
    tenant: Tenant, api: Api, stranger: Tenant, provider: Receiver
) -> None:
    nothing = api.post("/api/analytics/collect", {"project_id": str(tenant.project_id)})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "usage_source_not_found")
    made = api.post(
        "/api/analytics/sources",
        {
            "project_id": str(tenant.project_id),
            "kind": "github",
            "name": "Actions",
            "api_key": "github_pat_secret1234",
            "base_url": f"http://127.0.0.1:{provider.port}",
            "settings": {"organization": "acme"},
        },
    )
    assert made.status_code == 201, made.content
    assert b"secret1234" not in made.content
    one = f"/api/analytics/sources/{made.json()['id']}"
    asked = api.post("/api/analytics/collect", {"source_id": made.json()["id"]})
    assert (asked.status_code, asked.json()["queued"]) == (202, 1)
    bare = api.post("/api/analytics/collect")
    assert (bare.status_code, [one["name"] for one in bare.json()["sources"]]) == (202, ["Actions"])
    listed = api.get(f"/api/analytics/sources?project_id={tenant.project_id}")
    assert [each["name"] for each in listed.json()["items"]] == ["Actions"]
    outside = Api(stranger.key)
    assert outside.patch(one, {"enabled": False}).status_code == 404
    moved = api.patch(one, {"base_url": "https://other.example.test"})
    assert moved.status_code == 422
    assert api.patch(one, {"enabled": False}).json()["state"] == "off"
    assert api.delete(one).status_code == 204
    with tenant_scope(tenant.org_id):
        assert not Source.objects.filter(org_id=tenant.org_id).exists()


def test_private_addresses_are_refused_where_the_operator_does_not_allow_them(
    tenant: Tenant, api: Api
) -> None:
    refused = api.post(
        "/api/analytics/sources",
        {
            "project_id": str(tenant.project_id),
            "kind": "custom",
            "name": "inside",
            "base_url": "http://169.254.169.254/latest",
        },
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "url_refused")

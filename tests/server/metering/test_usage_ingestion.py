"""`POST /api/usage/events`: CloudEvents, one or many, and what becomes of each."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from buildrunner.server.config.authentication import key_from_headers
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.models import Rollup, UsageEvent, UsageReceipt
from buildrunner.server.domains.metering.rest.ingestion import Ingestion
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.pool import web_pool
from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.db.scope import tenant_scope
from factories import Tenant, make_key, make_tenant
from factories.usage import make_usage

pytestmark = pytest.mark.usefixtures("commits")

Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def tenant(commits: None) -> Tenant:
    return make_tenant()


def event(tenant: Tenant, name: str = "a", **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": name,
        "source": "//ci",
        "type": "tokens",
        "data": {
            "project_id": str(tenant.project_id),
            "quantity": 1000,
            "model_name": "gpt-4o",
            **data,
        },
    }


def send(tenant: Tenant, scenario: Callable[[Post], Awaitable[None]], *, key: str = "") -> None:
    """Run a scenario against the endpoint on a pool of its own."""

    async def run() -> None:
        pool = web_pool()
        await pool.open()
        app = Starlette(
            routes=[
                Route(
                    "/api/usage/events", Ingestion(pool, key_from_headers).respond, methods=["POST"]
                )
            ]
        )
        headers = {"Authorization": f"Bearer {key or tenant.key}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as client:

            async def post(
                body: Any, kind: str = "application/json", **more: str
            ) -> httpx.Response:
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                return await client.post(
                    "/api/usage/events", content=content, headers={"Content-Type": kind, **more}
                )

            await scenario(post)
        await pool.close()

    asyncio.run(run())


def count(tenant: Tenant) -> tuple[int, int]:
    with tenant_scope(tenant.org_id):
        return UsageEvent.objects.count(), UsageReceipt.objects.count()


@pytest.mark.parametrize(
    "kind", ["application/json", "application/cloudevents+json; charset=utf-8"]
)
def test_one_event(tenant: Tenant, kind: str) -> None:
    async def scenario(post: Post) -> None:
        first = await post(event(tenant), kind)
        assert first.status_code == 201, first.text
        assert first.json() == {
            "id": "a",
            "source": "//ci",
            "status": "accepted",
            "cost": "0.002500",
            "currency": "USD",
            "price_version": first.json()["price_version"],
        }
        again = await post(event(tenant), kind)
        assert (again.status_code, again.json()["status"]) == (200, "duplicate")
        assert again.json()["cost"] == "0.002500"
        other = await post(event(tenant, quantity=2), kind)
        assert other.status_code == 409
        assert other.json()["code"] == "usage_conflict"
        assert other.headers["content-type"] == "application/problem+json"

    send(tenant, scenario)
    assert count(tenant) == (1, 2)


@pytest.mark.parametrize("kind", ["application/json", "application/cloudevents-batch+json"])
def test_a_batch(tenant: Tenant, kind: str) -> None:
    async def scenario(post: Post) -> None:
        clean = await post([event(tenant, str(n)) for n in range(300)], kind)
        assert clean.status_code == 200, clean.text
        assert clean.json()["accepted"] == 300
        partly = await post([event(tenant, str(n)) for n in range(399, 199, -1)], kind)
        assert partly.status_code == 200, partly.text
        assert [one["status"] for one in partly.json()["events"]] == (
            ["accepted"] * 100 + ["duplicate"] * 100
        )
        mixed = await post(
            [
                event(tenant, "new"),
                event(tenant, "1"),
                event(tenant, "2", quantity=7),
                event(tenant, "stranger", project_id=str(uuid4())),
                event(tenant, "bad", quantity="many"),
                {**event(tenant, "odd"), "type": "coffee"},
                "not an event",
            ],
            kind,
        )
        assert mixed.status_code == 207
        told = mixed.json()
        assert (told["accepted"], told["duplicates"], told["rejected"]) == (1, 1, 5)
        assert [(one["status"], one.get("http_status")) for one in told["events"]] == [
            ("accepted", None),
            ("duplicate", None),
            ("rejected", 409),
            ("rejected", 404),
            ("rejected", 422),
            ("rejected", 422),
            ("rejected", 404),
        ]

    send(tenant, scenario)
    assert count(tenant) == (401, 104)
    with tenant_scope(tenant.org_id):
        assert [row.events for row in Rollup.objects.all()] == [401, 401]


def test_data_that_cannot_be_kept_is_that_event_s_own_trouble(tenant: Tenant) -> None:
    deep: Any = 1
    for _ in range(60):
        deep = [deep]

    async def scenario(post: Post) -> None:
        told = await post(
            [
                event(tenant, "fine", note={"a": [1, 2.5, None]}),
                event(tenant, "huge", count=2**64),
                event(tenant, "deep", tree=deep),
                {**event(tenant, "minutes", deployment_minutes=-1), "type": "integrations"},
            ]
        )
        assert told.status_code == 207, told.text
        assert [one.get("http_status") for one in told.json()["events"]] == [None, 422, 422, 422]
        nested = b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        assert (await post(nested)).status_code == 400

    send(tenant, scenario)
    assert count(tenant)[0] == 1


def test_bodies_that_hold_no_events(tenant: Tenant) -> None:
    async def scenario(post: Post) -> None:
        for body, kind, status in (
            (b"{", "application/json", 400),
            (b"[]", "application/cloudevents+json", 400),
            (b"{}", "application/cloudevents-batch+json", 400),
            (b'{"id":"a\\u0000"}', "application/json", 400),
            (b"{}", "text/plain", 415),
            (b"7", "application/json", 400),
        ):
            answer = await post(body, kind)
            assert answer.status_code == status, (body, answer.text)
        empty = await post(b"[]")
        assert empty.json() == {"accepted": 0, "duplicates": 0, "rejected": 0, "events": []}

    send(tenant, scenario)


def test_who_may_report(tenant: Tenant) -> None:
    stranger = make_tenant(name="Mallory")
    _, reading = make_key(tenant.person, scopes=["planner.read"])
    _, bound = make_key(
        tenant.person, scopes=["builder.run"], org_id=tenant.org_id, project_id=tenant.project_id
    )

    def expect(status: int) -> Callable[[Post], Awaitable[None]]:
        async def scenario(post: Post) -> None:
            assert (await post(event(tenant))).status_code == status

        return scenario

    send(tenant, expect(401), key="br_wrong")
    send(tenant, expect(404), key=stranger.key)
    send(tenant, expect(403), key=reading)
    send(tenant, expect(201), key=bound)
    tenancy.archive_project(tenant.actor, tenant.project_id)
    send(tenant, expect(200))

    async def unnamed(post: Post) -> None:
        without = event(tenant, "b")
        del without["data"]["project_id"]
        assert (await post(without)).status_code == 201

    send(tenant, unnamed, key=bound)
    with tenant_scope(tenant.org_id):
        assert {row.project_id for row in UsageEvent.objects.all()} == {tenant.project_id}


@pytest.mark.parametrize("size", [40, 300])
def test_the_same_events_at_once_count_once(tenant: Tenant, size: int) -> None:
    async def scenario(post: Post) -> None:
        batch = [event(tenant, str(n)) for n in range(size)]
        answers = await asyncio.gather(*(post(batch if n % 2 else batch[::-1]) for n in range(12)))
        assert {answer.status_code for answer in answers} == {200}
        assert sum(answer.json()["accepted"] for answer in answers) == size

    send(tenant, scenario)
    assert count(tenant)[0] == size
    with tenant_scope(tenant.org_id):
        assert [row.events for row in Rollup.objects.all()] == [size, size]


def test_killed_between_copy_and_commit(tenant: Tenant, databases: Databases) -> None:
    """What was not acknowledged leaves nothing, not even its name: sent again, it counts."""
    usage = make_usage(tenant, "a")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        try:
            asyncio.run(_write_and_wait(databases.web, tenant, usage, writing))
        finally:
            os._exit(1)
    os.close(writing)
    assert os.read(reading, 1) == b"!"  # rows are written, nothing is committed
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    assert count(tenant) == (0, 0)

    async def scenario(post: Post) -> None:
        assert (await post(event(tenant))).status_code == 201

    send(tenant, scenario)
    told = metering.record_usage(tenant.actor, tenant.org_id, [usage, usage])
    assert [one.status for one in told] == ["accepted", "duplicate"]
    with tenant_scope(tenant.org_id):
        assert sum(row.events for row in Rollup.objects.filter(grain="day")) == 2


async def _write_and_wait(url: str, tenant: Tenant, usage: metering.Usage, tell: int) -> None:
    connected = await psycopg.AsyncConnection.connect(url)
    await metering.record_usage_on(connected, None, tenant.org_id, [usage])
    os.write(tell, b"!")
    await asyncio.sleep(60)

"""What must not get through the gateway: private networks, others' keys, smuggled headers and
members, huge and slow bodies."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from aiohttp.abc import ResolveResult

from buildrunner.server.config.authentication import key_from_headers
from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.rest.gateway import endpoint
from buildrunner.server.domains.ai.rest.gateway.endpoint import Gateway
from buildrunner.server.platform.db.pool import web_pool
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.http.outbound_async import GuardedResolver, outbound_session
from factories import Tenant, make_tenant
from factories.providers import SECRET, make_provider
from kits.model_server import Behaviour, ModelServer

pytestmark = pytest.mark.usefixtures("commits")

CHAT = "/v1/chat/completions"
BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}], "max_tokens": 5}
Scenario = Callable[[httpx.AsyncClient, Gateway], Awaitable[None]]


@pytest.fixture
def tenant(commits: None, settings: Any) -> Tenant:
    settings.BR_ALLOW_PRIVATE_ADDRESSES = True
    return make_tenant()


def drive(tenant: Tenant, scenario: Scenario, *, key: str = "") -> None:
    """Run a scenario against a gateway on a pool of its own."""

    async def run() -> None:
        pool = web_pool()
        await pool.open()
        gateway = Gateway(pool, key_from_headers)
        await gateway.start()
        headers = {"Authorization": f"Bearer {key or tenant.key}"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(gateway), base_url="http://localhost", headers=headers
        ) as client:
            await scenario(client, gateway)
        await gateway.close()
        await pool.close()

    asyncio.run(run())


def test_a_name_that_leads_behind_us_is_not_followed(tenant: Tenant, settings: Any) -> None:
    """The address was judged when it was kept; the name is judged at each connection."""

    class Rebinding(GuardedResolver):
        async def look_up(
            self, host: str, port: int, family: socket.AddressFamily
        ) -> list[ResolveResult]:
            return [
                ResolveResult(
                    hostname=host,
                    host="169.254.169.254",
                    port=port,
                    family=socket.AF_INET,
                    proto=0,
                    flags=0,
                )
            ]

    make_provider(tenant, base_url="https://models.example.com/v1", retries=0)

    async def scenario(client: httpx.AsyncClient, gateway: Gateway) -> None:
        gateway.upstreams._session = outbound_session(own=True, resolver=Rebinding(()))
        answer = await client.post(CHAT, json=BODY)
        assert answer.status_code == 502
        assert "not public" in answer.json()["error"]["message"]
        assert "169.254" not in answer.text

    drive(tenant, scenario)


def test_what_was_allowed_once_is_judged_at_each_call(tenant: Tenant, settings: Any) -> None:
    with ModelServer() as server:
        make_provider(tenant, base_url=server.url + "/v1", retries=0)
        settings.BR_ALLOW_PRIVATE_ADDRESSES = False

        async def scenario(client: httpx.AsyncClient, gateway: Gateway) -> None:
            answer = await client.post(CHAT, json=BODY)
            assert answer.status_code == 502
            assert answer.json()["error"]["code"] == "url_refused"

        drive(tenant, scenario)
        assert server.asked == []


def test_redirects_are_not_followed(tenant: Tenant) -> None:
    with ModelServer(Behaviour(status=307, headers={"Location": "/v1/elsewhere"})) as server:
        make_provider(tenant, base_url=server.url + "/v1", retries=0)

        async def scenario(client: httpx.AsyncClient, gateway: Gateway) -> None:
            answer = await client.post(CHAT, json=BODY)
            assert answer.status_code == 502
            assert "redirect" in answer.json()["error"]["message"]

        drive(tenant, scenario)
        assert [one.path for one in server.asked] == [CHAT]


def test_another_tenants_provider_is_not_there(tenant: Tenant) -> None:
    stranger = make_tenant(name="Mallory")
    with ModelServer() as server:
        make_provider(tenant, base_url=server.url + "/v1")

        async def scenario(client: httpx.AsyncClient, gateway: Gateway) -> None:
            for more in ({}, {"BR-Project": str(tenant.project_id)}):
                answer = await client.post(CHAT, json=BODY, headers=more)
                assert answer.status_code == 404
                assert SECRET not in answer.text
            named = await client.post(CHAT, json={**BODY, "model": "OpenAI/gpt-4o"})
            assert named.status_code == 404

        drive(tenant, scenario, key=stranger.key)
        assert server.asked == []


def test_headers_are_not_smuggled(tenant: Tenant) -> None:
    """Only what is listed goes on, and the caller's key never does."""
    with ModelServer() as server:
        make_provider(tenant, base_url=server.url + "/v1")
        smuggled = {
            "X-Api-Key": "sk-mine",
            "OpenAI-Organization": "org-other",
            "Cookie": "a=b",
            "X-Forwarded-For": "10.0.0.1",
            "Proxy-Authorization": "Basic x",
            "Transfer-Encoding": "chunked",
            "OpenAI-Beta": "assistants=v2",
        }

        async def scenario(client: httpx.AsyncClient, gateway: Gateway) -> None:
            answer = await client.post(CHAT, content=json.dumps(BODY), headers=smuggled)
            assert answer.status_code == 200, answer.text

        drive(tenant, scenario)
        sent = server.asked[0].headers
        assert sent["openai-beta"] == "assistants=v2"
        assert sent["authorization"] == f"Bearer {SECRET}"
        for name in ("x-api-key", "openai-organization", "cookie", "x-forwarded-for"):
            assert name not in sent
        assert tenant.key not in str(sent)


def test_a_member_named_twice_goes_on_as_it_was_judged(tenant: Tenant) -> None:
    with ModelServer() as server:
        make_provider(tenant, base_url=server.url + "/v1", models=["gpt-4o-mini"])
        twice = b'{"model":"gpt-4.1","messages":[],"max_tokens":5,"model":"gpt-4o-mini"}'

        async def scenario(client: httpx.AsyncClient, gateway: Gateway) -> None:
            assert (await client.post(CHAT, content=twice)).status_code == 200

        drive(tenant, scenario)
        assert server.asked[0].body.count(b'"model"') == 1
        assert server.asked[0].json["model"] == "gpt-4o-mini"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"model":7}',
        b'{"model":"gpt-4o","stream":"yes"}',
        b'{"model":"gpt-4o","max_tokens":-1}',
        b'{"model":"gpt-4o","n":0}',
        b'{"model":"gpt-4o","x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b"\xff\xfe{}",
    ],
)
def test_broken_bodies_are_refused(tenant: Tenant, body: bytes) -> None:
    with ModelServer() as server:
        make_provider(tenant, base_url=server.url + "/v1")

        async def scenario(client: httpx.AsyncClient, gateway: Gateway) -> None:
            answer = await client.post(CHAT, content=body)
            assert answer.status_code == 400, answer.text
            assert answer.json()["error"]["type"] == "invalid_request_error"

        drive(tenant, scenario)
        assert server.asked == []


def test_huge_and_slow_bodies(
    tenant: Tenant, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BR_GATEWAY_BODY = 2_000
    monkeypatch.setattr(endpoint, "ARRIVE", 0.2)

    async def dripping() -> Any:
        yield b"{"
        await asyncio.sleep(5)

    async def growing() -> Any:
        for _ in range(100):
            yield b" " * 100

    async def scenario(client: httpx.AsyncClient, gateway: Gateway) -> None:
        for content in (b"x" * 3_000, growing()):
            answer = await client.post("/v1/messages", content=content)
            assert answer.status_code == 413
            assert answer.json()["error"]["type"] == "request_too_large"
        assert (await client.post(CHAT, content=dripping())).status_code == 408
        nobody = await client.post(CHAT, content=dripping(), headers={"Authorization": "Bearer x"})
        assert nobody.status_code == 401

    drive(tenant, scenario)


def test_a_revoked_key_is_soon_forgotten(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    from buildrunner.server.domains.tenancy import facade as tenancy

    with ModelServer() as server:
        make_provider(tenant, base_url=server.url + "/v1")

        async def scenario(client: httpx.AsyncClient, gateway: Gateway) -> None:
            gateway.callers._callers._seconds = 0.3
            assert (await client.post(CHAT, json=BODY)).status_code == 200
            await asyncio.to_thread(tenancy.revoke_api_key, tenant.actor, tenant.key_id)
            async with asyncio.timeout(5):
                while (await client.post(CHAT, json=BODY)).status_code == 200:
                    await asyncio.sleep(0.05)

        drive(tenant, scenario)


def test_a_fallback_stands_in_and_a_failing_provider_rests(tenant: Tenant) -> None:
    with ModelServer(Behaviour(status=500)) as bad, ModelServer() as good:
        fallbacks = {"*": ["llama3"]}
        make_provider(tenant, base_url=bad.url + "/v1", retries=1, fallbacks=fallbacks)
        members = {"kind": "compatible", "name": "local", "base_url": good.url + "/v1"}
        make_provider(tenant, **members, models=["llama3"])

        async def scenario(client: httpx.AsyncClient, gateway: Gateway) -> None:
            for _ in range(4):
                answer = await client.post(CHAT, json=BODY)
                assert answer.status_code == 200, answer.text
                assert answer.headers["br-model"] == "llama3"

        drive(tenant, scenario)
        assert len(bad.asked) == 5  # then its circuit is open
        assert {one.json["model"] for one in good.asked} == {"llama3"}
    with tenant_scope(tenant.org_id):
        assert len(ai.upstreams(tenant.org_id)) == 2

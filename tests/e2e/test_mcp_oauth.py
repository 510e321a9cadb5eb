"""An agent's program without a key: the official client, discovery, registration, a person's yes."""

import asyncio
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import httpx2
import pytest
from mcp.client.auth.oauth2 import OAuthClientProvider
from mcp.client.client import Client as McpClient
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)

from buildrunner.client import Client
from kits.product import Product
from kits.proofs import checkout_plan

BACK = "http://localhost:7777/callback"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # the pair of RFC 7636, appendix B


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("oauth") / "data", BR_RATE_LIMIT_OAUTH="600")
    yield product
    product.stop()


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form of a page."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


@pytest.fixture(scope="module")
def person(server: Product) -> Iterator[httpx.Client]:
    """A browser in which the owner is signed in."""
    with httpx.Client(base_url=server.url, headers={"Origin": server.url}) as browser:
        page = browser.get(server.sign_in_url).text
        answer = browser.post(server.sign_in_url, data=hidden(page))
        assert answer.status_code == 303, answer.text
        yield browser


def answered(person: httpx.Client, address: str, answer: str = "approve") -> dict[str, list[str]]:
    """What the person's answer sends back to the program."""
    asked = person.get(address)
    assert asked.status_code == 200, asked.text
    said = person.post("/oauth/authorize", data={**hidden(asked.text), "answer": answer})
    assert said.status_code == 200, said.text
    return parse_qs(urlsplit(said.headers["Refresh"].partition("url=")[2]).query)


class Storage:
    """What a program remembers."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


def test_the_official_client_is_let_in_by_a_person(server: Product, person: httpx.Client) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("By OAuth").id
        client.plans.put(project, checkout_plan())
    came: dict[str, list[str]] = {}
    storage = Storage()

    async def open_browser(address: str) -> None:
        came.update(await asyncio.to_thread(answered, person, address))

    async def come_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(
            code=came["code"][0], state=came["state"][0], iss=came["iss"][0]
        )

    async def main() -> None:
        auth = OAuthClientProvider(
            f"{server.url}/mcp",
            OAuthClientMetadata(client_name="Claude", redirect_uris=[BACK]),  # type: ignore[list-item]
            storage,
            open_browser,
            come_back,
        )
        address = f"{server.url}/mcp?project={project}"
        async with (
            httpx2.AsyncClient(auth=auth, timeout=60) as http,
            McpClient(streamable_http_client(address, http_client=http)) as client,
        ):
            status = await client.call_tool("status", {})
            assert status.structured_content
            assert status.structured_content["counts"]["total"] == 6

    asyncio.run(main())
    assert storage.tokens is not None
    key = {"Authorization": f"Bearer {storage.tokens.access_token}"}
    me = httpx.get(f"{server.url}/api/me", headers=key).json()
    assert sorted(me["key"]["scopes"]) == ["builder.run", "planner.write"]
    sign_off = {"microstep_id": "m1.s1.ms1", "criterion": 0}
    path = f"{server.url}/api/projects/{project}/sign-offs"
    assert httpx.post(path, json=sign_off, headers=key).status_code == 403
    wider = httpx.post(f"{server.url}/api/keys", json={"name": "x", "scopes": ["*"]}, headers=key)
    assert wider.status_code in (403, 422)


def registered(server: Product, address: str = BACK) -> httpx.Response:
    body = {"client_name": "Cursor", "redirect_uris": [address]}
    return httpx.post(f"{server.url}/oauth/register", json=body)


def wish(client_id: str, **more: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "s",
    } | more
    return str(httpx.URL("/oauth/authorize", params=asked))


def exchange(server: Product, client_id: str, code: str, **more: str) -> httpx.Response:
    sent = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    } | more
    return httpx.post(f"{server.url}/oauth/token", data=sent)


def test_a_code_holds_once_for_whoever_began(server: Product, person: httpx.Client) -> None:
    client_id = registered(server).json()["client_id"]
    other = registered(server, "http://localhost:7777/other").json()["client_id"]
    code = answered(person, wish(client_id))["code"][0]
    for program, used, more in (
        (client_id, code, {"code_verifier": "x" * 43}),
        (client_id, code, {"redirect_uri": "http://localhost:7777/other"}),
        (other, code, {}),
        (client_id, "nonsense", {}),
        (client_id, "", {}),
    ):
        refused = exchange(server, program, used, **more)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant"), more
    given = exchange(server, client_id, code)
    assert given.status_code == 200, given.text
    assert given.json()["access_token"].startswith("br_")
    assert exchange(server, client_id, code).json()["error"] == "invalid_grant"
    assert exchange(server, client_id, code, grant_type="password").status_code == 400


def test_no_is_told_and_gives_no_code(server: Product, person: httpx.Client) -> None:
    client_id = registered(server).json()["client_id"]
    came = answered(person, wish(client_id), "deny")
    assert (came["error"], came["state"]) == (["access_denied"], ["s"])
    assert "code" not in came


def test_what_could_leak_a_code_is_refused(server: Product, person: httpx.Client) -> None:
    for address in ("http://evil.example/", "javascript:alert(1)", "https://", "data:x", "//x"):
        assert registered(server, address).status_code == 400, address
    assert httpx.post(f"{server.url}/oauth/register", content=b"[" * 9).status_code == 400
    assert httpx.post(f"{server.url}/oauth/register", content=b"x" * 20_000).status_code == 400
    client_id = registered(server).json()["client_id"]
    for more in (
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "nonsense"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
    ):
        asked = person.get(
            wish(client_id) if not more else wish(**({"client_id": client_id} | more))
        )
        assert asked.status_code == 422, more
        assert "Refresh" not in asked.headers
    nobody = httpx.get(f"{server.url}{wish(client_id)}")
    assert nobody.status_code == 302
    assert "/sign-in" in nobody.headers["Location"]

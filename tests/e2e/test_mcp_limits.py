"""`/oauth/…` and `/mcp` beyond their quotas: 429 and when to come again, whoever asks."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from buildrunner.client import Client
from kits.product import Product

QUOTA = 6
# Windows are minutes of the clock: around the turn of one, twice the quota goes through.
ENOUGH = 2 * QUOTA + 1
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "many", "version": "1"},
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(
        tmp_path_factory.mktemp("limits") / "data",
        BR_RATE_LIMIT=str(QUOTA),
        BR_RATE_LIMIT_ADDRESS=str(QUOTA),
        BR_RATE_LIMIT_OAUTH=str(QUOTA),
    )
    yield product
    product.stop()


def refused(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The first answer that says to wait."""
    answers = (ask() for _ in range(ENOUGH))
    found = next(one for one in answers if one.status_code == 429)
    assert 0 < int(found.headers["Retry-After"]) <= 60
    return found


def test_programs_register_and_exchange_so_often_a_minute(server: Product) -> None:
    wish = {"redirect_uris": ["http://localhost:7777/callback"], "client_name": "Many"}
    told = refused(lambda: httpx.post(f"{server.url}/oauth/register", json=wish))
    assert told.headers["Content-Type"] == "application/problem+json"
    body = told.json()
    assert (body["code"], body["policy"], body["limit"]) == ("rate_limited", "oauth", QUOTA)
    assert body["error"] == "temporarily_unavailable"
    assert "Go on in" in body["error_description"]
    sent = {"grant_type": "authorization_code", "code": "guessed"}
    told = refused(lambda: httpx.post(f"{server.url}/oauth/token", data=sent))
    assert told.json()["policy"] == "oauth"
    page = refused(lambda: httpx.get(f"{server.url}/oauth/authorize"))
    assert "Go on in" in page.text


def test_mcp_is_counted_by_key_and_without_one_by_address(server: Product) -> None:
    with Client(server.url, server.api_key) as client:
        other = client.keys.create("other", ["*"]).key

    def ask(key: str) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json, text/event-stream",
        }
        return httpx.post(f"{server.url}/mcp", json=INITIALIZE, headers=headers)

    assert refused(lambda: ask(server.api_key)).json()["policy"] == "caller"
    assert ask(other).status_code == 200
    told = refused(lambda: ask("br_wrong"))
    assert told.json()["policy"] == "address"
    assert ask(other).status_code == 200

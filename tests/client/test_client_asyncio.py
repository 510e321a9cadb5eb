"""The asyncio client, the scripted server for users' tests, and that both clients are one."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from buildrunner.client import AsyncClient, Client, NotAllowed, NotFound, ServerFault
from buildrunner.client.testing import FakeServer

ROOT = Path(__file__).parents[2]
PROJECT = {"id": "p", "org_id": "o", "title": "T", "revision": 0}
ME = {"id": "a", "email": "ada@example.org", "name": "Ada", "organizations": []}


def test_the_blocking_client_is_the_asyncio_one(tmp_path: Path) -> None:
    subprocess.run([ROOT / "script" / "mirror", tmp_path], cwd=ROOT, check=True)
    made = {path.name: path.read_text() for path in tmp_path.glob("*.py")}
    kept = ROOT / "src" / "buildrunner" / "client" / "blocking"
    assert made == {path.name: path.read_text() for path in kept.glob("*.py")}, "run script/mirror"


def test_asyncio_calls_retry_and_raise_the_same_errors() -> None:
    server = FakeServer()
    server.refuse("GET", "/api/me", 503, code="down")
    server.answer("GET", "/api/me", ME)
    server.refuse("POST", "/api/projects", 403, code="forbidden", permission="project.create")

    async def run() -> None:
        async with server.async_client() as client:
            assert (await client.me()).name == "Ada"
            with pytest.raises(NotAllowed) as caught:
                await client.projects.create("T")
            assert caught.value.problem["permission"] == "project.create"

    asyncio.run(run())
    assert [call.path for call in server.calls] == ["/api/me", "/api/me", "/api/projects"]
    assert server.calls[2].json == {"title": "T"}


def test_asyncio_lists_and_events_are_read_as_they_come() -> None:
    server = FakeServer()
    server.answer("GET", "/api/projects", {"items": [PROJECT], "next_cursor": "next"})
    server.answer("GET", "/api/projects", {"items": [PROJECT | {"id": "q"}], "next_cursor": None})

    async def run() -> list[str]:
        async with server.async_client() as client:
            return [project.id async for project in client.projects.list()]

    assert asyncio.run(run()) == ["p", "q"]
    assert server.calls[1].params == {"cursor": "next"}


def test_many_calls_run_at_once() -> None:
    server = FakeServer()
    server.answer("GET", "/api/projects/p", PROJECT)

    async def run() -> int:
        async with server.async_client() as client:
            return len(await asyncio.gather(*(client.projects.get("p") for _ in range(20))))

    assert asyncio.run(run()) == 20
    assert len(server.calls) == 20


def test_the_scripted_server_says_what_it_was_not_told() -> None:
    server = FakeServer()
    with server.client() as client, pytest.raises(NotFound, match="GET /api/me was not scripted"):
        client.me()
    server.refuse("GET", "/api/me", 500, code="broken")
    with server.client(retries=0) as client, pytest.raises(ServerFault):
        client.me()


def test_clients_close_with_their_block() -> None:
    server = FakeServer()
    with server.client() as client:
        assert isinstance(client, Client)
    assert client._transport.http.is_closed

    async def run() -> AsyncClient:
        async with server.async_client() as opened:
            return opened

    assert asyncio.run(run())._transport.http.is_closed

"""Signs of life: gathered into one call, answered to each, and nothing without listeners."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Coroutine
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from buildrunner.server.platform.realtime import upkeep
from buildrunner.server.platform.realtime.upkeep import Upkeep

pytestmark = pytest.mark.usefixtures("commits")
Story = Callable[["House", httpx.AsyncClient], Coroutine[Any, Any, None]]


class House:
    """What is renewed and cleared, noted."""

    def __init__(self) -> None:
        self.calls: list[set[UUID]] = []
        self.cleared = asyncio.Event()
        self.clearings = 0
        self.listeners = True
        self.standing: set[UUID] = set()
        self.broken = False
        self.upkeep = Upkeep(self._renew, self._clear, wanted=lambda: self.listeners)
        self._loop = asyncio.get_running_loop()

    def _renew(self, tokens: Collection[UUID]) -> Collection[UUID]:
        if self.broken:
            raise RuntimeError("no database")
        self.calls.append(set(tokens))
        return self.standing & set(tokens)

    def _clear(self) -> int:
        self.clearings += 1
        self._loop.call_soon_threadsafe(self.cleared.set)
        return 0


def tell(story: Story) -> None:
    async def whole() -> None:
        house = House()
        app = Starlette(routes=[Route("/beat", house.upkeep.respond, methods=["POST"])])
        house.upkeep.start()
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            try:
                await asyncio.wait_for(story(house, client), 20)
            finally:
                await house.upkeep.close()

    asyncio.run(whole())


def test_many_signs_are_one_call_and_each_hears_its_own() -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        tokens = [uuid4() for _ in range(40)]
        house.standing = set(tokens[:39])
        answers = await asyncio.gather(
            *(client.post("/beat", json={"tokens": [str(one)]}) for one in tokens)
        )
        assert [answer.status_code for answer in answers] == [200] * 40
        assert [answer.json()["lapsed"] for answer in answers] == [[]] * 39 + [[str(tokens[39])]]
        assert house.calls == [set(tokens)]

    tell(story)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b'{"tokens": []}', 422),
        (b'{"tokens": ["x"]}', 422),
        (b'{"tokens": [1]}', 422),
        (b'{"tokens": 7}', 422),
        (json.dumps({"tokens": [str(UUID(int=n)) for n in range(21)]}).encode(), 422),
        (b" " * 3000, 413),
    ],
    ids=["empty", "list", "none", "no-uuid", "number", "no-list", "many", "large"],
)
def test_what_is_no_sign_of_life_is_refused(body: bytes, status: int) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        answer = await client.post("/beat", content=body)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert house.calls == []

    tell(story)


def test_without_a_database_it_is_said_and_the_next_one_is_served() -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        token = uuid4()
        house.standing, house.broken = {token}, True
        answer = await client.post("/beat", json={"tokens": [str(token)]})
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        house.broken = False
        assert (await client.post("/beat", json={"tokens": [str(token)]})).json() == {"lapsed": []}

    tell(story)


def test_a_flood_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "MOST_WAITING", 10)

    async def story(house: House, client: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(
            *(client.post("/beat", json={"tokens": [str(uuid4())]}) for _ in range(15))
        )
        assert sorted(answer.status_code for answer in answers) == [200] * 10 + [503] * 5
        assert len(house.calls[0]) == 10

    tell(story)


def test_clearing_goes_on_while_anybody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "CLEAR", 0.01)

    async def story(house: House, client: httpx.AsyncClient) -> None:
        house.listeners = False
        await client.post("/beat", json={"tokens": [str(uuid4())]})  # longer than many clearings
        assert house.clearings == 0
        house.listeners = True
        await house.cleared.wait()

    tell(story)

"""For tests of programs that use the client: a server that answers by script, without a network.

    server = FakeServer()
    server.answer("GET", "/api/me", {"id": "…", "email": "ada@example.org", "name": "Ada",
                                     "organizations": []})
    server.refuse("POST", "/api/projects", 403, code="forbidden", detail="Ask an owner.")
    with server.client() as client:
        client.me()
    assert server.calls[0].path == "/api/me"

The client is the real one with all its rules: retries (without pauses), shapes, typed errors. What
was not scripted is refused with 404 and says so.
"""

from __future__ import annotations

from collections import deque
from http import HTTPStatus
from typing import Any, NamedTuple

import httpx
import msgspec

from buildrunner.client.aio.client import AsyncClient
from buildrunner.client.blocking.client import Client

SERVER = "http://localhost:8400"
KEY = "br_test"


class Called(NamedTuple):
    """One request as the server saw it; `json` is `None` without a body."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    json: Any


class FakeServer:
    """Answers in the order in which answers were scripted; the last one of a route stays."""

    def __init__(self) -> None:
        self.calls: list[Called] = []
        self._script: dict[tuple[str, str], deque[httpx.Response]] = {}

    def answer(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        """The next answer of a route."""
        content = b"" if json is None else msgspec.json.encode(json)
        sent = {"Content-Type": "application/json"} | (headers or {})
        self._add(method, path, httpx.Response(status, headers=sent, content=content))

    def refuse(
        self,
        method: str,
        path: str,
        status: int,
        *,
        code: str,
        detail: str = "",
        headers: dict[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        """The next answer of a route is a problem document."""
        self._add(method, path, _problem(status, code, detail, headers, extensions))

    def client(self, *, retries: int = 2) -> Client:
        """A client of this server."""
        made = Client(SERVER, KEY, retries=retries, transport=httpx.MockTransport(self._respond))
        made._transport.pause = lambda _: None
        return made

    def async_client(self, *, retries: int = 2) -> AsyncClient:
        """An asyncio client of this server."""

        async def respond(request: httpx.Request) -> httpx.Response:
            return self._respond(request)

        async def pause(_: float) -> None:
            return None

        made = AsyncClient(SERVER, KEY, retries=retries, transport=httpx.MockTransport(respond))
        made._transport.pause = pause
        return made

    def _add(self, method: str, path: str, response: httpx.Response) -> None:
        self._script.setdefault((method.upper(), path), deque()).append(response)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        body = msgspec.json.decode(request.content) if request.content else None
        self.calls.append(
            Called(
                request.method, path, dict(request.url.params), dict(request.headers.items()), body
            )
        )
        waiting = self._script.get((request.method, path))
        if not waiting:
            words = f"{request.method} {path} was not scripted"
            return _problem(404, "not_scripted", words, None, {})
        scripted = waiting.popleft() if len(waiting) > 1 else waiting[0]
        return httpx.Response(
            scripted.status_code, headers=scripted.headers, content=scripted.content
        )


def _problem(
    status: int, code: str, detail: str, headers: dict[str, str] | None, extensions: dict[str, Any]
) -> httpx.Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **extensions,
    }
    sent = {"Content-Type": "application/problem+json"} | (headers or {})
    return httpx.Response(status, headers=sent, content=msgspec.json.encode(body))

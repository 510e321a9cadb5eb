"""The server's own API, asked from inside in the name of whoever asked us."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Scope

#: What tells who asks, from where and under which name; all else is the protocol's.
_PASSED = frozenset(
    {b"host", b"authorization", b"x-request-id", b"user-agent", b"traceparent", b"br-run"}
)
#: The agent's run that a request belongs to.
RUN = "br-run"
#: For problems that name no next step themselves.
_NEXT = {
    "claim_held": "br next",
    "key_invalid": "br login",
    "not_signed_in": "br login",
    "plan_absent": "br sync",
    "plan_invalid": "br lint",
    "plan_moved": "br next",
    "run_closed": "br next",
}


class Refused(Exception):
    """The tool is refused: `error` is `{code, message, missing, next_command}`."""

    def __init__(
        self, code: str, message: str, *, missing: list[Any] | None = None, next_command: str = ""
    ) -> None:
        super().__init__(message)
        self.error: dict[str, Any] = {
            "code": code,
            "message": message,
            "missing": missing or [],
            "next_command": next_command or _NEXT.get(code, "br status"),
        }


class Reply(NamedTuple):
    """What the API answered."""

    value: Any
    etag: str


class Inside:
    """Requests to `application` with the credential of `request`, as part of `run` if any."""

    def __init__(self, application: ASGIApp, request: Request) -> None:
        self._application = application
        self._scope = request.scope
        self.run = ""

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        etag: str = "",
    ) -> Reply:
        """The JSON that the API answers; raises `Refused` for a problem document."""
        sent = b"" if body is None else json.dumps(body).encode()
        scope = self._request(method, path, query or {}, sent, etag)
        status, headers, parts = 500, {}, []
        pending: list[Message] = [{"type": "http.request", "body": sent, "more_body": False}]

        async def receive() -> Message:
            return pending.pop() if pending else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], dict(message["headers"])
            else:
                parts.append(message.get("body", b""))

        await self._application(scope, receive, send)
        text = b"".join(parts)
        value = json.loads(text) if text else {}
        if status >= 400:
            raise _refusal(value)
        return Reply(value, headers.get(b"etag", b"").decode())

    def _request(
        self, method: str, path: str, query: Mapping[str, Any], body: bytes, etag: str
    ) -> Scope:
        headers = [each for each in self._scope["headers"] if each[0] in _PASSED]
        headers += [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        if self.run:
            headers.append((RUN.encode(), self.run.encode()))
        if etag:
            headers.append((b"if-match", etag.encode()))
        return {
            **{name: self._scope.get(name) for name in ("scheme", "client", "server")},
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": quote(path).encode(),
            "root_path": "",
            "query_string": urlencode(query).encode(),
            "headers": headers,
        }


def _refusal(problem: Mapping[str, Any]) -> Refused:
    missing = problem.get("missing")
    if not missing and problem.get("errors"):
        missing = [json.dumps(each) for each in problem["errors"]]
    return Refused(
        str(problem.get("code") or "refused"),
        str(problem.get("detail") or problem.get("title") or "The server refused."),
        missing=missing if isinstance(missing, list) else [],
        next_command=str(problem.get("next_command") or ""),
    )

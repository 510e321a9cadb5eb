"""Django's WSGI application behind an ASGI server: whole requests in, whole answers out.

A small pool of threads runs the application; each thread keeps its own database connection. Both
bodies are buffered, which is what lets so few threads serve slow clients. Nothing here streams:
what does (events) is a native route of the front.
"""

from __future__ import annotations

import asyncio
import functools
import io
import logging
import re
import sys
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from starlette.types import Receive, Scope, Send

from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http.answers import (
    BodyTooLarge,
    Broken,
    Overloaded,
    problem_response,
)
from buildrunner.server.platform.http.threads import Threads

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], None]]
WsgiApplication = Callable[[Environ, StartResponse], Iterable[bytes]]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

logger = logging.getLogger("buildrunner.http")

# Hop-by-hop headers belong to one connection (RFC 9110, 7.6.1) and are the server's own.
_HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"})


_BREAK = re.compile(r"[\r\n\0]")


class TooSlow(DomainError):
    """The body of a request did not come."""

    status = 408
    code = "body_too_slow"
    title = "The body did not arrive in time"


class ClientGone(Exception):
    """The client went away before its request was complete."""


class Answer(NamedTuple):
    """A whole response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class WsgiBridge:
    """An ASGI application that runs a WSGI one.

    `threads` run it, at most `waiting` requests queue for them (then 503), `limit` is the largest
    body in bytes (then 413), `patience` the seconds that each piece of it may take (then 408).
    """

    def __init__(
        self,
        application: WsgiApplication,
        *,
        threads: int = 3,
        waiting: int = 512,
        limit: int = 64 * 1024 * 1024,
        patience: float = 30.0,
    ) -> None:
        self._application = application
        self._patience = patience
        self.threads = threads
        self._threads = Threads(threads, "django")
        self._waiting = waiting
        self._limit = limit
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self._read_body(scope, receive)
            answer = await self._run(build_environ(scope, body))
        except ClientGone:
            return
        except (BodyTooLarge, TooSlow, Overloaded, Broken) as error:
            await problem_response(error, path=scope["path"])(scope, receive, send)
            return
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        )
        body_out = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body_out})

    @property
    def open(self) -> int:
        """How many requests run or wait for a thread."""
        return self._open

    @property
    def idle(self) -> bool:
        """Whether no request runs or waits."""
        return self._open == 0

    async def close(self) -> None:
        """Let the requests that run finish."""
        await asyncio.to_thread(self._threads.close)

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes:
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length")
        if announced is None:
            # Then there is none (RFC 9112, 6.3), and with a read nothing to wait for.
            read = scope["method"] == "GET" and scope["http_version"] == "1.1"
            if read and b"transfer-encoding" not in headers:
                return b""
            announced = b"0"
        if announced.isdigit() and int(announced) > self._limit:
            raise self._too_large()
        chunks: list[bytes] = []
        size = 0
        while True:
            try:
                async with asyncio.timeout(self._patience):
                    message = await receive()
            except TimeoutError:
                raise TooSlow(f"No more of the body came for {self._patience:.0f} s.") from None
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._limit:
                raise self._too_large()
            chunks.append(chunk)
            if not message.get("more_body"):
                return b"".join(chunks)

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(
            f"A request may carry at most {self._limit // (1024 * 1024)} MB.", limit=self._limit
        )

    async def _run(self, environ: Environ) -> Answer:
        if self._open >= self._waiting:
            raise Overloaded("The server is busy; try again in a moment.", retry_after=2)
        self._open += 1
        try:
            # The thread works in this request's context: its log lines and spans are the request's.
            return await self._threads.run(_call, self._application, environ)
        except Exception:
            logger.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            raise Broken("Something went wrong on the server; it has been logged.") from None
        finally:
            self._open -= 1


def build_environ(scope: Scope, body: bytes) -> Environ:
    """The WSGI environment (PEP 3333) of an ASGI request whose forwarded headers are settled.

    Header names with an underscore are dropped: in the environment they would be taken for the
    same name with a hyphen. So is `Proxy`, which would become `HTTP_PROXY`.
    """
    client = scope.get("client") or ("", 0)
    server = scope.get("server") or ("localhost", 80)
    raw_path = scope.get("raw_path") or scope["path"].encode()
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw_path.partition(b"?")[0]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").upper()
        value = raw_value.decode("latin-1")
        if name == "CONTENT-TYPE":
            environ["CONTENT_TYPE"] = value
        elif name not in {"CONTENT-LENGTH", "PROXY"} and "_" not in name:
            key = f"HTTP_{name.replace('-', '_')}"
            joint = "; " if name == "COOKIE" else ","
            environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ


def _call(application: WsgiApplication, environ: Environ) -> Answer:
    """Run the application to its end, in a thread of the pool."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        if exc_info is None and started:
            raise RuntimeError("start_response was called twice")
        started[:] = [(status, headers)]
        return written.append

    parts = application(environ, start_response)
    try:
        written.extend(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = started[0]
    body = b"".join(written)
    return Answer(int(status.split(" ", 1)[0]), _answer_headers(headers, body), body)


@functools.lru_cache(maxsize=256)
def _raw_name(name: str) -> bytes:
    return name.lower().encode("latin-1")


def _answer_headers(headers: list[tuple[str, str]], body: bytes) -> list[tuple[bytes, bytes]]:
    """Lower-case names, our own length; a line break in a value would start another header."""
    encoded = []
    length = False
    for name, value in headers:
        raw_name = _raw_name(name)
        if not value.isprintable() and _BREAK.search(value):
            raise ValueError(f"the header {name} holds a line break")
        if raw_name in _HOP_BY_HOP:
            continue
        length = length or raw_name == b"content-length"
        encoded.append((raw_name, value.encode("latin-1")))
    if not length:
        encoded.append((b"content-length", str(len(body)).encode()))
    return encoded

"""Where metrics are read: a route of the web process, a small server beside the worker."""

from __future__ import annotations

import asyncio
import hmac
import socket
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import REGISTRY, make_wsgi_app
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from buildrunner.server.platform.errors import NotFound
from buildrunner.server.platform.http.answers import problem_response
from buildrunner.server.platform.http.operators import Operators


class Metrics:
    """`GET /metrics` of the web process, for operators; to everybody else it is not there."""

    def __init__(self, operators: Operators, *, token: str = "") -> None:
        self._operators = operators
        self._token = token

    async def respond(self, request: Request) -> Response:
        """The text format of Prometheus."""
        if not (self._bears_token(request) or self._operators.include(request.scope)):
            absent = NotFound("Nothing is here; see /api/docs for what there is.")
            return problem_response(absent, path=request.url.path)
        text = await asyncio.to_thread(generate_latest, REGISTRY)
        return Response(text, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

    def _bears_token(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").encode()
        return bool(self._token) and hmac.compare_digest(given, f"Bearer {self._token}".encode())


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Reading the metrics is no news."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


def serve_beside(address: str, port: int, well: Callable[[], bool]) -> WSGIServer:
    """`/metrics` and `/healthz` of a process that serves nothing else, in a thread.

    Raises `OSError` where the port cannot be taken. Whoever reaches the address may read.
    """
    exposed = make_wsgi_app(REGISTRY)

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/metrics":
            page: Iterable[bytes] = exposed(environ, start)
            return page
        if environ.get("PATH_INFO") == "/healthz":
            status = "200 OK" if well() else "503 Service Unavailable"
        else:
            status = "404 Not Found"
        start(status, [("Content-Type", "text/plain")])
        return [status.encode()]

    kind = _Server6 if ":" in address else _Server
    server = make_server(address, port, application, kind, _Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server

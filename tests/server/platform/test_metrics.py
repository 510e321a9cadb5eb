"""Metrics: every one documented, labels bounded, read by operators only."""

from __future__ import annotations

import asyncio
import re
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request
from test_front import ask, scope, talk, wsgi

from buildrunner.server.platform.http.bridge import WsgiBridge
from buildrunner.server.platform.http.forwarded import TrustedProxies
from buildrunner.server.platform.http.front import Front
from buildrunner.server.platform.http.operators import LOOPBACKS, Operators
from buildrunner.server.platform.observe import metrics
from buildrunner.server.platform.observe.collectors import DatabaseCollector
from buildrunner.server.platform.observe.exposition import Metrics, serve_beside

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"


def test_the_page_names_every_metric_and_its_labels() -> None:
    import buildrunner.server.config.asgi
    import buildrunner.server.config.subscriptions
    import buildrunner.server.domains.plans.facade  # noqa: F401

    known = metrics.registered()
    labels: dict[str, set[str]] = {}
    for collector in list(REGISTRY._collector_to_names):
        names = getattr(collector, "_labelnames", ())
        for family in collector.describe() if hasattr(collector, "describe") else ():
            if family.name.startswith("buildrunner_"):
                suffix = "_total" if family.type == "counter" else ""
                labels[family.name + suffix] = set(names)
    for family in DatabaseCollector().describe():
        known[family.name] = family.documentation
        labels[family.name] = set(family._labelnames)
    rows = [line.split("|") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    documented = {row[1].strip(" `"): row for row in rows}
    assert documented.keys() == known.keys()
    for name, row in documented.items():
        assert set(re.findall(r"`(\w+)`", row[3])) == labels[name], name


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_request_counts_under_its_route_whatever_its_address() -> None:
    front = Front(
        WsgiBridge(wsgi(lambda _: b"x")),
        hosts=["localhost"],
        proxies=TrustedProxies([]),
        native={"/static/": "/static/{path:path}"},
    )
    unmatched = {"route": "(unmatched)", "method": "OTHER", "status": "200"}
    static = {"route": "/static/{path:path}", "method": "GET", "status": "200"}
    before = value("buildrunner_http_requests_total", **unmatched)
    files = value("buildrunner_http_requests_total", **static)
    for number in range(5):
        assert ask(front, f"/never/{number}", method=f"X{number}").status == 200
        assert ask(front, f"/static/{number}.css").status == 200
    assert value("buildrunner_http_requests_total", **unmatched) == before + 5
    assert value("buildrunner_http_requests_total", **static) == files + 5
    assert front.in_flight == 0
    refused = {"route": "(unmatched)", "method": "GET", "status": "400"}
    before = value("buildrunner_http_requests_total", **refused)
    asked = scope()
    asked["headers"] = [(b"host", b"evil.test")]
    reply = asyncio.run(talk(front, asked))
    assert reply.status == 400
    assert value("buildrunner_http_requests_total", **refused) == before + 1


def test_every_answer_names_its_request() -> None:
    seen: list[str] = []

    def handle(environ: dict[str, Any]) -> bytes:
        seen.append(environ["HTTP_X_REQUEST_ID"])
        return b""

    front = Front(WsgiBridge(wsgi(handle)), hosts=["localhost"], proxies=TrustedProxies([]))
    for given in (b"mine-1234", b"", b"bad id\r\n", b"x" * 200):
        reply = ask(front, headers=[(b"x-request-id", given)] if given else [])
        assert reply.header("x-request-id") == seen[-1]
        assert (seen[-1] == given.decode()) == (given == b"mine-1234")
    front.draining = True
    assert ask(front).header("connection") == "close"


@pytest.mark.parametrize(
    ("client", "sent", "status"),
    [
        ("127.0.0.1", "", 200),
        ("::1", "", 200),
        ("192.0.2.9", "", 404),
        ("192.0.2.9", "Bearer secret-token", 200),
        ("192.0.2.9", "Bearer wrong", 404),
        ("192.0.2.9", "Bearer ", 404),
    ],
)
def test_who_may_read(client: str, sent: str, status: int) -> None:
    endpoint = Metrics(Operators(LOOPBACKS), token="secret-token")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (await endpoint.respond(Request(scope)))(scope, receive, send)

    front = Front(app, hosts=["localhost"], proxies=TrustedProxies([]))
    headers = [(b"authorization", sent.encode())] if sent else []
    reply = ask(front, "/metrics", client=client, headers=headers)
    assert reply.status == status
    if status == 200:
        families = {one.name for one in text_string_to_metric_families(reply.body.decode())}
        assert "buildrunner_build_info" in families
    else:
        assert reply.header("content-type") == "application/problem+json"
    # Through a proxy that nobody declared, no address counts.
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    assert ask(front, "/metrics", client="127.0.0.1", headers=headers).status == 404


def test_without_a_token_none_is_taken() -> None:
    endpoint = Metrics(Operators([]), token="")
    asked = {"type": "http", "method": "GET", "path": "/metrics", "client": ("127.0.0.1", 1)}
    asked["headers"] = [(b"authorization", b"Bearer ")]
    assert asyncio.run(endpoint.respond(Request(asked))).status_code == 404


@pytest.mark.usefixtures("commits")
def test_what_the_database_knows() -> None:
    own = CollectorRegistry()
    own.register(DatabaseCollector())
    assert own.get_sample_value("buildrunner_database_up") == 1
    for state in ("queued", "picked", "failed"):
        assert own.get_sample_value("buildrunner_jobs", {"state": state}) is not None
    connections = own.get_sample_value("buildrunner_database_connections", {"state": "active"})
    assert connections is not None
    assert connections >= 1
    assert (own.get_sample_value("buildrunner_database_connections_limit") or 0) >= 20


def test_the_worker_serves_its_own() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    server = serve_beside("127.0.0.1", port, lambda: True)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
            assert b"buildrunner_build_info" in reply.read()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
            assert reply.status == 200
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/else", timeout=5)
    finally:
        server.shutdown()
        server.server_close()

"""Traces over OTLP: what a local receiver decodes of a request, its statements, and its job."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from test_front import ask

from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.http.bridge import WsgiBridge
from buildrunner.server.platform.http.forwarded import TrustedProxies
from buildrunner.server.platform.http.front import Front
from buildrunner.server.platform.jobs.defer import defer
from buildrunner.server.platform.jobs.worker import Worker
from buildrunner.server.platform.observe import traces

pytestmark = pytest.mark.usefixtures("commits")


class Receiver(ThreadingHTTPServer):
    """An OpenTelemetry collector that keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: list[Any] = []
        self.resources: list[dict[str, str]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def named(self, name: str) -> Any:
        (found,) = (span for span in self.spans if span.name == name)
        return found


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert self.path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.server.resources.append(members(resource.resource))
            for scope in resource.scope_spans:
                self.server.spans += scope.spans
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def members(thing: Any) -> dict[str, str]:
    return {
        one.key: str(getattr(one.value, one.value.WhichOneof("value"))) for one in thing.attributes
    }


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    found = Receiver()
    address = f"http://127.0.0.1:{found.server_address[1]}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "plans")
    yield found
    found.shutdown()
    found.server_close()


def test_a_request_its_statements_and_its_job(receiver: Receiver, databases: Databases) -> None:
    job = f"test.{uuid4().hex}"
    done = threading.Event()

    def page(environ: dict[str, Any], start: Any) -> list[bytes]:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT %s", ["a secret value"])
                defer(job)
        finally:
            connections.close_all()
        start("200 OK", [])
        return [b""]

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 2")
        done.set()

    async def work_until_done() -> None:
        worker = Worker(
            queue_url=databases.web,
            reader_url=databases.reader,
            jobs={job: work},
            schedules=[],
            subscribers=[],
        )
        running = asyncio.create_task(worker.run())
        await asyncio.to_thread(done.wait, 30)
        worker.stop()
        await running

    finish = traces.enable("test")
    try:
        front = Front(WsgiBridge(page), hosts=["localhost"], proxies=TrustedProxies([]))
        caller = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        reply = ask(front, "/x", headers=[(b"traceparent", caller)])
        assert reply.status == 200
        asyncio.run(work_until_done())
    finally:
        finish()
        traces._tracer = None
    assert {one["service.name"] for one in receiver.resources} == {"plans"}

    request = receiver.named("GET (unmatched)")
    assert request.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert request.parent_span_id.hex() == "b7ad6b7169203331"
    known = members(request)
    assert known["http.response.status_code"] == "200"
    assert known["buildrunner.request_id"] == reply.header("x-request-id")

    statements = [one for one in receiver.spans if one.name == "SELECT"]
    inside = [one for one in statements if one.parent_span_id == request.span_id]
    assert inside
    assert "a secret value" not in str(receiver.spans)

    run = receiver.named(f"job {job}")
    assert [link.span_id for link in run.links] == [request.span_id]
    assert [link.trace_id for link in run.links] == [request.trace_id]
    assert run.trace_id != request.trace_id
    assert [one for one in statements if one.parent_span_id == run.span_id]


def test_off_it_costs_nothing() -> None:
    assert traces._tracer is None
    assert traces.carry() == {}
    assert traces.ids() == {}

"""Readiness: what is needed, what is only wrong, and who is told the detail."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from starlette.requests import Request

from buildrunner.server.platform.events.models import Cursor
from buildrunner.server.platform.http import probes as room
from buildrunner.server.platform.http.operators import LOOPBACKS, Operators
from buildrunner.server.platform.http.probes import Probes
from buildrunner.server.platform.jobs.models import Heartbeat, QueuedJob
from buildrunner.server.platform.observe import visits

pytestmark = pytest.mark.usefixtures("commits")


class Told(NamedTuple):
    status: int
    body: dict[str, Any]

    def wrong(self) -> set[str]:
        return {name for name, check in self.body["checks"].items() if not check["ok"]}


class Web:
    """A web process as far as its probes know it."""

    def __init__(self, data_dir: Path) -> None:
        self.connected = True
        operators = Operators([*LOOPBACKS, "10.1.0.0/16"])
        self.probes = Probes(
            connected=lambda: self.connected, operators=operators, data_dir=data_dir
        )

    def ready(self, client: str = "127.0.0.1", *, direct: bool = True) -> Told:
        scope = {"type": "http", "method": "GET", "path": "/readyz", "headers": []}
        scope["client"] = (client, 1)
        visit = visits.Visit()
        visit.direct = direct

        async def ask() -> Told:
            token = visits.enter(visit)
            try:
                answer = await self.probes.readyz(Request(scope))
            finally:
                visits.leave(token)
            assert answer.headers["cache-control"] == "no-store"
            return Told(answer.status_code, json.loads(bytes(answer.body)))

        self.probes._asked_at = float("-inf")
        return asyncio.run(ask())


@pytest.fixture
def web(tmp_path: Path) -> Web:
    from django.utils import timezone

    Heartbeat.objects.all().delete()
    Heartbeat.objects.create(process=f"test {uuid4()}", seen_at=timezone.now())
    QueuedJob.objects.all().delete()
    Cursor.objects.all().delete()
    return Web(tmp_path)


def test_a_well_server_says_everything_to_its_operator_only(web: Web) -> None:
    told = web.ready()
    assert (told.status, told.body["status"], told.wrong()) == (200, "ok", set())
    assert set(told.body["checks"]) == {
        *("serving", "realtime", "database", "migrations", "worker", "queue", "disk"),
        "subscribers",
    }
    assert web.ready("10.1.2.3").body.keys() == {"status", "checks"}
    assert web.ready("::ffff:127.0.0.1").body.keys() == {"status", "checks"}
    for client in ("192.0.2.7", "2001:db8::1", "not an address"):
        assert web.ready(client) == Told(200, {"status": "ok"})
    # A proxy on this machine that nobody declared: everybody comes from a loopback.
    assert web.ready("127.0.0.1", direct=False) == Told(200, {"status": "ok"})


def test_what_this_process_lacks_takes_it_out_of_service(web: Web) -> None:
    web.connected = False
    told = web.ready()
    assert (told.status, told.body["status"], told.wrong()) == (503, "not ready", {"realtime"})
    assert web.ready("192.0.2.7") == Told(503, {"status": "not ready"})
    web.connected = True
    web.probes.draining = True
    assert (web.ready().status, web.ready().wrong()) == (503, {"serving"})


def test_what_every_process_lacks_does_not(
    web: Web, monkeypatch: pytest.MonkeyPatch, owner_sql: Any
) -> None:
    Heartbeat.objects.all().delete()
    told = web.ready()
    assert (told.status, told.body["status"], told.wrong()) == (200, "degraded", {"worker"})
    assert "br server worker" in told.body["checks"]["worker"]["detail"]
    owner_sql.execute(
        "INSERT INTO pgqueuer (priority, created, updated, heartbeat, execute_after, status,"
        " entrypoint) SELECT 0, t, t, t, t, 'queued', 'test.never'"
        " FROM (SELECT now() - interval '1 hour' AS t) _"
    )
    try:
        told = web.ready()
        assert told.wrong() == {"worker", "queue"}
        assert told.body["checks"]["queue"]["oldest_seconds"] > 3500
    finally:
        QueuedJob.objects.filter(entrypoint="test.never").delete()
    usage = shutil.disk_usage("/")._replace(free=1024)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: usage)
    assert web.ready().wrong() == {"worker", "disk"}


def test_a_subscriber_that_cannot_get_on_is_named(web: Web) -> None:
    Cursor.objects.create(subscriber="test.retired", failures=9)
    Cursor.objects.filter(subscriber="test.retired").update(
        updated_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    Cursor.objects.create(subscriber="test.stuck", failures=2, last_error="KeyError: secret words")
    try:
        told = web.ready()
        assert (told.status, told.wrong()) == (200, {"subscribers"})
        check = told.body["checks"]["subscribers"]
        assert check["detail"].startswith("test.stuck cannot get on")
        assert "secret words" not in str(told.body)
    finally:
        Cursor.objects.all().delete()


def test_without_a_database(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise OperationalError("connection to server at db.internal failed for user br_web")

    monkeypatch.setattr(room, "_migrations", away)
    told = web.ready()
    assert (told.status, told.wrong()) == (503, {"database"})
    assert "db.internal" not in json.dumps(told.body)
    connection.close()

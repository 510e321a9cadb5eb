"""`/healthz`: the process answers. `/readyz`: it can do its work, and if not, what is missing."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from starlette.requests import Request
from starlette.responses import JSONResponse

from buildrunner.server.platform.events.lag import cursor_lag
from buildrunner.server.platform.http.operators import Operators
from buildrunner.server.platform.jobs.models import Heartbeat
from buildrunner.server.platform.observe.collectors import queue_state

# A worker writes its heartbeat every few seconds; see jobs/worker.py.
WORKER_SILENCE = timedelta(seconds=30)
OLDEST_JOB = 300.0  # seconds that a job which is due may wait
OLDEST_EVENT = 60.0  # seconds that a subscriber may be behind
LEAST_SPACE = 256 * 1024 * 1024  # bytes free where the data folder is
# Seconds for which an answer is given again: probes must not load the database. One that is not
# well is asked again soon, since somebody waits for it.
KEPT_WELL = 1.0
KEPT_ILL = 0.1

# Without these no request can be served here: 503, so that a balancer goes elsewhere. Whatever else
# is wrong is wrong for every web process alike, and sending requests away would mend nothing.
NEEDED = frozenset({"serving", "database", "migrations", "realtime"})

Check = dict[str, Any]


class Probes:
    """The two endpoints. `connected` tells whether the event stream is; `operators` are told why."""

    def __init__(
        self, *, connected: Callable[[], bool], operators: Operators, data_dir: Path
    ) -> None:
        self._connected = connected
        self._operators = operators
        self._data_dir = data_dir
        self._lock = asyncio.Lock()
        self._checks: dict[str, Check] = {}
        self._asked_at = float("-inf")
        self.draining = False

    async def healthz(self, _: Request) -> JSONResponse:
        """Always 200 `{"status": "ok"}`."""
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def readyz(self, request: Request) -> JSONResponse:
        """200 `ok` or `degraded`, 503 `not ready`; operators also get
        `"checks": {name: {"ok", "detail", …}}`.
        """
        async with self._lock:
            well = all(check["ok"] for check in self._checks.values())
            if time.monotonic() - self._asked_at > (KEPT_WELL if well else KEPT_ILL):
                self._checks = await asyncio.to_thread(_outside_checks, self._data_dir)
                self._asked_at = time.monotonic()
        checks = {**self._own_checks(), **self._checks}
        status = _status(checks)
        answer: dict[str, Any] = {"status": status}
        if self._operators.include(request.scope):
            answer["checks"] = checks
        return JSONResponse(
            answer,
            status_code=503 if status == "not ready" else 200,
            headers={"Cache-Control": "no-store"},
        )

    def _own_checks(self) -> dict[str, Check]:
        connected = self._connected()
        return {
            "serving": {
                "ok": not self.draining,
                "detail": "stops; requests that run are finished" if self.draining else "yes",
            },
            "realtime": {
                "ok": connected,
                "detail": "connected" if connected else "not connected",
            },
        }


def _status(checks: Mapping[str, Check]) -> str:
    wrong = {name for name, check in checks.items() if not check["ok"]}
    if wrong & NEEDED:
        return "not ready"
    return "degraded" if wrong else "ok"


def _outside_checks(data_dir: Path) -> dict[str, Check]:
    checks = {"disk": _disk(data_dir)}
    began = time.monotonic()
    try:
        migrations = _migrations()
        checks["database"] = {
            "ok": True,
            "detail": "answers",
            "seconds": round(time.monotonic() - began, 4),
        }
        checks["migrations"] = migrations
        if migrations["ok"]:
            checks["worker"] = _worker()
            checks["queue"] = _queue()
            checks["subscribers"] = _subscribers()
    except (DatabaseError, InterfaceError) as problem:
        close_old_connections()
        # The kind alone: the text may name hosts and users.
        detail = type(problem.__cause__ or problem).__name__
        checks["database"] = {"ok": False, "detail": detail}
    return checks


_current = False


def _migrations() -> Check:
    """Once they are current they stay so for this process: its code does not change."""
    global _current
    if not _current:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            return {"ok": False, "detail": f"{len(missing)} to apply; run: br server migrate"}
        _current = True
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    return {"ok": True, "detail": "current"}


def _worker() -> Check:
    last = Heartbeat.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    if last is None:
        return {"ok": False, "detail": "no worker has run yet; start one: br server worker"}
    silence = timezone.now() - last
    seconds = max(0, round(silence.total_seconds()))
    return {"ok": silence < WORKER_SILENCE, "detail": f"last heard of {seconds} s ago"}


def _queue() -> Check:
    counts, age = queue_state()
    waiting, failed = counts.get("queued", 0), counts.get("failed", 0)
    detail = f"{waiting} wait, the oldest that is due for {age:.0f} s; {failed} have failed"
    return {"ok": age < OLDEST_JOB, "detail": detail, "oldest_seconds": round(age, 1)}


def _subscribers() -> Check:
    """Which of them fail, and how far the slowest is behind; why stands in the log alone."""
    lags = [one for one in cursor_lag() if one.active]
    failing = [one.subscriber for one in lags if one.failures]
    behind = max((one.seconds for one in lags), default=0.0)
    detail = f"the slowest is {behind:.0f} s behind"
    if failing:
        detail = f"{', '.join(failing)} cannot get on; {detail}"
    well = not failing and behind < OLDEST_EVENT
    return {"ok": well, "detail": detail, "behind_seconds": round(behind, 1)}


def _disk(data_dir: Path) -> Check:
    """The disk of the data folder; a web process on a host of its own may have none."""
    try:
        free = shutil.disk_usage(data_dir).free
    except OSError:
        return {"ok": True, "detail": "no data folder here"}
    return {"ok": free >= LEAST_SPACE, "detail": f"{free // 2**20} MB free", "free_bytes": free}

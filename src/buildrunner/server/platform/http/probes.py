"""`/healthz`: the process answers. `/readyz`: it can do its work, and if not, what is missing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import OperationalError, close_old_connections, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from starlette.requests import Request
from starlette.responses import JSONResponse

from buildrunner.server.platform.jobs.models import Heartbeat

# A worker writes its heartbeat every few seconds; see jobs/worker.py.
WORKER_SILENCE = timedelta(seconds=30)
# Seconds for which an answer is given again: probes must not load the database. One that is not
# well is asked again soon, since somebody waits for it.
KEPT_WELL = 1.0
KEPT_ILL = 0.1


class Probes:
    """The two endpoints. `switches` are checks of the process itself, by name."""

    def __init__(self, switches: Mapping[str, Callable[[], bool]]) -> None:
        self._switches = switches
        self._lock = asyncio.Lock()
        self._checks: dict[str, Any] = {}
        self._asked_at = float("-inf")

    async def healthz(self, _: Request) -> JSONResponse:
        """Always 200 `{"status": "ok"}`."""
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def readyz(self, _: Request) -> JSONResponse:
        """200 or 503 `{"status", "checks": {name: {"ok", "detail"}}}`."""
        async with self._lock:
            well = all(check["ok"] for check in self._checks.values())
            if time.monotonic() - self._asked_at > (KEPT_WELL if well else KEPT_ILL):
                self._checks = await asyncio.to_thread(_database_checks)
                self._asked_at = time.monotonic()
        checks = dict(self._checks)
        for name, switch in self._switches.items():
            checks[name] = {"ok": switch(), "detail": "connected" if switch() else "not connected"}
        ready = all(check["ok"] for check in checks.values())
        return JSONResponse(
            {"status": "ok" if ready else "not ready", "checks": checks},
            status_code=200 if ready else 503,
            headers={"Cache-Control": "no-store"},
        )


def _database_checks() -> dict[str, Any]:
    try:
        return {
            "database": {"ok": True, "detail": "answers"},
            "migrations": _migrations(),
            "worker": _worker(),
        }
    except OperationalError as problem:
        close_old_connections()
        # The first line alone: the rest may name hosts and users.
        return {"database": {"ok": False, "detail": type(problem.__cause__ or problem).__name__}}


_current = False


def _migrations() -> dict[str, Any]:
    """Once they are current they stay so for this process: its code does not change."""
    global _current
    if not _current:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            return {"ok": False, "detail": f"{len(missing)} to apply; run: br server migrate"}
        _current = True
    return {"ok": True, "detail": "current"}


def _worker() -> dict[str, Any]:
    last = Heartbeat.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    if last is None:
        return {"ok": False, "detail": "no worker has run yet; start one: br server worker"}
    silence = timezone.now() - last
    seconds = max(0, round(silence.total_seconds()))
    return {"ok": silence < WORKER_SILENCE, "detail": f"last heard of {seconds} s ago"}

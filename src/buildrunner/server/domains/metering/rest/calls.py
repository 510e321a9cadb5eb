"""Counts the calls of the API that organizations let in, and writes them every few seconds; tells
of limits that were reached."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from django.db import close_old_connections

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.http import quotas

logger = logging.getLogger("buildrunner.metering")

PAUSE = 10.0  # seconds between two writings
KNOWN = 20.0  # seconds for which a process goes by what it knows of a limit
_MOST = 10_000


class CallLimits:
    """Refuses calls by key where a tier's calls of the month are used up; each process looks again
    after `KNOWN` seconds, so that a call costs no statement."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[UUID, tuple[float, metering.QuotaView | None]] = {}

    def judge(self, org_id: UUID) -> None:
        """Raise QuotaExceeded (402); inside the transaction of the request."""
        now = self._clock()
        until, view = self._known.get(org_id, (0.0, None))
        if until <= now:
            if len(self._known) > _MOST:
                self._known.clear()
            view = metering.quota_of(org_id, "api_calls")
            self._known[org_id] = (now + KNOWN, view)
        if view is not None:
            metering.refuse_beyond(org_id, view, Decimal(1))


class Calls:
    """One for each web process, beside its requests."""

    def __init__(self, *, pause: float = PAUSE) -> None:
        self.meter = metering.CallMeter()
        self.limits = CallLimits()
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to count and to write."""
        quotas.call_watchers.append(self.meter.count)
        quotas.call_judges.append(self.limits.judge)
        self._task = asyncio.create_task(self._write_for_ever())

    async def close(self) -> None:
        """Write what has come together, and stop."""
        with contextlib.suppress(ValueError):
            quotas.call_watchers.remove(self.meter.count)
            quotas.call_judges.remove(self.limits.judge)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._write()

    async def _write_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            await self._write()

    async def _write(self) -> None:
        """What cannot be written now is written the next time."""
        try:
            await asyncio.to_thread(self._flush)
        except Exception as problem:  # the database is away, or an organization was deleted
            logger.warning("calls of the API are not written yet: %s", problem)

    def _flush(self) -> None:
        close_old_connections()
        try:
            self.meter.flush()
            metering.warn_refused()
        finally:
            close_old_connections()

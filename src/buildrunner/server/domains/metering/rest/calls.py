"""Counts the calls of the API that organizations let in, and writes them every few seconds."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from django.db import close_old_connections

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.http import quotas

logger = logging.getLogger("buildrunner.metering")

PAUSE = 10.0  # seconds between two writings


class Calls:
    """One for each web process, beside its requests."""

    def __init__(self, *, pause: float = PAUSE) -> None:
        self.meter = metering.CallMeter()
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to count and to write."""
        quotas.call_watchers.append(self.meter.count)
        self._task = asyncio.create_task(self._write_for_ever())

    async def close(self) -> None:
        """Write what has come together, and stop."""
        with contextlib.suppress(ValueError):
            quotas.call_watchers.remove(self.meter.count)
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
        finally:
            close_old_connections()

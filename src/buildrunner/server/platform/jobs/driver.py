"""pgqueuer's driver on two connections: one listens, one works."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from psycopg import AsyncRawCursor
from psycopg.rows import dict_row

Connection = psycopg.AsyncConnection[Any]
Answer = TypeVar("Answer")

_FIRST_PAUSE = 0.1  # seconds between two tries to connect again; doubled each time
_LONGEST_PAUSE = 2.0


class TwoLines(PsycopgDriver):
    """On a single connection every query waits, for up to a second, until the wait for a
    notification lets go of it; a job that runs 5 ms then takes a second to be noted as done.

    The working connection is made again when it is lost, and the query repeated: what became of a
    job is written down even when the database was away as it ended, so that it does not run twice.
    Every query pgqueuer sends here may be repeated. The listening one is not: `lost` is called, and
    whoever runs the queue starts it anew.
    """

    def __init__(
        self,
        listening: Connection,
        working: Connection,
        connect: Callable[[], Awaitable[Connection]],
        lost: Callable[[], object],
    ) -> None:
        """Both autocommit; the caller closes `listening`, `close` the other."""
        super().__init__(listening)
        self._working = working
        self._connect = connect
        self._lost = lost
        self._mending = asyncio.Lock()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Rows of a query with `$1` placeholders."""

        async def run(connection: Connection) -> list[dict[str, object]]:
            cursor = AsyncRawCursor(connection, row_factory=dict_row)
            await cursor.execute(query.encode(), args or None)
            return await cursor.fetchall()

        return await self._patiently(run)

    async def execute(self, query: str, *args: object) -> str:
        """The status of a statement with `$1` placeholders."""

        async def run(connection: Connection) -> str:
            cursor = AsyncRawCursor(connection)
            await cursor.execute(query.encode(), args or None)
            return cursor.statusmessage or ""

        return await self._patiently(run)

    async def close(self) -> None:
        """Close the working connection."""
        with contextlib.suppress(psycopg.Error, OSError):
            await self._working.close()

    async def watch_notifies(self) -> None:
        """Until the listening connection is lost."""
        try:
            await super().watch_notifies()
        except (psycopg.Error, OSError):
            self._lost()

    async def _patiently(self, run: Callable[[Connection], Awaitable[Answer]]) -> Answer:
        while True:
            used = self._working
            try:
                return await run(used)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                if not used.closed:
                    raise
            self._lost()
            async with self._mending:
                if self._working is used:
                    self._working = await self._again()

    async def _again(self) -> Connection:
        pause = _FIRST_PAUSE
        while True:
            with contextlib.suppress(psycopg.Error, OSError):
                return await self._connect()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def __aexit__(self, *details: object) -> None:
        """Stop at once instead of at the next notification."""
        if self._entered == 1 and self._watcher is not None:
            self._watcher.cancel()
        await super().__aexit__(*details)

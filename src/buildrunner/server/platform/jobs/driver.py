"""pgqueuer's driver on two connections: one listens, one works."""

from __future__ import annotations

from typing import Any

import psycopg
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from psycopg import AsyncRawCursor
from psycopg.rows import dict_row

Connection = psycopg.AsyncConnection[Any]


class TwoLines(PsycopgDriver):
    """On a single connection every query waits, for up to a second, until the wait for a
    notification lets go of it; a job that runs 5 ms then takes a second to be noted as done.
    """

    def __init__(self, listening: Connection, working: Connection) -> None:
        """Both autocommit; the caller closes them."""
        super().__init__(listening)
        self._working = working

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Rows of a query with `$1` placeholders."""
        cursor = AsyncRawCursor(self._working, row_factory=dict_row)
        await cursor.execute(query.encode(), args or None)
        return await cursor.fetchall()

    async def execute(self, query: str, *args: object) -> str:
        """The status of a statement with `$1` placeholders."""
        cursor = AsyncRawCursor(self._working)
        await cursor.execute(query.encode(), args or None)
        return cursor.statusmessage or ""

    async def __aexit__(self, *details: object) -> None:
        """Stop at once instead of at the next notification."""
        if self._entered == 1 and self._watcher is not None:
            self._watcher.cancel()
        await super().__aexit__(*details)

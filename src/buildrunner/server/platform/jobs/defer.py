"""Put work aside for the worker, in the transaction that asks for it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import connection
from pgqueuer.adapters.persistence.queries import SyncQueries
from psycopg import RawCursor
from psycopg.rows import dict_row

from buildrunner.server.platform.jobs.queue_schema import queue_builder
from buildrunner.server.platform.observe import traces


class _DjangoDriver:
    """pgqueuer's `SyncDriver` over Django's connection, so that a job commits with its cause."""

    def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        connection.ensure_connection()
        with RawCursor(connection.connection, row_factory=dict_row) as cursor:
            cursor.execute(query.encode(), args or None)
            return cursor.fetchall()


_queries = SyncQueries(_DjangoDriver(), queue_builder())


def defer(
    name: str,
    payload: dict[str, Any] | None = None,
    *,
    delay: timedelta | None = None,
    once: str | None = None,
) -> None:
    """Queue the job `name` (a row of `config/subscriptions.py`) with a JSON payload.

    It runs after the transaction commits, `delay` later, and never when it rolls back. While a job
    with the same `once` key waits or runs, a second one is not queued.
    """
    _queries.enqueue(
        name,
        json.dumps(payload or {}).encode(),
        execute_after=delay,
        dedupe_key=once,
        on_conflict="skip",
        headers=traces.carry() or None,
    )

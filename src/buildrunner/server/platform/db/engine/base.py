"""Connections that are used all the time are not asked each time whether they still stand, and times
are read without a detour."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql import base
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.types.datetime import TimestamptzLoader

FRESH = 1.0  # seconds


class UtcLoader(Loader):
    """A `timestamptz` of a session in UTC. What Python does not read so (other zones and styles,
    infinity, years before 1 and after 9999) is read as Django does, which takes ten times as long.
    """

    timezone = UTC

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._context = context

    def load(self, data: Buffer) -> datetime:
        """The time, aware."""
        try:
            found = datetime.fromisoformat(bytes(data).decode())
            if found.tzinfo is UTC:
                return found
        except ValueError:
            pass
        return TimestamptzLoader(self.oid, self._context).load(data).replace(tzinfo=UTC)


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks at most once a second. Of PostgreSQL's restart a busy thread hears from its next
    statement instead: that request is told to come again, and the connection is made anew.
    """

    _asked_at = 0.0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that reads times with `UtcLoader`."""
        made = super().get_new_connection(conn_params)
        if self.timezone is UTC:
            made.adapters.register_loader("timestamptz", UtcLoader)
        return made

    def close_if_health_check_failed(self) -> None:
        """Called before the first statement of a request."""
        now = time.monotonic()
        if self.connection is not None and now - self._asked_at < FRESH:
            self.health_check_done = True
            return
        super().close_if_health_check_failed()
        self._asked_at = now

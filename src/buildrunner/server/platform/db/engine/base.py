"""Connections that are used all the time are not asked each time whether they still stand."""

from __future__ import annotations

import time

from django.db.backends.postgresql import base

FRESH = 1.0  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    """Asks at most once a second. Of PostgreSQL's restart a busy thread hears from its next
    statement instead: that request is told to come again, and the connection is made anew.
    """

    _asked_at = 0.0

    def close_if_health_check_failed(self) -> None:
        """Called before the first statement of a request."""
        now = time.monotonic()
        if self.connection is not None and now - self._asked_at < FRESH:
            self.health_check_done = True
            return
        super().close_if_health_check_failed()
        self._asked_at = now

"""Connections of the web role for the native asynchronous routes."""

from __future__ import annotations

import psycopg
from django.conf import settings
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[psycopg.AsyncConnection[TupleRow]]

WAIT = 10.0  # seconds for a free connection


def web_pool(*, most: int = 4) -> Pool:
    """A closed pool of at most so many connections; open it before the first request.

    Behind a pooler that hands out connections by transaction nothing is prepared on the server.
    """
    direct = settings.BR_DIRECT_URL == settings.BR_OWNER_URL
    return AsyncConnectionPool(
        settings.BR_WEB_URL,
        min_size=0,
        max_size=most,
        open=False,
        timeout=WAIT,
        max_idle=60.0,
        kwargs={
            "autocommit": True,
            "connect_timeout": 5,
            "prepare_threshold": 3 if direct else None,
            "application_name": "buildrunner",
        },
    )

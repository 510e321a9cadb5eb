"""Bring the queue's tables to what the installed pgqueuer expects."""

from __future__ import annotations

import psycopg
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.adapters.persistence.queries import Queries

from buildrunner.server.platform.jobs import queue_schema


async def upgrade_queue(connection: psycopg.AsyncConnection) -> None:
    """Let pgqueuer compare the catalog with its declaration and close the difference.

    `connection` is autocommit and belongs to the owner. Nothing runs when nothing differs.
    """
    queries = Queries(
        PsycopgDriver(connection),
        QueryBuilderEnvironment(queue_schema.names()),
        queue_schema.queue_builder(),
        queue_schema.schedule_builder(),
    )
    if await queries.schema_is_installed():
        await queries.apply_upgrade()

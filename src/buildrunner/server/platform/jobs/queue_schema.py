"""The names of pgqueuer's objects and the SQL that makes them, from pgqueuer itself."""

from __future__ import annotations

from pgqueuer.adapters.persistence.qb import (
    DBSettings,
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.domain.types import Channel

CHANNEL = Channel("ch_pgqueuer")


def names() -> DBSettings:
    """Fixed names: pgqueuer also reads bare variables such as `TRIGGER` from the environment."""
    return DBSettings(
        prefix="",
        db_schema=None,
        channel=CHANNEL,
        function="fn_pgqueuer_changed",
        statistics_table="pgqueuer_statistics",
        queue_status_type="pgqueuer_status",
        queue_table="pgqueuer",
        queue_table_log="pgqueuer_log",
        trigger="tg_pgqueuer_changed",
        schedules_table="pgqueuer_schedules",
    )


def install_sql() -> str:
    """Tables, types, indexes, function and trigger of the installed pgqueuer."""
    return QueryBuilderEnvironment(names()).build_install_query()


def uninstall_sql() -> str:
    """The way back."""
    return QueryBuilderEnvironment(names()).build_uninstall_query()


def queue_builder() -> QueryQueueBuilder:
    """Queries on the queue."""
    return QueryQueueBuilder(names())


def schedule_builder() -> QuerySchedulerBuilder:
    """Queries on the schedules."""
    return QuerySchedulerBuilder(names())

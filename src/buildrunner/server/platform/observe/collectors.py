"""What the database knows, asked when somebody reads the metrics: queue, subscribers, connections.

The worker registers it. Every worker tells the same, so a query takes the largest, not the sum.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

from django.db import close_old_connections, connection
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from buildrunner.server.platform.events.lag import cursor_lag

logger = logging.getLogger("buildrunner.observe")

KEPT = 5.0  # seconds for which an answer is given again: reading the metrics must not be a load
STATES = ("queued", "picked", "failed")


class DatabaseCollector(Collector):
    """Jobs by state, the age of the oldest that waits, subscribers' lag, connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[GaugeMetricFamily] = []
        self._asked_at = float("-inf")

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The families without values: nothing is asked when the collector is registered."""
        yield from _families().values()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families; without a database there is only `buildrunner_database_up` 0."""
        with self._lock:
            if time.monotonic() - self._asked_at > KEPT:
                self._kept = _ask()
                self._asked_at = time.monotonic()
            yield from self._kept


def queue_state() -> tuple[dict[str, int], float]:
    """Jobs by state, and for how many seconds the oldest that is due has waited."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status::text, count(*), coalesce(extract(epoch FROM now() - min("
            "  execute_after) FILTER (WHERE status = 'queued' AND execute_after <= now())), 0)"
            " FROM pgqueuer GROUP BY 1"
        )
        rows = cursor.fetchall()
    counts = {str(state): int(count) for state, count, _ in rows}
    return counts, max([float(age) for *_, age in rows], default=0.0)


def _families() -> dict[str, GaugeMetricFamily]:
    return {
        "up": GaugeMetricFamily("buildrunner_database_up", "1 when the database answered."),
        "jobs": GaugeMetricFamily(
            "buildrunner_jobs",
            "Jobs in the queue, by state: queued, picked, failed.",
            labels=["state"],
        ),
        "age": GaugeMetricFamily(
            "buildrunner_jobs_oldest_seconds", "For how long the oldest job that is due has waited."
        ),
        "lag": GaugeMetricFamily(
            "buildrunner_subscriber_lag_events",
            "Events that a subscriber has still to deal with.",
            labels=["subscriber"],
        ),
        "lag_seconds": GaugeMetricFamily(
            "buildrunner_subscriber_lag_seconds",
            "For how long the oldest event that a subscriber has not dealt with has waited.",
            labels=["subscriber"],
        ),
        "failures": GaugeMetricFamily(
            "buildrunner_subscriber_failures",
            "How often a subscriber has failed at the event it stands at.",
            labels=["subscriber"],
        ),
        "connections": GaugeMetricFamily(
            "buildrunner_database_connections",
            "Connections of web and worker to the database, by state: active, idle, "
            "idle in transaction.",
            labels=["state"],
        ),
        "limit": GaugeMetricFamily(
            "buildrunner_database_connections_limit", "Connections that PostgreSQL allows."
        ),
    }


def _ask() -> list[GaugeMetricFamily]:
    families = _families()
    close_old_connections()
    try:
        _fill(families)
        families["up"].add_metric([], 1)
        return list(families.values())
    except Exception as problem:
        logger.warning("the metrics of the database could not be read: %s", problem)
        up = _families()["up"]
        up.add_metric([], 0)
        return [up]
    finally:
        close_old_connections()


def _fill(families: dict[str, GaugeMetricFamily]) -> None:
    counts, age = queue_state()
    for state in STATES:
        families["jobs"].add_metric([state], counts.get(state, 0))
    families["age"].add_metric([], age)
    for one in cursor_lag():
        families["lag"].add_metric([one.subscriber], one.events)
        families["lag_seconds"].add_metric([one.subscriber], one.seconds)
        families["failures"].add_metric([one.subscriber], one.failures)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(state, 'idle'), count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user GROUP BY 1"
        )
        for state, count in cursor.fetchall():
            families["connections"].add_metric([state], count)
        cursor.execute("SHOW max_connections")
        families["limit"].add_metric([], int(cursor.fetchone()[0]))

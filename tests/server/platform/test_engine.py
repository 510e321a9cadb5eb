"""Connections stay open, and a dead one is replaced."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from django.db import DataError, OperationalError, close_old_connections, connection, connections


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def new_request() -> None:
    close_old_connections()


def kill(pid: int, web_url: str) -> None:
    import psycopg

    with psycopg.connect(web_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.usefixtures("commits")
def test_a_busy_connection_is_not_asked_and_a_dead_one_costs_one_request(databases) -> None:  # type: ignore[no-untyped-def]
    new_request()
    first = backend()
    new_request()
    with patch.object(connections["default"], "is_usable", side_effect=AssertionError("asked")):
        assert backend() == first
    kill(first, databases.web)
    new_request()
    with pytest.raises(OperationalError):
        backend()
    new_request()
    assert backend() != first


@pytest.mark.usefixtures("commits")
def test_a_connection_that_rested_is_asked(databases) -> None:  # type: ignore[no-untyped-def]
    new_request()
    first = backend()
    kill(first, databases.web)
    connections["default"]._asked_at = 0.0  # as if a second had passed
    new_request()
    assert backend() != first


@pytest.mark.parametrize(
    "told",
    [
        "2026-03-01 09:00:00+00",
        "2026-03-01 09:00:00.000001+00",
        "2026-03-01 09:00:00.1+00",
        "0001-01-01 00:00:00+00",
        "9999-12-31 23:59:59.999999+00",
    ],
)
def test_times_are_read_as_django_reads_them(db: None, told: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz, %s::timestamptz AT TIME ZONE 'UTC'", [told, told])
        aware, naive = cursor.fetchone()
    assert aware.tzinfo is UTC
    assert aware.replace(tzinfo=None) == naive


@pytest.mark.parametrize(
    "told", ["infinity", "10000-01-01 00:00:00+00", "0044-03-15 00:00:00+00 BC"]
)
def test_times_that_python_has_not_are_refused_as_before(db: None, told: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [told])
        with pytest.raises(DataError):
            cursor.fetchone()


def test_a_session_in_another_zone_is_read_as_django_reads_it(db: None) -> None:
    """Django takes the clock's hands for UTC; it sets the zone of its sessions itself."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'Asia/Kolkata'")
        cursor.execute("SELECT '2026-03-01 09:00:00+00'::timestamptz")
        (found,) = cursor.fetchone()
    assert found == datetime(2026, 3, 1, 14, 30, tzinfo=UTC)

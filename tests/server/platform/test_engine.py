"""Connections stay open, and a dead one is replaced."""

from unittest.mock import patch

import pytest
from django.db import OperationalError, close_old_connections, connection, connections


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

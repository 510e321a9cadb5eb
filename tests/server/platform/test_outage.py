"""What counts as a database that is away, and what is a mistake of ours."""

from __future__ import annotations

import django.db
import psycopg
import pytest
from django.db import connection, transaction

from buildrunner.server.platform.db.outage import DatabaseUnavailable, in_outage, is_outage, reason


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        ("08006", True),  # connection failure
        ("57P01", True),  # admin shutdown
        ("57P02", True),  # crash shutdown
        ("57P03", True),  # starting up
        ("53100", True),  # disk full
        ("53300", True),  # too many connections
        ("58030", True),  # I/O error
        ("40001", True),  # serialization failure
        ("40P01", True),  # deadlock
        ("25006", True),  # a standby
        ("57014", False),  # statement timeout: it would time out again
        ("23505", False),  # unique violation
        ("42P01", False),  # a table that is not there
        ("22001", False),  # too long
        ("42501", False),  # row-level security
    ],
)
def test_by_code(code: str, passes: bool) -> None:
    error = psycopg.errors.lookup(code)("x")
    assert error.sqlstate == code
    assert is_outage(error) is passes
    told: list[bool] = []

    def wrapped() -> None:
        try:
            raise django.db.DatabaseError("x") from error
        except django.db.DatabaseError:
            told.append(in_outage())
            raise

    with pytest.raises(django.db.DatabaseError) as caught:
        wrapped()
    assert [is_outage(caught.value), *told] == [passes, passes]


def test_without_a_code() -> None:
    assert is_outage(psycopg.OperationalError("connection refused"))
    assert is_outage(django.db.InterfaceError("connection already closed"))
    assert not is_outage(ValueError("x"))
    assert not is_outage(None)
    full = psycopg.errors.InternalError_('could not extend file "base/1": File too large')
    assert is_outage(full)
    assert not is_outage(psycopg.errors.InternalError_("cache lookup failed"))


def test_its_problem_says_when_to_come_back() -> None:
    away = DatabaseUnavailable()
    assert (away.status, away.extensions) == (503, {"retry_after": 2})
    assert reason(psycopg.OperationalError("refused\nby host db")) == "OperationalError: refused"


def ask_twice(web_sql: psycopg.Connection) -> None:
    """A transaction whose session is ended between its statements."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        web_sql.execute("SELECT pg_terminate_backend(%s)", [cursor.fetchone()[0]])
        cursor.execute("SELECT 1")


@pytest.mark.usefixtures("commits")
def test_a_session_that_is_ended_under_a_statement(web_sql: psycopg.Connection) -> None:
    with pytest.raises(django.db.OperationalError) as ended:
        ask_twice(web_sql)
    assert is_outage(ended.value)
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)

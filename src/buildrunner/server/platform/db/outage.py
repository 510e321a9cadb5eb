"""Tells a database that is away for a moment from a mistake of ours."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import django.db
import psycopg

from buildrunner.server.platform.errors import DomainError

RETRY_AFTER = 2  # seconds; an embedded PostgreSQL is back after one

# SQLSTATE classes and codes (PostgreSQL, appendix A) of what passes by itself: no connection,
# no resources (disk full among them), shutdown or crash, files that cannot be written; then
# transactions that lost to another one, and a standby that does not write yet.
_PASSING = ("08", "53", "57P", "58", "40001", "40P01", "25006")
_DRIVER_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError)
_DJANGO_ERRORS = (django.db.OperationalError, django.db.InterfaceError)


class DatabaseUnavailable(DomainError):
    """The database did not answer; the same request may succeed in a moment."""

    status = 503
    code = "database_unavailable"
    title = "The database is not available at the moment"

    def __init__(self) -> None:
        super().__init__(
            "The database did not answer, or had no room. Nothing of this request is known to be "
            "written; send it again in a moment, with the same Idempotency-Key if it writes.",
            retry_after=RETRY_AFTER,
        )


def is_outage(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, is a database that is away for a moment."""
    return any(_passes(one) for one in _causes(error))


def reason(error: BaseException) -> str:
    """One line about an outage, for the log: the driver's own words."""
    cause = next((one for one in _causes(error) if isinstance(one, psycopg.Error)), error)
    first = (str(cause).strip().splitlines() or [""])[0]
    return f"{type(cause).__name__}: {first}"[:300]


def in_outage() -> bool:
    """Whether the exception that is being handled here is one."""
    return is_outage(sys.exception())


def _passes(error: BaseException) -> bool:
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return error.sqlstate.startswith(_PASSING) or _no_room(error)
    if isinstance(error, _DRIVER_ERRORS):
        return True  # without a code the server never answered
    # Django's own, e.g. a connection that an earlier error had closed already.
    return isinstance(error, _DJANGO_ERRORS) and error.__cause__ is None


def _no_room(error: psycopg.Error) -> bool:
    """A quota or a limit on the size of files: PostgreSQL has no code for them."""
    return error.sqlstate == "XX000" and str(error).startswith(
        ("could not extend file", "could not write", "could not create file")
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__

"""The tenant scope of a transaction: the one source of which rows a statement may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from buildrunner.server.platform.observe import visits

SETTING = "buildrunner.org_id"


def set_scope(org_id: UUID | None) -> None:
    """Set the organization for the rest of the current transaction (`None`: no organization)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, str(org_id) if org_id else ""])
    visits.entered_scope(org_id)


@contextmanager
def open_scope() -> Iterator[Callable[[UUID], None]]:
    """Run a block in one transaction whose organization is found out inside: call what it yields,
    or set `SETTING` in the statement that finds it out.

    Nested in another scope, the outer one holds again afterwards; the outermost scope ends with
    its transaction, and a rollback takes a scope back with everything else.
    """
    nested = connection.in_atomic_block
    with transaction.atomic():
        outer = _current() if nested else None
        yield set_scope
        if nested:
            set_scope(outer)


@contextmanager
def tenant_scope(org_id: UUID) -> Iterator[None]:
    """Run a block in one transaction that sees the rows of `org_id` and no others."""
    with open_scope() as enter:
        enter(org_id)
        yield


def _current() -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [SETTING])
        row = cursor.fetchone()
    return UUID(row[0]) if row and row[0] else None

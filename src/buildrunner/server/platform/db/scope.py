"""The tenant scope of a transaction: the one source of which rows a statement may see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

SETTING = "buildrunner.org_id"


def set_scope(org_id: UUID | None) -> None:
    """Set the organization for the rest of the current transaction (`None`: no organization)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, str(org_id) if org_id else ""])


@contextmanager
def tenant_scope(org_id: UUID) -> Iterator[None]:
    """Run a block in one transaction that sees the rows of `org_id` and no others.

    Nested in another scope, the outer one holds again afterwards.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s, true)", [SETTING])
            row = cursor.fetchone()
        outer = row[0] if row and row[0] else None
        set_scope(org_id)
        yield
        set_scope(UUID(outer) if outer else None)

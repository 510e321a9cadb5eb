"""Numbers without gaps: whoever takes one holds the project's lock until the transaction ends."""

from __future__ import annotations

from uuid import UUID

from django.db import connection


def lock_project(project_id: UUID, what: str) -> None:
    """Wait until nobody else numbers `what` in this project."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"governance:{what}:{project_id}"],
        )

"""Questions that precede the tenant scope, asked of the functions of migration 0003."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.tenancy.types import Belonging, LocatedProject, UsedKey
from buildrunner.server.platform.db.scope import SETTING


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def names(value: Any) -> list[str]:
    """JSON columns arrive as text outside the ORM."""
    return list(json.loads(value) if isinstance(value, str) else value)


def use_key(key_hash: bytes) -> UsedKey | None:
    """The key of a hash if it holds, noting its use; `None` for unknown, revoked and expired."""
    found = rows(
        "SELECT id, prefix, name, person_id, person_name, org_id, project_id, scopes, expires_at"
        " FROM tenancy_use_key(%s)",
        key_hash,
    )
    if not found:
        return None
    row = found[0]
    return UsedKey(
        id=row[0],
        prefix=row[1],
        name=row[2],
        person_id=row[3],
        person_name=row[4],
        org_id=row[5],
        project_id=row[6],
        scopes=names(row[7]),
        expires_at=row[8],
    )


def organizations_of(person_id: UUID) -> list[Belonging]:
    """The organizations of a person, oldest membership first."""
    found = rows("SELECT id, name, role, created_at FROM tenancy_organizations_of(%s)", person_id)
    return [Belonging(*row) for row in found]


def enter_project(project_id: UUID, person_id: UUID) -> LocatedProject | None:
    """A project for a person of its organization; `None` to anybody else.

    Sets the scope of the running transaction to that organization.
    """
    found = rows(
        "SELECT org_id, title, archived_at, org_role, project_role,"
        " set_config(%s, org_id::text, true)"  # here, not by itself: it saves a round trip
        " FROM tenancy_locate_project(%s, %s)",
        SETTING,
        project_id,
        person_id,
    )
    return LocatedProject(*found[0][:5]) if found else None

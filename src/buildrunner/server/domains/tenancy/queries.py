"""Reads. Those that precede the tenant scope go through the room's look-up functions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.tenancy.models import ApiKey, Project
from buildrunner.server.domains.tenancy.types import (
    Belonging,
    KeyView,
    ProjectAccess,
    ProjectView,
)
from buildrunner.server.platform.actor import Actor


@dataclass(frozen=True, slots=True)
class LocatedProject:
    """Where a project stands and what its asker is there."""

    org_id: UUID
    title: str
    archived_at: datetime | None
    org_role: str
    project_role: str | None


@dataclass(frozen=True, slots=True)
class UsedKey:
    """A key that holds, found by its hash."""

    id: UUID
    prefix: str
    name: str
    person_id: UUID
    person_name: str
    org_id: UUID | None
    project_id: UUID | None
    scopes: list[str]
    expires_at: datetime | None


def _rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _list(value: Any) -> list[str]:
    """JSON columns arrive as text outside the ORM."""
    return list(json.loads(value) if isinstance(value, str) else value)


def use_key(key_hash: bytes) -> UsedKey | None:
    """The key of a hash if it holds, noting its use; `None` for unknown, revoked and expired."""
    rows = _rows(
        "SELECT id, prefix, name, person_id, person_name, org_id, project_id, scopes, expires_at"
        " FROM tenancy_use_key(%s)",
        key_hash,
    )
    if not rows:
        return None
    *head, scopes, expires_at = rows[0]
    return UsedKey(*head, scopes=_list(scopes), expires_at=expires_at)


def organizations_of(person_id: UUID) -> list[Belonging]:
    """The organizations of a person, oldest membership first."""
    rows = _rows("SELECT id, name, role, created_at FROM tenancy_organizations_of(%s)", person_id)
    return [Belonging(*row) for row in rows]


def locate_project(project_id: UUID, person_id: UUID) -> LocatedProject | None:
    """A project for a person of its organization; `None` to anybody else."""
    rows = _rows(
        "SELECT org_id, title, archived_at, org_role, project_role"
        " FROM tenancy_locate_project(%s, %s)",
        project_id,
        person_id,
    )
    return LocatedProject(*rows[0]) if rows else None


def list_projects(
    actor: Actor, *, org_id: UUID | None = None, before: UUID | None = None, limit: int = 50
) -> list[ProjectView]:
    """The projects an actor sees, newest first, at most `limit`, older than `before`."""
    if actor.person_id is None:
        return []
    if actor.org_id and org_id and actor.org_id != org_id:
        return []
    rows = _rows(
        "SELECT id, org_id, title, head_revision, head_hash, created_at, updated_at, archived_at,"
        " org_role, project_role FROM tenancy_projects_of(%s, %s, %s, %s, %s)",
        actor.person_id,
        actor.org_id or org_id,
        actor.project_id,
        before,
        limit,
    )
    return [_project_view(row) for row in rows]


def _project_view(row: tuple[Any, ...]) -> ProjectView:
    *_, org_role, project_role = row
    return ProjectView(
        id=row[0],
        org_id=row[1],
        title=row[2],
        revision=row[3],
        document_hash=row[4],
        created_at=row[5],
        updated_at=row[6],
        archived_at=row[7],
        role=shown_role(org_role, project_role),
    )


def get_project(access: ProjectAccess) -> ProjectView:
    """The project of a scope."""
    return view_of(Project.objects.get(id=access.project_id), access)


def view_of(project: Project, access: ProjectAccess) -> ProjectView:
    """A row as the members see it."""
    return ProjectView(
        id=project.id,
        org_id=project.org_id,
        title=project.title,
        revision=project.head_revision,
        document_hash=project.head_hash,
        role=shown_role(access.org_role, access.project_role),
        created_at=project.created_at,
        updated_at=project.updated_at,
        archived_at=project.archived_at,
    )


def shown_role(org_role: str | None, project_role: str | None) -> str:
    """One word for what somebody is in a project: the role there, else the one that opens it."""
    return project_role or org_role or ""


def personal_keys(person_id: UUID) -> list[KeyView]:
    """The personal keys of a person that are not revoked, newest first."""
    rows = _rows(
        "SELECT id, name, prefix, scopes, created_at, expires_at, last_used_at"
        " FROM tenancy_personal_keys(%s)",
        person_id,
    )
    return [
        KeyView(
            id=row[0],
            name=row[1],
            prefix=row[2],
            scopes=_list(row[3]),
            org_id=None,
            project_id=None,
            person_id=person_id,
            created_at=row[4],
            expires_at=row[5],
            last_used_at=row[6],
        )
        for row in rows
    ]


def key_view(key: ApiKey) -> KeyView:
    """A key row without its hash."""
    return KeyView(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=list(key.scopes),
        org_id=key.org_id,
        project_id=key.project_id,
        person_id=key.person_id,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )

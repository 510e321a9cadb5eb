"""Projects as their members see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from buildrunner.server.domains.tenancy import policies
from buildrunner.server.domains.tenancy.models import Project
from buildrunner.server.domains.tenancy.queries import lookups
from buildrunner.server.domains.tenancy.queries.lookups import rows
from buildrunner.server.domains.tenancy.queries.scopes import project_scope
from buildrunner.server.domains.tenancy.types import ProjectAccess, ProjectView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.http.quotas import charge_organization
from buildrunner.server.platform.observe import visits


def list_projects(
    actor: Actor,
    *,
    org_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 50,
    archived: bool = False,
) -> list[ProjectView]:
    """The projects an actor sees, newest first, at most `limit`, older than `before`.

    Those that are in use, or the archived ones. Organizations that demand more of a session than
    this one has show nothing.
    """
    if actor.person_id is None:
        return []
    if actor.org_id and org_id and actor.org_id != org_id:
        return []
    found = rows(
        "SELECT id, org_id, title, head_revision, head_hash, created_at, updated_at, archived_at,"
        " org_role, project_role FROM tenancy_projects_of(%s, %s, %s, %s, %s, %s, %s, %s)",
        actor.person_id,
        actor.org_id or org_id,
        actor.project_id,
        before,
        limit,
        archived,
        policies.proven(actor),
        actor.secure,
    )
    return [_project_view(row) for row in found]


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


def look_at_project(actor: Actor, project_id: UUID) -> ProjectView:
    """One project for an actor, in one statement; refusals as in `project_scope`."""
    found = lookups.look_at_project(project_id, actor.person_id) if actor.person_id else None
    access = policies.judge_project(actor, project_id, found[0] if found else None)
    if found is None or "project.read" not in access.permissions:
        # Who could grant it is asked inside the organization.
        with project_scope(actor, project_id) as entered:
            return get_project(entered)
    visits.entered_scope(access.org_id)
    charge_organization(access.org_id)
    head = found[1]
    return ProjectView(
        id=project_id,
        org_id=access.org_id,
        title=access.title,
        revision=head.revision,
        document_hash=head.document_hash,
        role=shown_role(access.org_role, access.project_role),
        created_at=head.created_at,
        updated_at=head.updated_at,
        archived_at=access.archived_at,
    )


def get_project(access: ProjectAccess) -> ProjectView:
    """The project of a scope.

    Read past the ORM, which takes as long as everything else of so small a request.
    """
    (row,) = rows(
        "SELECT id, org_id, title, head_revision, head_hash, created_at, updated_at, archived_at"
        " FROM tenancy_project WHERE id = %s",
        access.project_id,
    )
    return _project_view((*row, access.org_role, access.project_role))


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

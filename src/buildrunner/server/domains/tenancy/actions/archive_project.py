"""Putting a project away, and taking it out again."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.tenancy.models import Project
from buildrunner.server.domains.tenancy.queries.projects import view_of
from buildrunner.server.domains.tenancy.queries.scopes import project_scope
from buildrunner.server.domains.tenancy.types import ProjectView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit


def archive_project(actor: Actor, project_id: UUID) -> ProjectView:
    """Make the project read-only and leave it out of lists; once more changes nothing."""
    return _set(actor, project_id, archive=True)


def unarchive_project(actor: Actor, project_id: UUID) -> ProjectView:
    """Let the project be changed again; once more changes nothing."""
    return _set(actor, project_id, archive=False)


def _set(actor: Actor, project_id: UUID, *, archive: bool) -> ProjectView:
    with project_scope(actor, project_id, "project.manage") as access:
        project = Project.objects.select_for_update().get(id=project_id)
        if (project.archived_at is not None) != archive:
            project.archived_at = timezone.now() if archive else None
            project.save(update_fields=["archived_at", "updated_at"])
            emit(
                "project.archived" if archive else "project.unarchived",
                actor=actor,
                org_id=access.org_id,
                project_id=project_id,
                subject=str(project_id),
                data={"title": project.title},
            )
        return view_of(project, access)

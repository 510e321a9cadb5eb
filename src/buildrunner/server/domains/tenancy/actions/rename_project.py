"""A project's new title."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.tenancy import policies
from buildrunner.server.domains.tenancy.models import Project
from buildrunner.server.domains.tenancy.queries.projects import view_of
from buildrunner.server.domains.tenancy.queries.scopes import project_scope
from buildrunner.server.domains.tenancy.rules import LONGEST_TITLE
from buildrunner.server.domains.tenancy.types import ProjectView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line


def rename_project(actor: Actor, project_id: UUID, *, title: str) -> ProjectView:
    """Give the project another title; the same title again changes nothing."""
    title = one_line(title, "title", LONGEST_TITLE)
    with project_scope(actor, project_id, "project.manage") as access:
        if access.archived_at:
            raise policies.archived(access.title, project_id)
        project = Project.objects.select_for_update().get(id=project_id)
        if project.title != title:
            before, project.title = project.title, title
            project.save(update_fields=["title", "updated_at"])
            emit(
                "project.renamed",
                actor=actor,
                org_id=access.org_id,
                project_id=project_id,
                subject=str(project_id),
                data={"title": title, "before": before},
            )
        return view_of(project, access)

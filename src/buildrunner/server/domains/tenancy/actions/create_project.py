"""A new project; whoever makes it is its PM."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.tenancy.models import Project, ProjectMembership
from buildrunner.server.domains.tenancy.policies import take_storage
from buildrunner.server.domains.tenancy.queries.actors import default_organization
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.rules import LONGEST_TITLE, PM
from buildrunner.server.domains.tenancy.types import ProjectView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line


def create_project(actor: Actor, *, title: str, org_id: UUID | None = None) -> ProjectView:
    """Make a project in an organization, by default the actor's own (see `default_organization`)."""
    title = one_line(title, "title", LONGEST_TITLE)
    org_id = org_id or default_organization(actor)
    with organization_scope(actor, org_id, "project.create"):
        project = Project.objects.create(org_id=org_id, title=title)
        take_storage(org_id, len(title))
        if actor.person_id:
            ProjectMembership.objects.create(
                org_id=org_id, project_id=project.id, person_id=actor.person_id, role=PM
            )
        emit(
            "project.created",
            actor=actor,
            org_id=org_id,
            project_id=project.id,
            subject=str(project.id),
            data={"title": title},
        )
    return ProjectView(
        id=project.id,
        org_id=org_id,
        title=title,
        revision=0,
        document_hash=None,
        role=PM,
        created_at=project.created_at,
        updated_at=project.updated_at,
        archived_at=None,
    )

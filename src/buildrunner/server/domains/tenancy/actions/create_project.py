"""A new project; whoever makes it is its PM."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.tenancy.models import Project, ProjectMembership
from buildrunner.server.domains.tenancy.queries import lookups
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.rules import LONGEST_TITLE, OWNER, PM
from buildrunner.server.domains.tenancy.types import ProjectView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotFound
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line


def create_project(actor: Actor, *, title: str, org_id: UUID | None = None) -> ProjectView:
    """Make a project in an organization, by default the actor's own (see `default_organization`)."""
    title = one_line(title, "title", LONGEST_TITLE)
    org_id = org_id or default_organization(actor)
    with organization_scope(actor, org_id, "project.create"):
        project = Project.objects.create(org_id=org_id, title=title)
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


def default_organization(actor: Actor) -> UUID:
    """The one a key is bound to, else the first one owned, else the first one joined."""
    if actor.org_id:
        return actor.org_id
    mine = lookups.organizations_of(actor.person_id) if actor.person_id else []
    owned = [belonging for belonging in mine if belonging.role == OWNER]
    if not mine:
        raise NotFound(
            'You belong to no organization yet. Create one: POST /api/orgs {"name": …}.',
            code="organization_not_found",
        )
    return (owned or mine)[0].id

"""Who belongs where."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.models import OrganizationMembership, ProjectMembership
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope, project_scope
from buildrunner.server.domains.tenancy.types import MemberView
from buildrunner.server.platform.actor import Actor


def organization_members(actor: Actor, org_id: UUID) -> list[MemberView]:
    """The people of an organization, in the order in which they joined."""
    with organization_scope(actor, org_id):
        return _views(list(OrganizationMembership.objects.order_by("id")))


def project_members(actor: Actor, project_id: UUID) -> list[MemberView]:
    """The people with a role in a project; owners and admins see it without one."""
    with project_scope(actor, project_id):
        rows = ProjectMembership.objects.filter(project_id=project_id).order_by("id")
        return _views(list(rows))


def _views(
    rows: list[OrganizationMembership] | list[ProjectMembership],
) -> list[MemberView]:
    people = identity.people(row.person_id for row in rows)
    return [
        MemberView(
            row.person_id,
            people[row.person_id].email,
            people[row.person_id].name,
            row.role,
            row.created_at,
        )
        for row in rows
    ]

"""Which people may do something, asked for many at once."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from buildrunner.policy.roles import plain
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import rules
from buildrunner.server.domains.tenancy.models import (
    OrganizationMembership,
    ProjectMembership,
    ServiceAccount,
)


def who_may(
    permission: str, *, project_id: UUID | None = None, among: Iterable[UUID] | None = None
) -> set[UUID]:
    """The active people of the organization in scope whose roles give a permission, in a project or
    in the organization as a whole; `among` asks of these alone. Service accounts are none."""
    members = OrganizationMembership.objects.filter(kind="person")
    if among is not None:
        members = members.filter(person_id__in=list(among))
    held = dict(members.values_list("person_id", "role"))
    inside: dict[UUID, str] = {}
    if project_id is not None:
        inside = dict(
            ProjectMembership.objects.filter(
                project_id=project_id, person_id__in=list(held)
            ).values_list("person_id", "role")
        )
    able = [
        one for one, role in held.items() if permission in rules.of_roles(role, inside.get(one))
    ]
    return {one for one, person in identity.people(able).items() if person.is_active}


def agents_who_may(
    permission: str, project_id: UUID, *, among: Iterable[UUID] | None = None
) -> dict[UUID, str]:
    """The agents whose role in a project gives a permission, with their names; `among` asks of these
    alone. Call it in the organization's scope."""
    roles = [role for role, allowed in rules.PROJECT_ROLES.items() if permission in allowed]
    inside = ProjectMembership.objects.filter(project_id=project_id, role__in=roles)
    if among is not None:
        inside = inside.filter(person_id__in=list(among))
    found = ServiceAccount.objects.filter(
        id__in=inside.values("person_id"), agent=True, removed_at__isnull=True
    )
    return dict(found.values_list("id", "name"))


def who_holds(roles: Iterable[str], project_id: UUID) -> set[UUID]:
    """The active people who hold one of these roles in a project or in the organization in scope,
    however the roles are written (`TechLead`, `tech lead`). Owners and admins count as PM, too."""
    wanted = {plain(role) for role in roles}
    of_org = [role for role in rules.ORG_ROLES if plain(role) in wanted]
    if plain(rules.PM) in wanted:
        of_org += [rules.OWNER, rules.ADMIN]
    of_project = [role for role in rules.PROJECT_ROLES if plain(role) in wanted]
    members = OrganizationMembership.objects.filter(kind="person", role__in=of_org)
    inside = ProjectMembership.objects.filter(project_id=project_id, role__in=of_project)
    found = {
        *members.values_list("person_id", flat=True),
        *inside.values_list("person_id", flat=True),
    }
    return {one for one, person in identity.people(found).items() if person.is_active}

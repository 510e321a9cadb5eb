"""Who belongs where."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import rules
from buildrunner.server.domains.tenancy.models import (
    ApiKey,
    OrganizationMembership,
    Project,
    ProjectMembership,
    ServiceAccount,
)
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope, project_scope
from buildrunner.server.domains.tenancy.types import (
    MemberAccess,
    MemberView,
    ProjectAccess,
    ServiceAccountView,
)
from buildrunner.server.platform.actor import Actor


def organization_members(
    actor: Actor, org_id: UUID, *, after: UUID | None = None, limit: int | None = None
) -> list[MemberView]:
    """The people of an organization, in the order in which they joined."""
    with organization_scope(actor, org_id):
        rows = OrganizationMembership.objects.filter(kind="person").order_by("id")
        if after:
            rows = rows.filter(id__gt=after)
        return _views(list(rows[:limit]))


def project_members(
    actor: Actor, project_id: UUID, *, after: UUID | None = None, limit: int | None = None
) -> list[MemberView]:
    """The people and service accounts with a role in a project, in the order in which they got it;
    owners and admins see it without one."""
    with project_scope(actor, project_id):
        rows = ProjectMembership.objects.filter(project_id=project_id).order_by("id")
        if after:
            rows = rows.filter(id__gt=after)
        return _views(list(rows[:limit]))


def people_with(access: ProjectAccess, permission: str) -> list[MemberView]:
    """The active people whose roles give a permission in a project, the mightiest role first.

    Call it in the project's scope.
    """
    org_roles = [role for role, allowed in rules.ORG_ROLES.items() if permission in allowed]
    roles = [role for role, allowed in rules.PROJECT_ROLES.items() if permission in allowed]
    members = OrganizationMembership.objects.filter(kind="person", role__in=org_roles)
    found = _views(list(members.order_by("id")))
    inside = ProjectMembership.objects.filter(project_id=access.project_id, role__in=roles)
    found += _views(list(inside.order_by("id")))
    active = identity.people(one.person_id for one in found)
    named: dict[UUID, MemberView] = {}
    for one in sorted(found, key=lambda one: [*org_roles, *roles].index(one.role)):
        if one.person_id in active and active[one.person_id].is_active:
            named.setdefault(one.person_id, one)
    return list(named.values())


def service_accounts(
    actor: Actor, org_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[ServiceAccountView]:
    """The service accounts of an organization, newest first."""
    with organization_scope(actor, org_id):
        rows = ServiceAccount.objects.filter(removed_at__isnull=True).order_by("-id")
        if before:
            rows = rows.filter(id__lt=before)
        found = list(rows[:limit])
        ids = [account.id for account in found]
        memberships = {
            row.person_id: row for row in OrganizationMembership.objects.filter(person_id__in=ids)
        }
        keys = dict(
            ApiKey.objects.filter(service_id__in=ids, revoked_at__isnull=True)
            .values_list("service_id")
            .annotate(Count("id"))
        )
        return [
            service_view(account, memberships[account.id], keys=keys.get(account.id, 0))
            for account in found
        ]


def access_of_members(org_id: UUID) -> list[MemberAccess]:
    """What each person and service account of the organization in scope may enter, in the order in
    which they joined."""
    held: dict[UUID, list[dict[str, str]]] = {}
    titles = dict(Project.objects.filter(org_id=org_id).values_list("id", "title"))
    for row in ProjectMembership.objects.filter(org_id=org_id).order_by("id"):
        held.setdefault(row.person_id, []).append(
            {
                "id": str(row.project_id),
                "title": titles.get(row.project_id, ""),
                "role": row.role,
            }
        )
    keys: dict[UUID, int] = {}
    living = ApiKey.objects.filter(org_id=org_id, revoked_at__isnull=True)
    for person_id, service_id in living.values_list("person_id", "service_id"):
        holder = service_id or person_id
        keys[holder] = keys.get(holder, 0) + 1
    return [
        MemberAccess(
            person_id=row.person_id,
            kind=row.kind,
            role=row.role,
            projects=held.get(row.person_id, []),
            keys=keys.get(row.person_id, 0),
        )
        for row in OrganizationMembership.objects.filter(org_id=org_id).order_by("id")
    ]


def names_of_members(ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Name and address of people and of service accounts of the organization in scope; whoever is
    gone is left out. A service account has no address."""
    people = identity.people(ids)
    services = ServiceAccount.objects.in_bulk([one for one in ids if one not in people])
    return {
        **{one: (person.name, person.email) for one, person in people.items()},
        **{one: (service.name, "") for one, service in services.items()},
    }


def service_view(
    account: ServiceAccount, membership: OrganizationMembership, *, keys: int
) -> ServiceAccountView:
    """An account with its role."""
    return ServiceAccountView(
        id=account.id,
        name=account.name,
        role=membership.role,
        created_at=account.created_at,
        keys=keys,
    )


def _views(
    rows: Sequence[OrganizationMembership] | Sequence[ProjectMembership],
) -> list[MemberView]:
    people = identity.people(row.person_id for row in rows)
    others = [row.person_id for row in rows if row.person_id not in people]
    services = ServiceAccount.objects.in_bulk(others) if others else {}
    views = []
    for row in rows:
        person = people.get(row.person_id)
        views.append(
            MemberView(
                row.person_id,
                person.email if person else "",
                person.name if person else services[row.person_id].name,
                row.role,
                row.created_at,
                "person" if person else "service",
                row.id,
            )
        )
    return views

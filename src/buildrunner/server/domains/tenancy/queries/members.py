"""Who belongs where."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.models import (
    ApiKey,
    OrganizationMembership,
    ProjectMembership,
    ServiceAccount,
)
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope, project_scope
from buildrunner.server.domains.tenancy.types import MemberView, ServiceAccountView
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

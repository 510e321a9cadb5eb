"""Agents of an organization."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.models import (
    ApiKey,
    Project,
    ProjectMembership,
    ServiceAccount,
)
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import AgentView
from buildrunner.server.platform.actor import Actor


def agents(
    actor: Actor, org_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[AgentView]:
    """Newest first; every member may see them."""
    with organization_scope(actor, org_id):
        rows = ServiceAccount.objects.filter(agent=True, removed_at__isnull=True).order_by("-id")
        if before is not None:
            rows = rows.filter(id__lt=before)
        return agent_views(list(rows[:limit]))


def agent_views(accounts: Sequence[ServiceAccount]) -> list[AgentView]:
    """As they are told, in scope."""
    ids = [account.id for account in accounts]
    owners = identity.people([one.owner_id for one in accounts if one.owner_id])
    roles: dict[UUID, dict[str, str]] = {}
    for row in ProjectMembership.objects.filter(person_id__in=ids):
        roles.setdefault(row.person_id, {})[str(row.project_id)] = row.role
    keys: dict[UUID, list[ApiKey]] = {}
    for key in ApiKey.objects.filter(service_id__in=ids, revoked_at__isnull=True):
        if key.service_id is not None:
            keys.setdefault(key.service_id, []).append(key)
    named = {one for held in roles.values() for one in held}
    titles = {
        str(one): title
        for one, title in Project.objects.filter(id__in=named).values_list("id", "title")
    }
    views = []
    for account in accounts:
        held = keys.get(account.id, [])
        owner = owners.get(account.owner_id) if account.owner_id else None
        used = [key.last_used_at for key in held if key.last_used_at]
        views.append(
            AgentView(
                id=account.id,
                name=account.name,
                owner_id=account.owner_id,
                owner=owner.name if owner else "",
                projects=[
                    {"id": project, "title": titles.get(project, ""), "role": role}
                    for project, role in sorted(roles.get(account.id, {}).items())
                ],
                scopes=sorted({scope for key in held for scope in key.scopes}),
                keys=len(held),
                last_used_at=max(used, default=None),
                created_at=account.created_at,
            )
        )
    return views

"""API keys without their secrets."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from buildrunner.server.domains.tenancy.models import ApiKey
from buildrunner.server.domains.tenancy.queries.lookups import names, rows
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import KeyView
from buildrunner.server.platform.actor import Actor


def personal_keys(person_id: UUID) -> list[KeyView]:
    """The personal keys of a person that are not revoked, newest first."""
    found = rows(
        "SELECT id, name, prefix, scopes, created_at, expires_at, last_used_at, idle_days,"
        " replaced_by FROM tenancy_personal_keys(%s)",
        person_id,
    )
    return [
        KeyView(
            id=row[0],
            name=row[1],
            prefix=row[2],
            scopes=names(row[3]),
            org_id=None,
            project_id=None,
            person_id=person_id,
            created_at=row[4],
            expires_at=row[5],
            last_used_at=row[6],
            idle_days=row[7],
            replaced_by=row[8],
        )
        for row in found
    ]


def key_view(key: ApiKey) -> KeyView:
    """A key row without its hash."""
    return KeyView(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=list(key.scopes),
        org_id=key.org_id,
        project_id=key.project_id,
        person_id=key.person_id,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        service_id=key.service_id,
        idle_days=key.idle_days,
        replaced_by=key.replaced_by,
    )


def organization_keys(
    actor: Actor, org_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[KeyView]:
    """The keys of an organization that are not revoked, newest first; needs `key.manage`.

    What a rotation has replaced is listed for as long as it works.
    """
    with organization_scope(actor, org_id, "key.manage"):
        over = Q(replaced_by__isnull=False, expires_at__lte=timezone.now())
        keys = ApiKey.objects.filter(~over, revoked_at__isnull=True).order_by("-id")
        if before:
            keys = keys.filter(id__lt=before)
        return [key_view(key) for key in keys[:limit]]


def own_personal_keys(actor: Actor) -> list[KeyView]:
    """The personal keys of the actor's person; a narrowed key sees itself alone."""
    if actor.person_id is None:
        return []
    keys = personal_keys(actor.person_id)
    if actor.org_id is None and "*" in actor.scopes:
        return keys
    return [key for key in keys if key.id == actor.key_id]

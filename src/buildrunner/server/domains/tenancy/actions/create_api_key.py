"""A new API key; its secret is shown once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.tenancy import policies, rules
from buildrunner.server.domains.tenancy.models import ApiKey, Project
from buildrunner.server.domains.tenancy.queries import lookups
from buildrunner.server.domains.tenancy.queries.keys import key_view
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import KeyView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.tokens import new_token, token_hash
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Forbidden, Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line

KEY_PREFIX = "br"
SHOWN = len(KEY_PREFIX) + 1 + 8


def create_api_key(
    actor: Actor,
    *,
    name: str,
    scopes: Sequence[str],
    org_id: UUID | None = None,
    project_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> tuple[KeyView, str]:
    """Make a key that acts as the actor's person; answers the key and, once, its secret.

    Without `org_id` it is personal and acts in every organization of its person. Raises `Invalid`
    for unknown scopes, a past expiry or a project without organization, `Forbidden` when a key
    would make a wider or longer-lived one than itself.
    """
    name = one_line(name, "name", rules.LONGEST_NAME)
    wanted = _checked_scopes(actor, scopes)
    expires_at = _checked_expiry(actor, expires_at)
    secret = new_token(KEY_PREFIX)
    if org_id is None:
        if project_id is not None:
            raise Invalid("A key bound to a project needs its org_id too.", code="org_id_missing")
        return _personal(actor, name, wanted, expires_at, secret), secret
    with organization_scope(actor, org_id, "key.manage") as access:
        if project_id and not Project.objects.filter(id=project_id).exists():
            raise policies.no_project(project_id)
        key = ApiKey.objects.create(
            org_id=org_id,
            person_id=access.person_id,
            project_id=project_id,
            name=name,
            prefix=secret[:SHOWN],
            key_hash=token_hash(secret),
            scopes=wanted,
            expires_at=expires_at,
        )
        emit(
            "key.created",
            actor=actor,
            org_id=org_id,
            project_id=project_id,
            subject=str(key.id),
            data={"name": name, "prefix": key.prefix, "scopes": wanted},
        )
    return key_view(key), secret


def _personal(
    actor: Actor, name: str, scopes: list[str], expires_at: datetime | None, secret: str
) -> KeyView:
    person_id = policies.person_in_full(actor, "create personal keys")
    key_id, prefix = uuid7(), secret[:SHOWN]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tenancy_create_personal_key(%s, %s, %s, %s, %s, %s, %s)",
                [
                    key_id, person_id, name, prefix, token_hash(secret), json.dumps(scopes), expires_at,
                ],
            )  # fmt: skip
            (created_at,) = cursor.fetchone()
        announce(
            actor, person_id, "key.created", key_id,
            {"name": name, "prefix": prefix, "scopes": scopes, "personal": True},
        )  # fmt: skip
    return KeyView(
        id=key_id,
        name=name,
        prefix=prefix,
        scopes=scopes,
        org_id=None,
        project_id=None,
        person_id=person_id,
        created_at=created_at,
        expires_at=expires_at,
        last_used_at=None,
    )


def announce(
    actor: Actor, person_id: UUID, kind: str, key_id: UUID, data: dict[str, object]
) -> None:
    """A personal key concerns each organization in which it acts: one event in each."""
    for belonging in lookups.organizations_of(person_id):
        with tenant_scope(belonging.id):
            emit(kind, actor=actor, org_id=belonging.id, subject=str(key_id), data=data)


def _checked_scopes(actor: Actor, scopes: Sequence[str]) -> list[str]:
    unknown = sorted(set(scopes) - set(rules.SCOPES))
    if unknown or not scopes:
        raise Invalid(
            f"Unknown scope {', '.join(unknown)}; choose of {', '.join(rules.SCOPES)}."
            if unknown
            else f"A key needs at least one scope of {', '.join(rules.SCOPES)}.",
            code="scope_unknown",
            scopes=list(rules.SCOPES),
        )
    if not rules.narrower(frozenset(scopes), actor.scopes):
        raise Forbidden(
            "A key cannot make a key that may more than itself.",
            code="scope_missing",
            scopes=sorted(set(scopes) - actor.scopes),
        )
    return sorted(set(scopes))


def _checked_expiry(actor: Actor, expires_at: datetime | None) -> datetime | None:
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid("expires_at lies in the past.", code="expiry_past")
    limit = actor.expires_at
    if limit is None:
        return expires_at
    if expires_at is None:
        return limit
    if expires_at > limit:
        raise Forbidden(
            f"A key cannot make a key that outlives it; the latest expiry is {limit.isoformat()}.",
            code="expiry_beyond_own",
        )
    return expires_at

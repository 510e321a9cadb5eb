"""A new API key; its secret is shown once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.tenancy import policies, rules
from buildrunner.server.domains.tenancy.models import (
    ApiKey,
    OrganizationMembership,
    Project,
)
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
    service_id: UUID | None = None,
    expires_at: datetime | None = None,
    idle_days: int | None = None,
) -> tuple[KeyView, str]:
    """Make a key that acts as the actor's person; answers the key and, once, its secret.

    Without `org_id` it is personal and acts in every organization of its person; with `service_id`
    it acts as that service account. `idle_days` (personal keys only) lets it end when it was not
    used for so long. Raises `Invalid` for unknown scopes, a past expiry or a project without
    organization, `Forbidden` when a key would make a wider or longer-lived one than itself.
    """
    name = one_line(name, "name", rules.LONGEST_NAME)
    wanted = checked_scopes(actor, scopes)
    if idle_days is not None:
        expires_at = timezone.now() + timedelta(days=idle_days)
    expires_at = _checked_expiry(actor, expires_at)
    if org_id is None:
        if project_id is not None or service_id is not None:
            raise Invalid(
                "A key of a project or service account needs its org_id too.", code="org_id_missing"
            )
        secret = new_token(KEY_PREFIX)
        return personal_key(actor, name, wanted, expires_at, secret, idle_days), secret
    with organization_scope(actor, org_id, "key.manage") as access:
        if project_id and not Project.objects.filter(id=project_id).exists():
            raise policies.no_project(project_id)
        members = OrganizationMembership.objects.filter(kind="service")
        if service_id and not members.filter(person_id=service_id).exists():
            raise policies.no_service_account(service_id)
        key, secret = issue(
            org_id=org_id,
            person_id=access.person_id,
            project_id=project_id,
            service_id=service_id,
            name=name,
            scopes=wanted,
            expires_at=expires_at,
        )
        emit(
            "key.created",
            actor=actor,
            org_id=org_id,
            project_id=project_id,
            subject=str(key.id),
            data={"name": name, "prefix": key.prefix, "scopes": wanted}
            | ({"service_account": str(service_id)} if service_id else {}),
        )
    return key_view(key), secret


def issue(
    *,
    org_id: UUID,
    person_id: UUID,
    project_id: UUID | None,
    service_id: UUID | None,
    name: str,
    scopes: list[str],
    expires_at: datetime | None,
) -> tuple[ApiKey, str]:
    """A key's row and its secret; the caller has judged it and set the scope."""
    secret = new_token(KEY_PREFIX)
    key = ApiKey.objects.create(
        org_id=org_id,
        person_id=person_id,
        project_id=project_id,
        service_id=service_id,
        name=name,
        prefix=secret[:SHOWN],
        key_hash=token_hash(secret),
        scopes=scopes,
        expires_at=expires_at,
    )
    return key, secret


def personal_key(
    actor: Actor,
    name: str,
    scopes: list[str],
    expires_at: datetime | None,
    secret: str,
    idle_days: int | None,
) -> KeyView:
    """Keep a personal key; what is given has been checked.

    A session without a second factor makes none where one of its organizations demands it: the
    key would enter there.
    """
    person_id = policies.person_in_full(actor, "create personal keys")
    if not policies.proven(actor) and lookups.strictest_security_of(person_id).require_mfa:
        raise policies.needs_second_factor("create personal keys")
    key_id, prefix = uuid7(), secret[:SHOWN]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tenancy_create_personal_key(%s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    key_id,
                    person_id,
                    name,
                    prefix,
                    token_hash(secret),
                    json.dumps(scopes),
                    expires_at,
                    idle_days,
                ],
            )
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
        idle_days=idle_days,
    )


def announce(
    actor: Actor, person_id: UUID, kind: str, key_id: UUID, data: dict[str, object]
) -> None:
    """A personal key concerns each organization in which it acts: one event in each."""
    for belonging in lookups.organizations_of(person_id):
        with tenant_scope(belonging.id):
            emit(kind, actor=actor, org_id=belonging.id, subject=str(key_id), data=data)


def checked_scopes(actor: Actor, scopes: Sequence[str]) -> list[str]:
    """The scopes in order; raises for unknown ones and for more than the actor's own."""
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

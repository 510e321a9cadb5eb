"""A new secret in place of an old one, without a moment in which neither works."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.tenancy import policies, rules
from buildrunner.server.domains.tenancy.actions.create_api_key import (
    KEY_PREFIX,
    SHOWN,
    announce,
    checked_scopes,
    issue,
    personal_key,
)
from buildrunner.server.domains.tenancy.models import ApiKey
from buildrunner.server.domains.tenancy.queries.keys import key_view, personal_keys
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import KeyView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.tokens import new_token
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.revocations import announce_revocation


def rotate_api_key(
    actor: Actor,
    key_id: UUID,
    *,
    org_id: UUID | None = None,
    grace_hours: int = rules.GRACE_HOURS,
) -> tuple[KeyView, str]:
    """A successor with the same name, scopes, binding and length of life; answers it and, once, its
    secret. The old key works for `grace_hours` more (0 to 168), never longer than it would have.

    Needs what creating the key needs. Raises `NotFound` for a key that is gone, `Conflict` for one
    that was rotated already.
    """
    if not 0 <= grace_hours <= rules.LONGEST_GRACE_HOURS:
        raise Invalid(
            f"grace_hours must be 0 to {rules.LONGEST_GRACE_HOURS}.",
            code="out_of_bounds",
            field="grace_hours",
            minimum=0,
            maximum=rules.LONGEST_GRACE_HOURS,
        )
    ends = timezone.now() + timedelta(hours=grace_hours)
    if org_id is None:
        return _personal(actor, key_id, ends)
    with organization_scope(actor, org_id, "key.manage") as access:
        keys = ApiKey.objects.select_for_update()
        old = keys.filter(id=key_id, revoked_at__isnull=True).first()
        if old is None:
            raise policies.no_key(key_id)
        if old.service_id is None and old.person_id != access.person_id:
            raise Forbidden(
                "This key acts as somebody else: only they can rotate it. You can revoke it.",
                code="key_of_another",
            )
        _once(old.replaced_by)
        checked_scopes(actor, old.scopes)
        new, secret = issue(
            org_id=org_id,
            person_id=old.person_id,
            project_id=old.project_id,
            service_id=old.service_id,
            name=old.name,
            scopes=old.scopes,
            expires_at=_next_expiry(actor, old.created_at, old.expires_at),
        )
        old.replaced_by = new.id
        old.expires_at = min(ends, old.expires_at) if old.expires_at else ends
        if ends <= timezone.now():
            old.revoked_at = timezone.now()
        old.save(update_fields=["replaced_by", "expires_at", "revoked_at"])
        emit(
            "key.rotated",
            actor=actor,
            org_id=org_id,
            project_id=old.project_id,
            subject=str(key_id),
            data=_record(key_view(old), new.id, secret[:SHOWN]),
        )
        if old.revoked_at:
            announce_revocation(key_id=key_id)
    return key_view(new), secret


@transaction.atomic
def _personal(actor: Actor, key_id: UUID, ends: datetime) -> tuple[KeyView, str]:
    person_id = policies.person_in_full(actor, "rotate keys")
    old = next((key for key in personal_keys(person_id) if key.id == key_id), None)
    if old is None:
        raise policies.no_key(key_id)
    _once(old.replaced_by)
    checked_scopes(actor, old.scopes)
    expiry = _next_expiry(actor, old.created_at, old.expires_at)
    secret = new_token(KEY_PREFIX)
    new = personal_key(actor, old.name, old.scopes, expiry, secret, old.idle_days)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenancy_replace_personal_key(%s, %s, %s, %s)",
            [person_id, key_id, new.id, ends],
        )
        (replaced,) = cursor.fetchone() or (None,)
    if not replaced:
        _once(new.id)
    announce(actor, person_id, "key.rotated", key_id, _record(old, new.id, new.prefix))
    if ends <= timezone.now():
        announce_revocation(key_id=key_id)
    return new, secret


def _once(replaced_by: UUID | None) -> None:
    if replaced_by is not None:
        raise Conflict(
            "This key was rotated already; rotate the key that replaced it, or revoke this one.",
            code="key_rotated",
            replaced_by=str(replaced_by),
        )


def _next_expiry(
    actor: Actor, created_at: datetime, expires_at: datetime | None
) -> datetime | None:
    """As long a life as the old key had, and no longer than that of the key that asks."""
    expiry = timezone.now() + (expires_at - created_at) if expires_at else None
    limits = [limit for limit in (expiry, actor.expires_at) if limit]
    return min(limits) if limits else None


def _record(old: KeyView, successor: UUID, prefix: str) -> dict[str, object]:
    return {
        "name": old.name,
        "prefix": old.prefix,
        "replaced_by": str(successor),
        "new_prefix": prefix,
    }

"""Ending an API key."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.tenancy import policies
from buildrunner.server.domains.tenancy.actions.create_api_key import announce
from buildrunner.server.domains.tenancy.models import ApiKey
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.revocations import announce_revocation


def revoke_api_key(actor: Actor, key_id: UUID, *, org_id: UUID | None = None) -> None:
    """End a key at once: an organization's with `org_id`, else one of the actor's personal ones.

    A personal key may end itself, whatever its scopes. Raises `NotFound` when there is none.
    """
    if org_id is None:
        _revoke_personal(actor, key_id)
        return
    with organization_scope(actor, org_id, "key.manage"):
        keys = ApiKey.objects.select_for_update()
        key = keys.filter(id=key_id, revoked_at__isnull=True).first()
        if key is None:
            raise policies.no_key(key_id)
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        emit(
            "key.revoked",
            actor=actor,
            org_id=org_id,
            project_id=key.project_id,
            subject=str(key_id),
            data={"name": key.name, "prefix": key.prefix},
        )
        announce_revocation(key_id=key_id)


@transaction.atomic
def _revoke_personal(actor: Actor, key_id: UUID) -> None:
    if actor.key_id == key_id and actor.org_id is None and actor.person_id:
        person_id = actor.person_id
    else:
        person_id = policies.person_in_full(actor, "revoke keys")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenancy_revoke_personal_key(%s, %s)", [person_id, key_id])
        (prefix,) = cursor.fetchone() or (None,)
    if prefix is None:
        raise policies.no_key(key_id)
    announce(actor, person_id, "key.revoked", key_id, {"prefix": prefix, "personal": True})
    announce_revocation(key_id=key_id)

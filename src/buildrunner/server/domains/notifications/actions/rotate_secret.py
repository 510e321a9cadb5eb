"""A new signing secret; for a while the old one signs beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.actions.announce import announce
from buildrunner.server.domains.notifications.actions.create_endpoint import SEAL
from buildrunner.server.domains.notifications.queries.webhooks import (
    PERMISSION,
    find_endpoint,
    view_of,
)
from buildrunner.server.domains.notifications.types import NewEndpoint
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto import webhook_signatures
from buildrunner.server.platform.crypto.sealing import seal
from buildrunner.server.platform.errors import Invalid

OVERLAP: Final = timedelta(hours=24)
LONGEST_OVERLAP: Final = timedelta(days=7)


def rotate_secret(
    actor: Actor, org_id: UUID, endpoint_id: UUID, *, overlap: timedelta = OVERLAP
) -> NewEndpoint:
    """Make a new secret and answer it this once.

    Messages carry both signatures for `overlap` (0 to 7 days); 0 drops the old one at once. A
    secret that is still in an earlier overlap is dropped.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise Invalid(
            "The overlap must be between 0 and 7 days.", code="overlap_range", field="overlap"
        )
    secret = webhook_signatures.new_secret()
    with organization_scope(actor, org_id, PERMISSION):
        endpoint = find_endpoint(endpoint_id, lock=True)
        until = timezone.now() + overlap if overlap else None
        endpoint.previous_secret = endpoint.secret if until else ""
        endpoint.previous_until = until
        endpoint.secret = seal(secret, SEAL)
        endpoint.save(update_fields=["secret", "previous_secret", "previous_until", "updated_at"])
        announce(
            events.ROTATED,
            actor,
            endpoint,
            previous_until=until.isoformat() if until else None,
        )
        return NewEndpoint(view_of(endpoint), secret)

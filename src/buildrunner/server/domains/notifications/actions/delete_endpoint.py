"""The end of a webhook."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.actions.announce import announce
from buildrunner.server.domains.notifications.models import Endpoint
from buildrunner.server.domains.notifications.queries.webhooks import PERMISSION, find_endpoint
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor


def delete_endpoint(actor: Actor, org_id: UUID, endpoint_id: UUID) -> None:
    """Remove an endpoint with its log; what waits is not sent any more."""
    with organization_scope(actor, org_id, PERMISSION):
        endpoint = find_endpoint(endpoint_id, lock=True)
        announce(events.DELETED, actor, endpoint)
        Endpoint.objects.filter(id=endpoint_id).delete()

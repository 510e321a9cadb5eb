"""A test message."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.utils import timezone

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.actions.announce import announce
from buildrunner.server.domains.notifications.actions.wake import wake
from buildrunner.server.domains.notifications.models import Delivery, Endpoint
from buildrunner.server.domains.notifications.queries.webhooks import (
    PERMISSION,
    delivery_view,
    find_endpoint,
)
from buildrunner.server.domains.notifications.rules import message
from buildrunner.server.domains.notifications.types import DeliveryView
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.errors import Conflict


def send_ping(actor: Actor, org_id: UUID, endpoint_id: UUID) -> DeliveryView:
    """Queue a message of the kind `webhook.ping`, whatever kinds the endpoint hears."""
    with organization_scope(actor, org_id, PERMISSION):
        endpoint = find_endpoint(endpoint_id, lock=True)
        require_enabled(endpoint)
        now = timezone.now()
        event_id = f"ping-{uuid7().hex}"
        delivery = Delivery.objects.create(
            org_id=org_id,
            endpoint_id=endpoint_id,
            event_id=event_id,
            kind=events.PING,
            project_id=endpoint.project_id,
            body=message.body(
                event_id=event_id,
                kind=events.PING,
                origin=settings.BR_PUBLIC_URL,
                org_id=org_id,
                project_id=endpoint.project_id,
                subject=str(endpoint_id),
                actor=actor.record(),
                details={},
                time=now,
            ),
            happened_at=now,
            due_at=now,
        )
        announce(events.PINGED, actor, endpoint, delivery_id=str(delivery.id))
        wake(endpoint)
        return delivery_view(delivery)


def require_enabled(endpoint: Endpoint) -> None:
    """Raise `Conflict` for an endpoint that is switched off."""
    if not endpoint.enabled:
        raise Conflict("It is switched off; switch it on first.", code="webhook_disabled")

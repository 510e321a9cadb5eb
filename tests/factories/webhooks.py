"""Webhooks of a tenant, events for them, and a worker's turn without a worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.models import Attempt, Delivery, Endpoint
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.stream import Position, Record
from factories.tenants import Tenant

PUBLIC = "https://hooks.example.com/in"


def make_webhook(
    tenant: Tenant, url: str = PUBLIC, kinds: Sequence[str] = ("plan.*",), **more: Any
) -> notifications.NewEndpoint:
    """An endpoint of the tenant's organization."""
    return notifications.create_endpoint(tenant.actor, tenant.org_id, url=url, kinds=kinds, **more)


def happens(tenant: Tenant, kind: str = "plan.revised", **more: Any) -> Record:
    """An event of the tenant's project, as a subscriber is given it."""
    more = {"subject": str(tenant.project_id), "data": {"revision": 7}} | more
    with tenant_scope(tenant.org_id):
        event = emit(kind, actor=SYSTEM, org_id=tenant.org_id, project_id=tenant.project_id, **more)
        return record_of(Event.objects.get(id=event.id))


def record_of(row: Event) -> Record:
    """A row as the stream reads it."""
    return Record(
        Position(row.epoch, row.transaction, row.id), row.kind, row.org_id, row.project_id,
        row.subject, row.actor, row.data, row.created_at,
    )  # fmt: skip


def tell(*records: Record) -> None:
    """The subscriber's turn."""
    notifications.take_events(records)


def look(tenant: Tenant, endpoint_id: UUID) -> None:
    """The job's turn: the look that the endpoint waits for, now."""
    with tenant_scope(tenant.org_id):
        wake_at = Endpoint.objects.get(id=endpoint_id).wake_at
    if wake_at is not None:
        notifications.deliver(tenant.org_id, endpoint_id, wake_at=wake_at)


def make_due(tenant: Tenant, endpoint_id: UUID) -> None:
    """As if the pauses were over."""
    with tenant_scope(tenant.org_id):
        for row in Delivery.objects.filter(endpoint_id=endpoint_id, due_at__isnull=False):
            row.due_at = row.created_at
            row.save(update_fields=["due_at"])


def log(tenant: Tenant, endpoint_id: UUID) -> list[notifications.DeliveryView]:
    """The endpoint's deliveries, oldest first."""
    return notifications.deliveries(tenant.actor, tenant.org_id, endpoint_id, limit=500)[::-1]


def make_log(tenant: Tenant) -> tuple[UUID, UUID]:
    """A row in each of the room's tables: the ids of an endpoint and of a delivery."""
    endpoint = make_webhook(tenant, "https://hooks.example.com/Victim").endpoint
    delivery = notifications.send_ping(tenant.actor, tenant.org_id, endpoint.id)
    with tenant_scope(tenant.org_id):
        Attempt.objects.create(org_id=tenant.org_id, delivery_id=delivery.id, number=1)
    return endpoint.id, delivery.id

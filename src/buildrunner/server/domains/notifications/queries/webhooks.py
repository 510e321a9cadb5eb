"""Endpoints and their log; every read needs `webhook.manage`."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from buildrunner.server.domains.notifications.models import Attempt, Delivery, Endpoint
from buildrunner.server.domains.notifications.types import (
    AttemptView,
    DeliveryDetail,
    DeliveryView,
    EndpointView,
)
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotFound

PERMISSION: Final = "webhook.manage"
_STATE: Final = {
    "pending": Q(due_at__isnull=False),
    "delivered": Q(due_at__isnull=True, delivered_at__isnull=False),
    "failed": Q(due_at__isnull=True, delivered_at__isnull=True),
}
STATES: Final = tuple(_STATE)


def endpoints(
    actor: Actor, org_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[EndpointView]:
    """The endpoints of an organization, newest first."""
    with organization_scope(actor, org_id, PERMISSION):
        rows = Endpoint.objects.filter(service="webhook").order_by("-id")
        if before:
            rows = rows.filter(id__lt=before)
        return [view_of(row) for row in rows[:limit]]


def get_endpoint(actor: Actor, org_id: UUID, endpoint_id: UUID) -> EndpointView:
    """One endpoint; raises `NotFound`."""
    with organization_scope(actor, org_id, PERMISSION):
        return view_of(find_endpoint(endpoint_id))


def deliveries(
    actor: Actor,
    org_id: UUID,
    endpoint_id: UUID,
    *,
    failed: bool = False,
    state: str | None = None,
    kind: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[DeliveryView]:
    """The log of an endpoint, newest first; `failed`: only what failed last, given up or not.

    `state` is one of `STATES`, `kind` a kind of event.
    """
    with organization_scope(actor, org_id, PERMISSION):
        find_endpoint(endpoint_id)
        rows = Delivery.objects.filter(endpoint_id=endpoint_id).order_by("-id").defer("body")
        if failed:
            rows = rows.exclude(trouble="")
        if state:
            rows = rows.filter(_STATE[state])
        if kind:
            rows = rows.filter(kind=kind)
        if before:
            rows = rows.filter(id__lt=before)
        return [delivery_view(row) for row in rows[:limit]]


def get_delivery(
    actor: Actor, org_id: UUID, endpoint_id: UUID, delivery_id: UUID
) -> DeliveryDetail:
    """A delivery with its message and attempts; raises `NotFound`."""
    with organization_scope(actor, org_id, PERMISSION):
        endpoint = find_endpoint(endpoint_id)
        row = find_delivery(endpoint_id, delivery_id)
        attempts = Attempt.objects.filter(delivery_id=delivery_id).order_by("-number")
        return DeliveryDetail(
            delivery=delivery_view(row),
            url=endpoint.url,
            body=row.body,
            attempts=[attempt_view(attempt) for attempt in attempts],
        )


def find_endpoint(endpoint_id: UUID, *, lock: bool = False) -> Endpoint:
    """A row of the organization in scope; raises `NotFound`."""
    rows = Endpoint.objects.select_for_update() if lock else Endpoint.objects.all()
    found = rows.filter(id=endpoint_id, service="webhook").first()
    if found is None:
        raise NotFound(f"No webhook {endpoint_id} here.", code="webhook_not_found")
    return found


def find_delivery(endpoint_id: UUID, delivery_id: UUID, *, lock: bool = False) -> Delivery:
    """A row of an endpoint in scope; raises `NotFound`."""
    rows = Delivery.objects.select_for_update() if lock else Delivery.objects.all()
    found = rows.filter(endpoint_id=endpoint_id, id=delivery_id).first()
    if found is None:
        raise NotFound(
            f"No delivery {delivery_id} here; they are kept for 30 days.",
            code="delivery_not_found",
        )
    return found


def view_of(row: Endpoint) -> EndpointView:
    """An endpoint row without what is sealed."""
    until = row.previous_until
    return EndpointView(
        id=row.id,
        org_id=row.org_id,
        project_id=row.project_id,
        url=row.url,
        description=row.description,
        kinds=list(row.kinds),
        enabled=row.enabled,
        disabled_reason=row.disabled_reason,
        disabled_at=row.disabled_at,
        previous_secret_until=until if until and until > timezone.now() else None,
        failures=row.failures,
        failing_since=row.failing_since,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def delivery_view(row: Delivery) -> DeliveryView:
    """A delivery row without its message."""
    settled = "delivered" if row.delivered_at else "failed"
    return DeliveryView(
        id=row.id,
        endpoint_id=row.endpoint_id,
        event_id=row.event_id,
        kind=row.kind,
        project_id=row.project_id,
        state=settled if row.due_at is None else "pending",
        attempts=row.attempts,
        trouble=row.trouble,
        happened_at=row.happened_at,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
        next_attempt_at=row.due_at,
    )


def attempt_view(row: Attempt) -> AttemptView:
    """An attempt row."""
    return AttemptView(
        number=row.number,
        started_at=row.created_at,
        finished_at=row.finished_at,
        status=row.status,
        latency_ms=row.latency_ms,
        trouble=row.trouble,
        answer=row.answer,
        signatures=row.signatures,
    )

"""Send again: one message, or all since a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.actions.announce import announce
from buildrunner.server.domains.notifications.actions.send_ping import require_enabled
from buildrunner.server.domains.notifications.actions.take_events import queue
from buildrunner.server.domains.notifications.actions.wake import moments, wake
from buildrunner.server.domains.notifications.models import Delivery, Endpoint
from buildrunner.server.domains.notifications.queries.webhooks import (
    PERMISSION,
    delivery_view,
    find_delivery,
    find_endpoint,
)
from buildrunner.server.domains.notifications.rules.kinds import EVERYTHING
from buildrunner.server.domains.notifications.rules.retries import RETENTION
from buildrunner.server.domains.notifications.types import DeliveryView, Replayed
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.stream import Position, Record

MOST: Final = 1000


def replay_delivery(
    actor: Actor, org_id: UUID, endpoint_id: UUID, delivery_id: UUID
) -> DeliveryView:
    """Send one message again, under the same id; one that waits goes out at once."""
    with organization_scope(actor, org_id, PERMISSION):
        endpoint = find_endpoint(endpoint_id, lock=True)
        require_enabled(endpoint)
        row = find_delivery(endpoint_id, delivery_id, lock=True)
        queue_again(endpoint, [row])
        announce(events.REPLAYED, actor, endpoint, deliveries=1, since=None)
        return delivery_view(row)


def replay_since(
    actor: Actor,
    org_id: UUID,
    endpoint_id: UUID,
    *,
    since: datetime,
    everything: bool = False,
) -> Replayed:
    """Send again what happened at or after `since` and did not arrive, or `everything`.

    What was missed while the endpoint was switched off is made up for. At most 1,000 messages at
    once, the oldest first. Raises `Invalid` for a moment in the future or beyond retention.
    """
    now = timezone.now()
    if not now - RETENTION <= since <= now:
        raise Invalid("since must lie within the last 30 days.", code="since_range", field="since")
    with organization_scope(actor, org_id, PERMISSION):
        endpoint = find_endpoint(endpoint_id, lock=True)
        require_enabled(endpoint)
        rows = Delivery.objects.select_for_update().filter(
            endpoint_id=endpoint_id, happened_at__gte=since, due_at__isnull=True
        )
        if not everything:
            rows = rows.filter(delivered_at__isnull=True)
        found = list(rows.order_by("happened_at", "id")[: MOST + 1])
        more = len(found) > MOST
        queued = queue_again(endpoint, found[:MOST])
        if not more:
            made, more = _make_up(endpoint, since, MOST - queued)
            queued += made
        if queued:
            announce(events.REPLAYED, actor, endpoint, deliveries=queued, since=since.isoformat())
        return Replayed(queued, more)


def queue_again(endpoint: Endpoint, rows: list[Delivery]) -> int:
    """Make settled messages due again; how many. The caller holds the locks."""
    for row, moment in zip(rows, moments(len(rows)), strict=True):
        row.due_at, row.delivered_at, row.tries = moment, None, 0
    Delivery.objects.bulk_update(rows, ["due_at", "delivered_at", "tries"])
    if rows:
        wake(endpoint)
    return len(rows)


def _make_up(endpoint: Endpoint, since: datetime, room: int) -> tuple[int, bool]:
    """Messages for events that never had one, and whether there are more than fit."""
    since = max(since, endpoint.created_at)
    known = Delivery.objects.filter(endpoint_id=endpoint.id, happened_at__gte=since)
    seen = set(known.values_list("event_id", flat=True))
    rows = Event.objects.filter(_heard(endpoint.kinds), created_at__gte=since)
    if endpoint.project_id:
        rows = rows.filter(project_id=endpoint.project_id)
    places = rows.order_by("epoch", "transaction", "id").values_list("epoch", "transaction", "id")
    missed: list[int] = []
    for place in places.iterator(chunk_size=5000):
        if Position(*place).token() not in seen:
            missed.append(place[2])
            if len(missed) > room:
                break
    found = Event.objects.filter(id__in=missed[:room]).order_by("epoch", "transaction", "id")
    return queue(endpoint, [_record(row) for row in found]), len(missed) > room


def _heard(kinds: list[str]) -> Q:
    """The patterns (`rules.kinds`) as a condition on events."""
    condition = Q(kind__in=kinds)
    for pattern in kinds:
        if pattern == EVERYTHING:
            return Q()
        if pattern.endswith(".*"):
            condition |= Q(kind__startswith=pattern.removesuffix("*"))
    return condition


def _record(row: Event) -> Record:
    return Record(
        position=Position(row.epoch, row.transaction, row.id),
        kind=row.kind,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=row.subject,
        actor=row.actor,
        data=row.data,
        time=row.created_at,
    )

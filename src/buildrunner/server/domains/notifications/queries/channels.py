"""Channels, their logs, and what was given up."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.notifications.models import Attempt, Delivery, Endpoint
from buildrunner.server.domains.notifications.policies import channel_scope, judge_channel
from buildrunner.server.domains.notifications.queries.webhooks import (
    attempt_view,
    delivery_view,
    find_delivery,
)
from buildrunner.server.domains.notifications.types import (
    ChannelDelivery,
    ChannelDeliveryDetail,
    ChannelView,
)
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor

EMAIL: Final = "email"


def channels(
    actor: Actor,
    org_id: UUID,
    *,
    project_id: UUID | None = None,
    personal: bool = False,
    before: UUID | None = None,
    limit: int = 50,
) -> list[ChannelView]:
    """The channels of an organization with those of its projects, of one project, or one's own,
    newest first. The organization's way to mailboxes is among the first."""
    with channel_scope(actor, org_id, project_id=project_id, personal=personal) as person_id:
        rows = Endpoint.objects.exclude(service="webhook").filter(person_id=person_id)
        if project_id is not None:
            rows = rows.filter(project_id=project_id)
        if before:
            rows = rows.filter(id__lt=before)
        return [channel_view(row) for row in rows.order_by("-id")[:limit]]


def get_channel(actor: Actor, org_id: UUID, channel_id: UUID) -> ChannelView:
    """One channel; raises `NotFound`."""
    with organization_scope(actor, org_id) as access:
        row = Endpoint.objects.filter(id=channel_id).first()
        return channel_view(judge_channel(actor, access, row))


def channel_deliveries(
    actor: Actor,
    org_id: UUID,
    channel_id: UUID,
    *,
    state: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[ChannelDelivery]:
    """The log of a channel, newest first; `failed` are the dead letters."""
    with organization_scope(actor, org_id) as access:
        row = Endpoint.objects.filter(id=channel_id).first()
        judge_channel(actor, access, row)
        rows = Delivery.objects.filter(endpoint_id=channel_id).order_by("-id").defer("body")
        if state == "pending":
            rows = rows.filter(due_at__isnull=False)
        elif state == "delivered":
            rows = rows.filter(due_at__isnull=True, delivered_at__isnull=False)
        elif state == "failed":
            rows = rows.filter(due_at__isnull=True, delivered_at__isnull=True)
        if before:
            rows = rows.filter(id__lt=before)
        found = list(rows[:limit])
        people = identity.people({one.person_id for one in found if one.person_id})
        return [
            ChannelDelivery(
                delivery_view(one),
                people[one.person_id].name if one.person_id in people else "",
            )
            for one in found
        ]


def channel_delivery(
    actor: Actor, org_id: UUID, channel_id: UUID, delivery_id: UUID
) -> ChannelDeliveryDetail:
    """A delivery with every attempt. What a mail says is its person's alone."""
    with organization_scope(actor, org_id) as access:
        row = Endpoint.objects.filter(id=channel_id).first()
        channel = judge_channel(actor, access, row)
        found = find_delivery(channel_id, delivery_id)
        attempts = Attempt.objects.filter(delivery_id=delivery_id).order_by("-number")
        return ChannelDeliveryDetail(
            delivery=delivery_view(found),
            message="" if channel.service == EMAIL else found.body,
            attempts=[attempt_view(one) for one in attempts],
        )


def channel_view(row: Endpoint) -> ChannelView:
    """A channel without what opens it."""
    return ChannelView(
        id=row.id,
        org_id=row.org_id,
        project_id=row.project_id,
        personal=row.person_id is not None,
        service=row.service,
        address=row.url,
        description=row.description,
        kinds=list(row.kinds),
        least=row.least,
        enabled=row.enabled,
        disabled_reason=row.disabled_reason,
        failures=row.failures,
        failing_since=row.failing_since,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )

"""Channels to chats: added, changed, tried, removed; and their messages sent again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.actions.announce import announce
from buildrunner.server.domains.notifications.actions.change_endpoint import switch_off, switch_on
from buildrunner.server.domains.notifications.actions.create_endpoint import (
    SEAL,
    checked_description,
    checked_url,
)
from buildrunner.server.domains.notifications.actions.replay import queue_again
from buildrunner.server.domains.notifications.actions.send_ping import require_enabled
from buildrunner.server.domains.notifications.actions.wake import wake
from buildrunner.server.domains.notifications.models import Delivery, Endpoint
from buildrunner.server.domains.notifications.policies import (
    COLLABORATION,
    channel_scope,
    judge_channel,
    require_feature,
)
from buildrunner.server.domains.notifications.queries.channels import channel_view
from buildrunner.server.domains.notifications.queries.webhooks import delivery_view, find_delivery
from buildrunner.server.domains.notifications.rules import catalogue, chat
from buildrunner.server.domains.notifications.rules import kinds as kind_rules
from buildrunner.server.domains.notifications.types import ChannelView, DeliveryView
from buildrunner.server.domains.tenancy.facade import OrgAccess, organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.sealing import seal
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.errors import Conflict, Invalid

MOST: Final = 50
MOST_PERSONAL: Final = 5
# What a channel hears unless somebody chooses: what a team talks about, not every save.
USUAL: Final = (
    "approval.*", "emergency.*", "evidence.received", "claim.expired", "budget.*",
    "comment.written", "check.*", "channel.disabled", "webhook.disabled",
)  # fmt: skip


def create_channel(
    actor: Actor,
    org_id: UUID,
    *,
    service: str,
    url: str,
    kinds: Sequence[str] | None = None,
    least: str = "low",
    description: str = "",
    project_id: UUID | None = None,
    personal: bool = False,
) -> ChannelView:
    """Let a chat be told from now on: of an organization, of a project, or what oneself is told.

    The address is a secret: it is sealed, and shown masked. Raises `Invalid` naming the field,
    `Conflict` when there are as many as there may be.
    """
    if service not in chat.SERVICES:
        raise Invalid(
            f"{service[:40]!r} is no service; there are {', '.join(chat.SERVICES)}.",
            code="service_unknown",
            field="service",
        )
    address = checked_url(url)
    wanted = [] if personal else kind_rules.checked(kinds or USUAL)
    description = checked_description(description)
    _known_priority(least)
    if personal and project_id:
        raise Invalid("A channel of one's own belongs to no project.", code="channel_personal",
                      field="project_id")  # fmt: skip
    with channel_scope(actor, org_id, project_id=project_id, personal=personal) as person_id:
        require_feature(org_id, COLLABORATION)
        held = Endpoint.objects.exclude(service__in=("webhook", "email"))
        most = MOST_PERSONAL if personal else MOST
        if held.filter(person_id=person_id).count() >= most:
            raise Conflict(
                f"There are {most} channels already; delete one first.", code="channels_full"
            )
        row = Endpoint.objects.create(
            org_id=org_id,
            project_id=project_id,
            person_id=person_id,
            service=service,
            url=chat.masked(address),
            secret=seal(address, SEAL),
            kinds=wanted,
            least=least,
            description=description,
        )
        announce(
            events.CHANNEL_ADDED,
            actor,
            row,
            project_id=str(project_id) if project_id else None,
            personal=personal,
        )
        return channel_view(row)


def change_channel(
    actor: Actor,
    org_id: UUID,
    channel_id: UUID,
    *,
    url: str | None = None,
    kinds: Sequence[str] | None = None,
    least: str | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> ChannelView:
    """Change what is given; the way to mailboxes can only be looked at."""
    address = None if url is None else checked_url(url)
    wished = {
        "kinds": None if kinds is None else kind_rules.checked(kinds),
        "least": None if least is None else _known_priority(least),
        "description": None if description is None else checked_description(description),
    }
    with organization_scope(actor, org_id) as access:
        row = _find(actor, access, channel_id)
        if row.person_id:
            wished["kinds"] = None  # it hears what the person is told
        changed = [
            name
            for name, value in wished.items()
            if value is not None and value != getattr(row, name)
        ]
        for name in changed:
            setattr(row, name, wished[name])
        if address is not None:
            row.url, row.secret = chat.masked(address), seal(address, SEAL)
            changed.append("address")
        if changed:
            row.save()
            announce(events.CHANNEL_CHANGED, actor, row, changed=changed)
        if enabled is not None and enabled != row.enabled:
            if enabled:
                switch_on(row, actor)
            else:
                switch_off(row, actor, reason="person")
        return channel_view(row)


def delete_channel(actor: Actor, org_id: UUID, channel_id: UUID) -> None:
    """Remove a channel with its log; what waits is not sent any more."""
    with organization_scope(actor, org_id) as access:
        row = _find(actor, access, channel_id)
        announce(events.CHANNEL_REMOVED, actor, row)
        Endpoint.objects.filter(id=row.id).delete()


def try_channel(actor: Actor, org_id: UUID, channel_id: UUID) -> DeliveryView:
    """Queue a message that says that the channel works, whatever kinds it hears."""
    with organization_scope(actor, org_id) as access:
        row = _find(actor, access, channel_id)
        require_enabled(row)
        now = timezone.now()
        event_id = f"test-{uuid7().hex}"
        message = chat.Message(
            id=event_id,
            kind=events.CHANNEL_TESTED,
            priority="normal",
            title="BuildRunner reaches this channel",
            text="What happens in your projects appears here from now on.",
            url=f"{settings.BR_PUBLIC_URL}/projects",
            where="",
            actor=actor.name,
            time=now.astimezone(UTC).isoformat(timespec="seconds"),
        )
        delivery = Delivery.objects.create(
            org_id=org_id,
            endpoint_id=row.id,
            event_id=event_id,
            kind=events.CHANNEL_TESTED,
            project_id=row.project_id,
            body=json.dumps(chat.payload(row.service, message), ensure_ascii=False),
            happened_at=now,
            due_at=now,
        )
        announce(events.CHANNEL_TESTED, actor, row, delivery_id=str(delivery.id))
        wake(row)
        return delivery_view(delivery)


def replay_channel_delivery(
    actor: Actor, org_id: UUID, channel_id: UUID, delivery_id: UUID
) -> DeliveryView:
    """Send one message (a dead letter) again, under the same id."""
    with organization_scope(actor, org_id) as access:
        row = _find(actor, access, channel_id, mailbox=True)
        require_enabled(row)
        delivery = find_delivery(channel_id, delivery_id, lock=True)
        queue_again(row, [delivery])
        announce(events.CHANNEL_REPLAYED, actor, row, deliveries=1)
        return delivery_view(delivery)


def replay_dead_letters(actor: Actor, org_id: UUID, channel_id: UUID) -> int:
    """Send every dead letter of a channel again, at most 1,000; how many."""
    with organization_scope(actor, org_id) as access:
        row = _find(actor, access, channel_id, mailbox=True)
        require_enabled(row)
        dead = Delivery.objects.select_for_update().filter(
            endpoint_id=channel_id, due_at__isnull=True, delivered_at__isnull=True
        )
        count = queue_again(row, list(dead.order_by("id")[:1000]))
        if count:
            announce(events.CHANNEL_REPLAYED, actor, row, deliveries=count)
        return count


def _find(actor: Actor, access: OrgAccess, channel_id: UUID, *, mailbox: bool = False) -> Endpoint:
    found = Endpoint.objects.select_for_update().filter(id=channel_id).first()
    row = judge_channel(actor, access, found)
    if row.service == "email" and not mailbox:
        raise Conflict(
            "Mail goes out as the server's settings say; people choose it for themselves.",
            code="channel_fixed",
        )
    return row


def _known_priority(least: str) -> str:
    if least not in catalogue.PRIORITIES:
        raise Invalid(
            f"A priority is one of {', '.join(catalogue.PRIORITIES)}.",
            code="priority_unknown",
            field="least",
        )
    return least

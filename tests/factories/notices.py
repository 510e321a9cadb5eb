"""Things that people are told."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.models import Notice
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from factories.tenants import Tenant


def told(tenant: Tenant, *people: UUID, **more: Any) -> int:
    """Tell people (the owner) of something in the tenant's project; how many are new to it."""
    fields: dict[str, Any] = {
        "event_id": uuid4().hex,
        "kind": "comment.mentioned",
        "subject": "microstep:m1.s1.ms1",
        "title": "Grace mentions you",
        "body": "Please look at the criteria.",
        "url": f"/projects/{tenant.project_id}/plan",
        "project_id": tenant.project_id,
    } | more
    return notifications.notify(
        org_id=tenant.org_id, recipients=people or (tenant.person.id,), **fields
    )


def notices(tenant: Tenant) -> list[Notice]:
    """Every notice of the organization, oldest first."""
    with tenant_scope(tenant.org_id):
        return list(Notice.objects.order_by("id"))


def make_notices(tenant: Tenant) -> UUID:
    """A row in each of the inbox's tables: the id of a notice."""
    told(tenant)
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        notifications.watch(access, tenant.person.id, "microstep:m1.s1.ms1", "manual")
    return notices(tenant)[-1].id


def at_night() -> dict[str, object]:
    """Quiet hours that last from an hour ago to an hour from now."""
    minute = timezone.now().hour * 60 + timezone.now().minute
    return {"quiet_from": (minute - 60) % 1440, "quiet_to": (minute + 60) % 1440}


def make_channel(
    tenant: Tenant, url: str = "https://hooks.example.com/Victim", **more: Any
) -> notifications.ChannelView:
    """A chat that the tenant's organization tells; Slack unless said otherwise."""
    fields: dict[str, Any] = {"service": "slack", "url": url} | more
    return notifications.create_channel(tenant.actor, tenant.org_id, **fields)


def make_sent(tenant: Tenant) -> tuple[UUID, UUID]:
    """The ids of a channel and of the test message that waits to go there."""
    channel = make_channel(tenant)
    return channel.id, notifications.try_channel(tenant.actor, tenant.org_id, channel.id).id

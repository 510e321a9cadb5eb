"""Mark what is in one's inbox as read, or unread again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.models import Notice
from buildrunner.server.domains.notifications.queries.inbox import views, visible
from buildrunner.server.domains.notifications.types import NoticeView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import NotFound
from buildrunner.server.platform.events.emit import emit


def mark_read(actor: Actor, *, ids: Sequence[UUID] | None = None, read: bool = True) -> int:
    """Of these notices, or of all (`None`); ids of others' are passed over. How many changed."""
    with transaction.atomic():
        rows = visible(actor, unread=read, ids=ids)
        by_organization: dict[UUID, list[UUID]] = defaultdict(list)
        for row in rows:
            if read or row.read_at is not None:
                by_organization[row.org_id].append(row.id)
        return sum(_mark(actor, *entry, read=read) for entry in sorted(by_organization.items()))


def mark_one(actor: Actor, notice_id: UUID, *, read: bool) -> NoticeView:
    """One notice; raises `NotFound` for one that is not in the actor's inbox."""
    with transaction.atomic():
        if not visible(actor, ids=[notice_id]):
            raise NotFound(
                f"No notification {notice_id} in your inbox. `GET /api/notifications` lists them.",
                code="notification_not_found",
            )
        mark_read(actor, ids=[notice_id], read=read)
        return views(visible(actor, ids=[notice_id]))[0]


def _mark(actor: Actor, org_id: UUID, ids: list[UUID], *, read: bool) -> int:
    with tenant_scope(org_id):
        rows = Notice.objects.filter(id__in=ids, read_at__isnull=read)
        changed = rows.update(read_at=timezone.now() if read else None)
        if changed:
            emit(
                events.READ,
                actor=actor,
                org_id=org_id,
                subject=str(actor.person_id),
                data={"people": [str(actor.person_id)], "read": changed if read else -changed},
            )
        return changed

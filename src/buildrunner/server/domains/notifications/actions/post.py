"""Queue what goes out with notices: mails that wait for nothing, and messages to own chats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.notifications.actions.attempt import EMAIL
from buildrunner.server.domains.notifications.actions.wake import wake
from buildrunner.server.domains.notifications.models import Delivery, Endpoint, Notice
from buildrunner.server.domains.notifications.queries.preferences import Wishes
from buildrunner.server.domains.notifications.rules import catalogue, chat, letters, timing
from buildrunner.server.domains.notifications.rules.unsubscribing import EVERYTHING, token_for
from buildrunner.server.domains.tenancy.facade import Project

PREFERENCES = "/account/notifications"


def post(org_id: UUID, notices: Sequence[tuple[Notice, Wishes]]) -> None:
    """In the transaction that writes the notices."""
    now = timezone.now()
    mailed = [
        notice for notice, wishes in notices if notice.mail_at is None and wishes.mails(notice.kind)
    ]
    for notice in mailed:
        post_mail(org_id, notice.person_id, [notice])
    chatty = {
        notice.person_id: (notice, wishes)
        for notice, wishes in notices
        if wishes.wants(notice.kind, catalogue.CHAT)
    }
    if chatty:
        _post_chats(chatty, now)


def post_mail(org_id: UUID, person_id: UUID, notices: Sequence[Notice]) -> None:
    """One mail of one or several notices of one person."""
    titles = titles_of(notices)
    told = [
        letters.Told(
            notice.title,
            notice.body,
            whole(notice.url),
            notice.priority,
            titles.get(notice.project_id, ""),
        )
        for notice in notices
    ]
    single = len(notices) == 1
    kind = notices[0].kind if single else EVERYTHING
    link = whole(f"/notifications/unsubscribe/{token_for(person_id, kind)}")
    write = letters.letter if single else letters.digest
    mail = write(
        told[0] if single else told,  # type: ignore[arg-type]
        preferences=whole(PREFERENCES),
        unsubscribe=link,
    )
    endpoint = _mailbox(org_id)
    now = timezone.now()
    Delivery.objects.create(
        org_id=org_id,
        endpoint_id=endpoint.id,
        event_id=f"mail:{notices[0].id}",
        kind=notices[0].kind if single else "digest",
        project_id=notices[0].project_id if single else None,
        person_id=person_id,
        body=mail.packed(),
        happened_at=notices[0].created_at,
        due_at=now,
    )
    wake(endpoint)


def titles_of(notices: Sequence[Notice]) -> dict[UUID | None, str]:
    """The titles of their projects; in the organization's scope."""
    ids = {notice.project_id for notice in notices if notice.project_id}
    return dict(Project.objects.filter(id__in=ids).values_list("id", "title"))


def whole(url: str) -> str:
    """A path of ours with the server's public address."""
    return f"{settings.BR_PUBLIC_URL}{url}" if url.startswith("/") or not url else url


def _mailbox(org_id: UUID) -> Endpoint:
    """The organization's way to its people's mailboxes, locked."""
    Endpoint.objects.bulk_create(
        [Endpoint(org_id=org_id, service=EMAIL, url="", kinds=[], secret="")],
        ignore_conflicts=True,
    )
    return Endpoint.objects.select_for_update().get(service=EMAIL)


def _post_chats(chatty: dict[UUID, tuple[Notice, Wishes]], now: datetime) -> None:
    endpoints = list(
        Endpoint.objects.select_for_update()
        .filter(person_id__in=list(chatty), enabled=True)
        .order_by("id")
    )
    if not endpoints:
        return
    titles = titles_of([notice for notice, _ in chatty.values()])
    actors = identity.people({one.actor_id for one, _ in chatty.values() if one.actor_id})
    for endpoint in endpoints:
        notice, wishes = chatty[endpoint.person_id]  # type: ignore[index]
        if not catalogue.presses(notice.priority, endpoint.least):
            continue
        actor = actors.get(notice.actor_id) if notice.actor_id else None
        message = chat.Message(
            id=str(notice.id),
            kind=notice.kind,
            priority=notice.priority,  # type: ignore[arg-type]
            title=notice.title,
            text=notice.body,
            url=whole(notice.url),
            where=titles.get(notice.project_id, ""),
            actor=actor.name if actor else "",
            time=notice.created_at.astimezone(UTC).isoformat(timespec="seconds"),
        )
        quiet = None if notice.priority == "urgent" else timing.quiet_until(wishes.clock, now)
        Delivery.objects.create(
            org_id=endpoint.org_id,
            endpoint_id=endpoint.id,
            event_id=f"notice:{notice.id}",
            kind=notice.kind,
            project_id=notice.project_id,
            body=json.dumps(chat.payload(endpoint.service, message), ensure_ascii=False),
            happened_at=notice.created_at,
            due_at=quiet or now,
        )
        wake(endpoint, quiet)

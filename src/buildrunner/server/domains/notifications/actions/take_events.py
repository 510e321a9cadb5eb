"""From events to messages: the subscriber's handler."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from buildrunner.server.domains.notifications.actions.attempt import EMAIL, WEBHOOK
from buildrunner.server.domains.notifications.actions.wake import moments, wake
from buildrunner.server.domains.notifications.models import Delivery, Endpoint
from buildrunner.server.domains.notifications.policies import silenced
from buildrunner.server.domains.notifications.rules import chat, message
from buildrunner.server.domains.notifications.rules.catalogue import presses
from buildrunner.server.domains.notifications.rules.kinds import hears
from buildrunner.server.domains.notifications.rules.words import Happening, words_of
from buildrunner.server.domains.tenancy.facade import Project
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.stream import Record


def take_events(records: Sequence[Record]) -> None:
    """Make one message for each event and each endpoint that hears it, and wake the endpoints.

    Records are in the order of the stream. The same records again make no second message.
    """
    by_organization: dict[UUID, list[Record]] = defaultdict(list)
    for record in records:
        by_organization[record.org_id].append(record)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT notifications_listening(%s)", [list(by_organization)])
        listening = [row[0] for row in cursor.fetchall()]
    for org_id in listening:
        with tenant_scope(org_id):
            _take(by_organization[org_id])


def _take(records: Sequence[Record]) -> None:
    # In the order of their ids, so that nobody waits in a circle for their locks.
    shared = Endpoint.objects.filter(enabled=True, person_id__isnull=True).exclude(service=EMAIL)
    for endpoint in shared.select_for_update().order_by("id"):
        heard = [record for record in records if concerns(endpoint, record)]
        queue(endpoint, heard)


def concerns(endpoint: Endpoint, record: Record) -> bool:
    """Whether the endpoint hears this event: what happened before it was made does not count."""
    fits = (
        record.time >= endpoint.created_at
        and endpoint.project_id in (None, record.project_id)
        and hears(endpoint.kinds, record.kind)
    )
    if not fits or endpoint.service == WEBHOOK:
        return fits
    return presses(words_of(happening(record)).priority, endpoint.least) and not silenced(
        record.org_id, record.project_id, endpoint.service
    )


def queue(endpoint: Endpoint, records: Sequence[Record]) -> int:
    """Make messages of events, in their order; how many are new. The row's lock is held."""
    known = set(
        Delivery.objects.filter(
            endpoint_id=endpoint.id,
            event_id__in=[record.position.token() for record in records],
        ).values_list("event_id", flat=True)
    )
    new = [record for record in records if record.position.token() not in known]
    titles = _titles(new) if endpoint.service != WEBHOOK else {}
    Delivery.objects.bulk_create(
        [
            Delivery(
                org_id=endpoint.org_id,
                endpoint_id=endpoint.id,
                event_id=record.position.token(),
                kind=record.kind,
                project_id=record.project_id,
                body=body_of(record)
                if endpoint.service == WEBHOOK
                else said(record, endpoint.service, titles),
                happened_at=record.time,
                due_at=due_at,
            )
            for record, due_at in zip(new, moments(len(new)), strict=True)
        ]
    )
    if new:
        wake(endpoint)
    return len(new)


def body_of(record: Record) -> str:
    """The message of an event; its id is the event's in the stream, which no restore changes."""
    return message.body(
        event_id=record.position.token(),
        kind=record.kind,
        origin=settings.BR_PUBLIC_URL,
        org_id=record.org_id,
        project_id=record.project_id,
        subject=record.subject,
        actor=record.actor,
        details=record.data,
        time=record.time,
    )


def said(record: Record, service: str, titles: dict[UUID | None, str]) -> str:
    """The message of an event in words, as a chat takes it."""
    words = words_of(happening(record))
    message = chat.Message(
        id=record.position.token(),
        kind=record.kind,
        priority=words.priority,
        title=words.title,
        text=words.text,
        url=f"{settings.BR_PUBLIC_URL}{words.path or '/'}",
        where=titles.get(record.project_id, ""),
        actor=str(record.actor.get("name") or ""),
        time=record.time.astimezone(UTC).isoformat(timespec="seconds"),
    )
    return json.dumps(chat.payload(service, message), ensure_ascii=False)


def happening(record: Record) -> Happening:
    """A record as the table of words takes it."""
    return Happening(
        record.kind,
        record.subject,
        record.data,
        str(record.actor.get("name") or "BuildRunner"),
        record.org_id,
        record.project_id,
    )


def _titles(records: Sequence[Record]) -> dict[UUID | None, str]:
    ids = {record.project_id for record in records if record.project_id}
    return dict(Project.objects.filter(id__in=ids).values_list("id", "title"))

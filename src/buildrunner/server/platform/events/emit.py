"""Record that something happened, in the transaction in which it happened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.observe import metrics, traces

CHANNEL = "buildrunner_events"

# What concerns people rather than a tenant (accounts, sign-in) stands under this organization,
# which nobody is a member of: only platform staff follows it.
PLATFORM = UUID(int=0)


def emit(
    kind: str,
    *,
    actor: Actor,
    org_id: UUID,
    project_id: UUID | None = None,
    subject: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """Append one event and wake the listeners when the transaction commits.

    `kind` is `noun.verb_past` (`plan.revised`), `subject` the id of what changed, `data` what a
    subscriber needs without reading the row. The scope of `org_id` must be set.
    """
    event = Event.objects.create(
        kind=kind,
        org_id=org_id,
        project_id=project_id,
        subject=subject,
        actor=actor.record(),
        data=data or {},
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    metrics.events.labels(kind).inc()
    traces.emitted(kind, subject)
    return event

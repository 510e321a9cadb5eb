"""Sources of usage as they are shown; in the organization's scope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.analytics.errors import UsageSourceAbsent
from buildrunner.server.domains.analytics.models import Source
from buildrunner.server.domains.analytics.policies import place_scope
from buildrunner.server.domains.analytics.types.watching import SourceView
from buildrunner.server.platform.actor import Actor

SEAL: Final = "analytics.source"


def list_sources(org_id: UUID, *, project_id: UUID | None = None) -> list[SourceView]:
    """Of an organization, or those of one project, oldest first."""
    rows = Source.objects.filter(org_id=org_id).order_by("id")
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    return [view_of(row) for row in rows]


@contextmanager
def source_scope(actor: Actor, source_id: UUID, permission: str) -> Iterator[Source]:
    """One transaction in the scope of a source, its row locked. Raises UsageSourceAbsent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id, project_id FROM analytics_locate_source(%s)", [source_id])
        located = cursor.fetchone()
    absent = UsageSourceAbsent(f"No source {source_id} here.")
    if located is None:
        raise absent
    org_id, project_id = located
    with place_scope(actor, absent, org_id=org_id, project_id=project_id, permission=permission):
        row = Source.objects.select_for_update().filter(org_id=org_id, id=source_id).first()
        if row is None:
            raise absent
        yield row


def view_of(row: Source) -> SourceView:
    """Without the key."""
    state = "collected" if row.collected_at else "waiting"
    if row.failures:
        state = "failing"
    return SourceView(
        id=row.id,
        project_id=row.project_id,
        kind=row.kind,
        name=row.name,
        base_url=row.base_url,
        settings=row.settings,
        key_hint=row.key_hint,
        enabled=row.enabled,
        state=state if row.enabled else "off",
        collected_until=row.collected_until,
        collected_at=row.collected_at,
        last_events=row.last_events,
        differing=row.differing,
        failures=row.failures,
        retry_at=row.retry_at,
        last_error=row.last_error,
    )

"""Schedules of reports as they are shown; in the organization's scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.analytics.errors import ReportScheduleAbsent
from buildrunner.server.domains.analytics.models import ReportSchedule
from buildrunner.server.domains.analytics.policies import READ, place_scope
from buildrunner.server.domains.analytics.types.watching import ReportView
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import OrgAccess, ProjectAccess
from buildrunner.server.platform.actor import Actor


def list_reports(org_id: UUID, project_id: UUID) -> list[ReportView]:
    """Of a project, oldest first."""
    rows = ReportSchedule.objects.filter(org_id=org_id, project_id=project_id)
    return report_views(rows.order_by("id"))


@contextmanager
def report_scope(
    actor: Actor, schedule_id: UUID
) -> Iterator[tuple[OrgAccess | ProjectAccess, ReportSchedule]]:
    """One transaction in the scope of a schedule, its row locked. Raises ReportScheduleAbsent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id, project_id FROM analytics_locate_report(%s)", [schedule_id])
        located = cursor.fetchone()
    absent = ReportScheduleAbsent(f"No schedule {schedule_id} here.")
    if located is None:
        raise absent
    org_id, project_id = located
    with place_scope(
        actor, absent, org_id=org_id, project_id=project_id, permission=READ
    ) as access:
        rows = ReportSchedule.objects.select_for_update()
        row = rows.filter(org_id=org_id, id=schedule_id).first()
        if row is None:
            raise absent
        yield access, row


def report_views(rows: Iterable[ReportSchedule]) -> list[ReportView]:
    """With the names of those who get them."""
    found = list(rows)
    names = metering.names_behind("person", {one for row in found for one in row.recipients})
    return [
        ReportView(
            id=row.id,
            project_id=row.project_id,
            frequency=row.frequency,
            hour=row.hour,
            recipients={one: names.get(one, "Somebody who left") for one in row.recipients},
            enabled=row.enabled,
            state="paused" if not row.enabled else "failing" if row.failures else "waiting",
            next_at=row.next_at,
            sent_at=row.sent_at,
            failures=row.failures,
            retry_at=row.retry_at,
            last_error=row.last_error,
            created_at=row.created_at,
        )
        for row in found
    ]

"""Have a report mailed on schedule; pause it, change it, end it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.analytics import events
from buildrunner.server.domains.analytics.errors import ReportScheduleInvalid
from buildrunner.server.domains.analytics.models import ReportSchedule
from buildrunner.server.domains.analytics.policies import READ
from buildrunner.server.domains.analytics.queries import reports as queries
from buildrunner.server.domains.analytics.rules.periods import FREQUENCIES, following
from buildrunner.server.domains.analytics.types.watching import ReportView
from buildrunner.server.domains.entitlements.facade import require_feature
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy.facade import (
    OrgAccess,
    ProjectAccess,
    project_scope,
    who_may,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit

# To have others mailed takes more than to see the figures.
FOR_OTHERS: Final = "project.manage"
MOST_SCHEDULES: Final = 50
MOST_RECIPIENTS: Final = 50


def schedule_report(
    actor: Actor,
    project_id: UUID,
    *,
    frequency: str,
    recipients: Sequence[str] = (),
    hour: int = 6,
) -> ReportView:
    """Mail a daily, weekly or monthly report at an hour (UTC). `recipients` are ids or addresses of
    people who see the project's figures; without any it is the caller.

    Needs `analytics.read`, for others than oneself `project.manage`. Raises ReportScheduleInvalid.
    """
    if frequency not in FREQUENCIES:
        raise ReportScheduleInvalid(
            f"frequency is one of {', '.join(FREQUENCIES)}.", field="frequency"
        )
    with project_scope(actor, project_id, READ) as access:
        assert actor.person_id is not None  # noqa: S101  nobody else gets in
        require_feature(access.org_id, "analytics")
        rows = ReportSchedule.objects.filter(org_id=access.org_id, project_id=project_id)
        if rows.count() >= MOST_SCHEDULES:
            raise ReportScheduleInvalid(f"A project has at most {MOST_SCHEDULES} schedules.")
        row = ReportSchedule.objects.create(
            org_id=access.org_id,
            project_id=project_id,
            frequency=frequency,
            hour=_hour(hour),
            recipients=_people(actor, access, project_id, recipients),
            next_at=following(frequency, _hour(hour), timezone.now()),
            created_by=actor.record(),
            person_id=actor.person_id,
        )
        _tell(events.REPORT_SCHEDULED, actor, row)
        return queries.report_views([row])[0]


def change_report(
    actor: Actor,
    schedule_id: UUID,
    *,
    recipients: Sequence[str] | None = None,
    hour: int | None = None,
    enabled: bool | None = None,
) -> ReportView:
    """Change what is given; a schedule that is switched on again begins with the next period. By
    whoever made it, or with `project.manage`."""
    with queries.report_scope(actor, schedule_id) as (access, row):
        _own(actor, access, row)
        if recipients is not None:
            row.recipients = _people(actor, access, row.project_id, recipients)
        if hour is not None:
            row.hour = _hour(hour)
        if hour is not None or (enabled and not row.enabled):
            row.next_at = following(row.frequency, row.hour, timezone.now())
        if enabled is not None:
            row.enabled = enabled
        row.failures, row.retry_at, row.last_error = 0, None, ""
        row.save()
        _tell(events.REPORT_CHANGED, actor, row)
        return queries.report_views([row])[0]


def remove_report(actor: Actor, schedule_id: UUID) -> None:
    """Nobody is mailed any more. By whoever made it, or with `project.manage`."""
    with queries.report_scope(actor, schedule_id) as (access, row):
        _own(actor, access, row)
        _tell(events.REPORT_REMOVED, actor, row)
        row.delete()


def _own(actor: Actor, access: OrgAccess | ProjectAccess, row: ReportSchedule) -> None:
    if row.person_id != actor.person_id:
        access.require(FOR_OTHERS)


def _hour(hour: int) -> int:
    if not 0 <= hour <= 23:
        raise ReportScheduleInvalid("hour is 0 to 23, in UTC.", field="hour")
    return hour


def _people(
    actor: Actor, access: OrgAccess | ProjectAccess, project_id: UUID, named: Sequence[str]
) -> list[str]:
    if len(named) > MOST_RECIPIENTS:
        raise ReportScheduleInvalid(
            f"A report goes to at most {MOST_RECIPIENTS} people.", field="recipients"
        )
    wanted = {one: _person(one) for one in named} or {"you": actor.person_id}
    able = who_may(READ, project_id=project_id, among=[one for one in wanted.values() if one])
    for said, person_id in wanted.items():
        if person_id not in able:
            raise ReportScheduleInvalid(
                f"{said[:120]} is nobody who sees the figures of this project. Reports go to people "
                "with the permission analytics.read.",
                field="recipients",
            )
    if able - {actor.person_id}:
        access.require(FOR_OTHERS)
    return sorted(str(one) for one in able)


def _person(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        found = identity.find_person(said)
        return found.id if found else None


def _tell(kind: str, actor: Actor, row: ReportSchedule) -> None:
    data: dict[str, Any] = {
        "frequency": row.frequency,
        "hour": row.hour,
        "recipients": row.recipients,
        "enabled": row.enabled,
        "next_at": row.next_at.isoformat(),
    }
    emit(
        kind,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.id),
        data=data,
    )

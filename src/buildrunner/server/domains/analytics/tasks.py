"""What the worker runs for this room."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.tenancy.facade import who_may
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import NotFound
from buildrunner.server.platform.events.stream import Record

_PRIORITY = {"low": "normal", "medium": "normal", "high": "high", "critical": "urgent"}


def watch_everything() -> None:
    """Every ten minutes: whose figures are to be looked at."""
    analytics.watch_everything()


def watch_project(org_id: str, project_id: str) -> None:
    """A look at one project, or at costs that belong to none."""
    analytics.watch_figures(UUID(org_id), UUID(project_id) if project_id else None)


def collect_due() -> None:
    """Every five minutes: whose provider is to be read."""
    analytics.collect_due()


def collect_source(
    org_id: str, source_id: str, since: str = "", until: str = "", *, asked: bool = False
) -> None:
    """A reading of one source; queued by `actions/manage_sources.py` and by `collect_due`."""
    analytics.collect_usage(
        UUID(org_id),
        UUID(source_id),
        since=date.fromisoformat(since) if since else None,
        until=date.fromisoformat(until) if until else None,
        asked=asked,
    )


def send_due() -> None:
    """Every minute: whose report's time has come."""
    analytics.send_due()


def send_report(org_id: str, schedule_id: str) -> None:
    """One schedule's report of the period that is over; queued by `actions/send_reports.py`."""
    analytics.send_report(UUID(org_id), UUID(schedule_id))


def tell_of_anomaly(record: Record) -> None:
    """An anomaly was found or became worse: whoever sees the figures is told."""
    with tenant_scope(record.org_id):
        try:
            found = analytics.get_anomaly(record.org_id, UUID(record.subject))
        except NotFound:
            return  # its project is gone
        place = f"/projects/{record.project_id}" if record.project_id else f"/orgs/{record.org_id}"
        notifications.notify(
            org_id=record.org_id,
            project_id=record.project_id,
            event_id=record.position.token(),
            kind="anomaly.found",
            recipients=who_may("analytics.read", project_id=record.project_id),
            subject=f"anomaly:{record.subject}",
            title=found.title,
            body=found.explanation,
            url=f"{place}/analytics/anomalies/{record.subject}",
            priority=_PRIORITY[found.severity],
        )

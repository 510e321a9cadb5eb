"""Anomalies as they are shown; in the organization's scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.analytics.errors import AnomalyAbsent
from buildrunner.server.domains.analytics.models import Anomaly
from buildrunner.server.domains.analytics.policies import READ, place_scope
from buildrunner.server.domains.analytics.rules import telling
from buildrunner.server.domains.analytics.types.watching import AnomalyView, CauseView
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.actor import Actor

OPEN: Final = ("open", "acknowledged")
STATUSES: Final = ("open", "acknowledged", "resolved", "dismissed")
_NOBODY: Final = "nobody named"


def list_anomalies(
    org_id: UUID,
    *,
    project_id: UUID | None = None,
    status: str | None = None,
    kind: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[AnomalyView]:
    """Newest first: of a project, or of everything in the organization."""
    found = Anomaly.objects.filter(org_id=org_id)
    if project_id is not None:
        found = found.filter(project_id=project_id)
    if status is not None:
        found = found.filter(status=status)
    if kind is not None:
        found = found.filter(kind=kind)
    if after is not None:
        found = found.filter(id__lt=after)
    return views(found.order_by("-id")[:limit])


def open_anomalies(org_id: UUID, project_id: UUID) -> int:
    """How many of a project nobody has resolved or dismissed."""
    return Anomaly.objects.filter(org_id=org_id, project_id=project_id, status__in=OPEN).count()


def find_anomaly(org_id: UUID, anomaly_id: UUID, *, lock: bool = False) -> Anomaly:
    """Raises AnomalyAbsent."""
    rows = Anomaly.objects.select_for_update() if lock else Anomaly.objects
    row = rows.filter(org_id=org_id, id=anomaly_id).first()
    if row is None:
        raise AnomalyAbsent(f"No anomaly {anomaly_id} here.")
    return row


@contextmanager
def anomaly_scope(actor: Actor, anomaly_id: UUID, permission: str = READ) -> Iterator[Anomaly]:
    """One transaction in the scope of an anomaly, with its row locked. Raises AnomalyAbsent to
    strangers and Forbidden to people without the permission."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id, project_id FROM analytics_locate_anomaly(%s)", [anomaly_id])
        located = cursor.fetchone()
    absent = AnomalyAbsent(f"No anomaly {anomaly_id} here.")
    if located is None:
        raise absent
    with place_scope(actor, absent, org_id=located[0], project_id=located[1]) as access:
        access.require(permission)
        yield find_anomaly(located[0], anomaly_id, lock=True)


def get_anomaly(org_id: UUID, anomaly_id: UUID, *, project_id: UUID | None = None) -> AnomalyView:
    """With a project: one of that project. Raises AnomalyAbsent."""
    row = find_anomaly(org_id, anomaly_id)
    if project_id not in (None, row.project_id):
        raise AnomalyAbsent(f"No anomaly {anomaly_id} here.")
    return views([row])[0]


def views(rows: Iterable[Anomaly]) -> list[AnomalyView]:
    """Each with names in place of the ids of people."""
    found = list(rows)
    labels = labelled([cause for row in found for cause in row.causes])
    return [_view(row, labels) for row in found]


def labelled(causes: Sequence[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """What the people and agents among causes are called."""
    names: dict[tuple[str, str], str] = {}
    for dimension in ("person", "agent"):
        ids = {str(one["name"]) for one in causes if one["dimension"] == dimension}
        for one, name in metering.names_behind("person", ids).items():
            names[dimension, one] = name
    return names


def cause_views(
    causes: Sequence[dict[str, Any]], labels: dict[tuple[str, str], str]
) -> list[CauseView]:
    """Causes with their names."""
    return [
        CauseView(
            dimension=one["dimension"],
            name=one["name"],
            label=labels.get((one["dimension"], one["name"])) or one["name"] or _NOBODY,
            observed=one["observed"],
            expected=one["expected"],
            share=one["share"],
        )
        for one in causes
    ]


def _view(row: Anomaly, labels: dict[tuple[str, str], str]) -> AnomalyView:
    causes = cause_views(row.causes, labels)
    return AnomalyView(
        id=row.id,
        project_id=row.project_id,
        kind=row.kind,
        title=telling.title(row.kind, row.percent),
        explanation=telling.explanation(
            row.kind,
            day=row.worst_day,
            observed=float(row.observed),
            expected=float(row.expected),
            low=float(row.low),
            high=float(row.high),
            causes=causes,
        ),
        unit=telling.UNITS[row.kind],
        first_day=row.first_day,
        last_day=row.last_day,
        worst_day=row.worst_day,
        observed=row.observed,
        expected=row.expected,
        low=row.low,
        high=row.high,
        percent=round(row.percent, 2),
        score=round(row.score, 2),
        threshold=row.threshold,
        severity=row.severity,
        causes=causes,
        status=row.status,
        reason=row.reason,
        reviewed_by=row.reviewed_by["name"] if row.reviewed_by else None,
        reviewed_at=row.reviewed_at,
        created_at=row.created_at,
    )

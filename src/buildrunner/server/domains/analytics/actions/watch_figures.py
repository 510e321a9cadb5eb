"""Look at a project's figures, and note what is unlike the days before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from buildrunner.server.domains.analytics import events
from buildrunner.server.domains.analytics.actions.sum_evidence import sum_evidence
from buildrunner.server.domains.analytics.models import Anomaly
from buildrunner.server.domains.analytics.queries import signals
from buildrunner.server.domains.analytics.rules import anomalies as rules
from buildrunner.server.domains.analytics.rules import blame
from buildrunner.server.domains.analytics.rules.telling import (
    COST_SPIKE,
    QUALITY_DROP,
    VELOCITY_DROP,
)
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.jobs.defer import defer

JOB: Final = "analytics.watch_project"
# The last days are judged again: usage and checks may be told late.
BACK: Final = 3
# An unusual day this near to an open stretch belongs to it.
GAP: Final = timedelta(days=3)
_DEFAULTS: Final = {COST_SPIKE: 50.0, QUALITY_DROP: 20.0, VELOCITY_DROP: 20.0}
_CLAUSES: Final = {
    COST_SPIKE: "cost_spike_threshold",
    QUALITY_DROP: "quality_drop_threshold",
    VELOCITY_DROP: "velocity_drop_threshold",
}
# Smaller differences are nobody's business: a dollar, two percent of the checks, two microsteps.
_LEAST: Final = {COST_SPIKE: 1.0, QUALITY_DROP: 0.02, VELOCITY_DROP: 2.0}


def watch_everything() -> int:
    """Queue a look at every project in which something happened lately; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT org_id, project_id FROM analytics_watched()")
        rows = cursor.fetchall()
        for org_id, project_id in rows:
            payload = {"org_id": str(org_id), "project_id": str(project_id) if project_id else ""}
            defer(JOB, payload, once=f"{JOB}:{project_id or org_id}")
    return len(rows)


def watch_figures(org_id: UUID, project_id: UUID | None, *, now: datetime | None = None) -> int:
    """Judge the figures of a project (without one: the costs that belong to none); how many
    anomalies are new. What is already known is only widened."""
    today = (now or datetime.now(UTC)).astimezone(UTC).date()
    if project_id is not None:
        sum_evidence(org_id, project_id)
    with tenant_scope(org_id):
        policy = governance.analytics_policy(org_id, project_id) if project_id else {}
        new = _judge(org_id, project_id, COST_SPIKE, signals.cost, today, policy)
        if project_id is not None:
            new += _judge(org_id, project_id, QUALITY_DROP, signals.quality, today, policy)
            new += _judge(org_id, project_id, VELOCITY_DROP, signals.velocity, today, policy)
        return new


def threshold_of(policy: Mapping[str, Any], kind: str) -> float:
    """The percentage from which a kind is told."""
    said = policy.get(_CLAUSES[kind])
    return float(said) if isinstance(said, int | float) and said > 0 else _DEFAULTS[kind]


def _judge(
    org_id: UUID,
    project_id: UUID | None,
    kind: str,
    read: Callable[..., signals.Signal],
    today: date,
    policy: Mapping[str, Any],
) -> int:
    signal = read(org_id, project_id, today)
    percent = threshold_of(policy, kind)
    watch = rules.Watch(
        direction=1 if kind == COST_SPIKE else -1,
        percent=percent,
        least=_LEAST[kind],
        seasonal=kind == COST_SPIKE,
    )
    verdicts = rules.judge(signal.points, watch, since=today - timedelta(days=BACK))
    new = 0
    for verdict in verdicts:
        if verdict.severity is not None:
            new += _note(org_id, project_id, kind, verdict, percent, signal)
    return new


def _note(
    org_id: UUID,
    project_id: UUID | None,
    kind: str,
    verdict: rules.Verdict,
    percent: float,
    signal: signals.Signal,
) -> bool:
    """Write a verdict down: in the stretch it belongs to, or as a new one (then True)."""
    row = (
        Anomaly.objects.select_for_update()
        .filter(org_id=org_id, project_id=project_id, kind=kind)
        .filter(first_day__lte=verdict.day + GAP, last_day__gte=verdict.day - GAP)
        .order_by("-last_day")
        .first()
    )
    if row is not None and row.status in ("resolved", "dismissed"):
        # What people have settled is not opened again by the days they settled, or the next ones.
        if verdict.day > row.last_day:
            Anomaly.objects.filter(id=row.id).update(last_day=verdict.day)
        return False
    worse = row is None or verdict.score > row.score or verdict.day == row.worst_day
    if row is None:
        row = Anomaly(org_id=org_id, project_id=project_id, kind=kind, first_day=verdict.day)
        row.last_day = verdict.day
    before = row.severity
    row.first_day = min(row.first_day, verdict.day)
    row.last_day = max(row.last_day, verdict.day)
    if worse:
        _fill(row, verdict, percent, _causes(org_id, project_id, kind, verdict, signal))
    row.save()
    if not before:
        _tell(events.ANOMALY_FOUND, row)
    elif rules.SEVERITIES.index(row.severity) > rules.SEVERITIES.index(before):
        _tell(events.ANOMALY_WORSENED, row, before=before)
    return not before


def _fill(row: Anomaly, verdict: rules.Verdict, percent: float, causes: list[blame.Cause]) -> None:
    row.worst_day = verdict.day
    for name in ("observed", "expected", "low", "high"):
        setattr(row, name, Decimal(str(round(getattr(verdict, name), 10))))
    row.percent, row.score, row.threshold = verdict.percent, min(verdict.score, 1e6), percent
    row.severity = str(verdict.severity)
    row.causes = [{**one._asdict(), "share": round(one.share, 4)} for one in causes]


def _causes(
    org_id: UUID,
    project_id: UUID | None,
    kind: str,
    verdict: rules.Verdict,
    signal: signals.Signal,
) -> list[blame.Cause]:
    if kind == COST_SPIKE:
        now, before = signals.cost_parts(org_id, project_id, verdict.day)
    else:
        now, before = signals.day_parts(signal, verdict.day)
    # A drop of quality is told by the failures that came on top.
    return blame.causes(now, before, direction=-1 if kind == VELOCITY_DROP else 1)


def _tell(kind: str, row: Anomaly, **more: Any) -> None:
    emit(
        kind,
        actor=SYSTEM,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.id),
        data={
            "kind": row.kind,
            "severity": row.severity,
            "day": row.worst_day.isoformat(),
            "observed": float(row.observed),
            "expected": float(row.expected),
            "percent": round(row.percent, 2),
            "causes": row.causes[:3],
            **more,
        },
    )

"""How models did: success, latency, quality, cost and tokens, with what changed and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Aggregate, Avg, Count, FloatField, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from buildrunner.server.domains.ai.models import Route, TaskSetting
from buildrunner.server.domains.ai.queries.routing import compare, route_view
from buildrunner.server.domains.ai.rules import performance as rules
from buildrunner.server.domains.ai.types.performance import Day, Performance, Rejected, Tally
from buildrunner.server.domains.ai.types.routing import Record, RouteView
from buildrunner.server.domains.tenancy.facade import ProjectAccess

_PLACES = Decimal("0.01")
_Duels = Mapping[tuple[str, str], tuple[int, int]]


class _Percentile(Aggregate):
    """PostgreSQL's `percentile_cont`, which passes over NULL."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def performance(
    access: ProjectAccess, period: timedelta, *, task_type: str | None = None
) -> Performance:
    """By the outcomes reported in the period up to now, beside as long before."""
    access.require("plan.read")
    until = datetime.now(UTC)
    duels = {
        (one.task_type, one.model): (one.duels, one.won)
        for one in compare(access, task_type, period)
    }
    return performance_between(
        access.project_id, until - period, until, task_type=task_type, duels=duels
    )


def performance_between(
    project_id: UUID,
    since: datetime,
    until: datetime,
    *,
    task_type: str | None = None,
    duels: _Duels | None = None,
) -> Performance:
    """The same of any period; in scope, whoever asks was judged. `duels` by type of task and model
    are (fought, won)."""
    rows = _reported(project_id, task_type, since, until)
    earlier = _reported(project_id, task_type, since - (until - since), since)
    now, before = _tallies(rows, duels or {}), _tallies(earlier, {})
    past = {(one.record.task_type, one.record.model): one for one in before}
    found = [rules.figures(one, past.get((one.record.task_type, one.record.model))) for one in now]
    advice, thin = rules.advise(found, before)
    fought = [sum(each) for each in zip(*(duels or {}).values(), strict=True)] or [0, 0]
    return Performance(
        since=since,
        until=until,
        rows=found,
        totals=rules.figures(_total(rows, fought[0], fought[1]), _total(earlier, 0, 0)),
        series=_series(rows),
        advice=advice,
        thin=thin,
    )


def routes_behind(
    access: ProjectAccess,
    period: timedelta,
    *,
    task_type: str = "",
    model: str = "",
    outcome: str = "",
    before: UUID | None = None,
    limit: int = 50,
) -> list[RouteView]:
    """The routes a number counts, newest first; `outcome` is succeeded, failed or unpriced."""
    access.require("plan.read")
    until = datetime.now(UTC)
    rows = _reported(access.project_id, task_type or None, until - period, until)
    if model:
        rows = rows.filter(model=model)
    if outcome in _OUTCOMES:
        rows = rows.filter(_OUTCOMES[outcome])
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [route_view(row) for row in rows.order_by("-id")[:limit]]


def rejected_between(project_id: UUID, since: datetime, until: datetime) -> list[Rejected]:
    """The answers reported in a period that were rejected and have a known cost, oldest first; in
    scope, whoever asks was judged."""
    rows = _reported(project_id, None, since, until).filter(cost__isnull=False)
    bad = Q(success=False)
    for one in TaskSetting.objects.filter(project_id=project_id, minimum_quality__gt=0):
        bad |= Q(task_type=one.task_type, quality__lt=one.minimum_quality)
    return [
        Rejected(row.reported_at, row.task_type, row.model, row.microstep_id, row.actor, row.cost)
        for row in rows.filter(bad).order_by("reported_at", "id")
        if row.reported_at is not None and row.cost is not None
    ]


_OUTCOMES = {
    "succeeded": Q(success=True),
    "failed": Q(success=False),
    "unpriced": Q(cost__isnull=True),
}


def _reported(
    project_id: UUID, task_type: str | None, since: datetime, until: datetime
) -> QuerySet[Route]:
    rows = Route.objects.filter(
        project_id=project_id, reported_at__gte=since, reported_at__lt=until
    )
    return rows if task_type is None else rows.filter(task_type=task_type)


def _sums() -> dict[str, Any]:
    return {
        "calls": Count("id"),
        "good": Count("id", filter=Q(success=True)),
        "judged": Avg("quality"),
        "p50": _Percentile("latency_ms", share=0.5),
        "p95": _Percentile("latency_ms", share=0.95),
        "mean_latency": Avg("latency_ms"),
        "all_tokens": Sum("tokens"),
        "all_cost": Sum("cost"),
        "unknown": Count("id", filter=Q(cost__isnull=True)),
    }


def _tallies(rows: QuerySet[Route], duels: _Duels) -> list[Tally]:
    grouped = rows.values("task_type", "model").annotate(**_sums())
    found = [
        _tally(
            row,
            row["task_type"],
            row["model"],
            *duels.get((row["task_type"], row["model"]), (0, 0)),
        )
        for row in grouped
    ]
    return sorted(
        found, key=lambda one: (one.record.task_type, -one.record.calls, one.record.model)
    )


def _total(rows: QuerySet[Route], fought: int, won: int) -> Tally:
    return _tally(rows.aggregate(**_sums()), "", "", fought, won)


def _tally(row: Mapping[str, Any], task_type: str, model: str, duels: int, won: int) -> Tally:
    record = Record(
        model=model,
        task_type=task_type,
        calls=row["calls"],
        succeeded=row["good"],
        quality=_rounded(row["judged"]),
        latency_ms=_rounded(row["mean_latency"]),
        tokens=row["all_tokens"] or 0,
        cost=row["all_cost"],
        unpriced=row["unknown"],
        duels=duels,
        won=won,
    )
    return Tally(record, _rounded(row["p50"]), _rounded(row["p95"]))


def _series(rows: QuerySet[Route]) -> list[Day]:
    grouped = (
        rows.annotate(day=TruncDate("reported_at", tzinfo=UTC))
        .values("day", "task_type", "model")
        .annotate(calls=Count("id"), good=Count("id", filter=Q(success=True)), all_cost=Sum("cost"))
        .order_by("day", "task_type", "model")
    )
    return [
        Day(row["day"], row["task_type"], row["model"], row["calls"], row["good"], row["all_cost"])
        for row in grouped
    ]


def _rounded(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(_PLACES)

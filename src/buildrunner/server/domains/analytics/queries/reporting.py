"""What a report says; in the organization's scope."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from buildrunner.server.domains.analytics.models import Anomaly
from buildrunner.server.domains.analytics.queries import anomalies, signals
from buildrunner.server.domains.analytics.queries.model_report import models_told
from buildrunner.server.domains.analytics.rules.periods import Period
from buildrunner.server.domains.analytics.rules.periods import period as period_of
from buildrunner.server.domains.analytics.types.reporting import (
    Listing,
    Measure,
    Picture,
    Report,
)
from buildrunner.server.domains.analytics.types.watching import AnomalyView
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.platform.ui.charts.spec import bars, columns

_MOST: Final = 10
_HISTORY: Final = {"daily": 14, "weekly": 28, "monthly": 62}


def make_report(
    org_id: UUID, project_id: UUID, project: str, *, frequency: str, period: Period
) -> Report:
    """Daily: metrics, costs, anomalies. Weekly: also trends, models and insights. Monthly: also
    health and budgets."""
    unusual = _anomalies(org_id, project_id, period)
    report = Report(
        frequency=frequency,
        project=project,
        period=period.name,
        since=period.since,
        until=period.until,
        measures=_measures(org_id, project_id, period, unusual),
    )
    history = period.until - timedelta(days=_HISTORY[frequency])
    report.pictures.append(_costs_by_day(org_id, project_id, history, period.until))
    costs = _by_group(org_id, project_id, "model", period)
    if costs:
        report.pictures.append(_costs_by_model(costs))
    report.listings.append(_cost_listing(costs))
    report.listings.append(_anomaly_listing(unusual))
    if frequency != "daily":
        report.pictures.append(_velocity(org_id, project_id, history, period.until))
        report.insights.extend(_insights(org_id, project_id, period, report.measures))
        models, advice = models_told(project_id, period)
        report.listings.append(models)
        report.insights.extend(advice)
    if frequency == "monthly":
        report.listings.append(_budgets(org_id, project_id, period))
        report.insights.insert(0, _health(report.measures, unusual))
    return report


def report_now(org_id: UUID, project_id: UUID, project: str, frequency: str) -> Report:
    """The report that would be mailed now."""
    about = period_of(frequency, datetime.now(UTC))
    return make_report(org_id, project_id, project, frequency=frequency, period=about)


def cost_of(org_id: UUID, project_id: UUID, since: date, until: date) -> Decimal:
    """What is known of a project's costs, as the pages Usage and Analytics sum it."""
    rows = metering.summary(
        org_id, group_by="type", project_id=project_id, since=_start(since), until=_start(until)
    )
    return sum((row.known_cost for row in rows if row.known_cost), Decimal(0))


def _measures(
    org_id: UUID, project_id: UUID, period: Period, unusual: list[AnomalyView]
) -> list[Measure]:
    since, until = period.since, period.until
    cost, cost_before = (
        cost_of(org_id, project_id, *days) for days in ((since, until), (period.before, since))
    )
    finished = plans.finished_since(org_id, project_id, _start(period.before))
    here = sum(_start(since) <= at < _start(until) for at, *_ in finished)
    there = sum(at < _start(since) for at, *_ in finished)
    passed, total = signals.checks(org_id, project_id, since, until)
    passed_before, total_before = signals.checks(org_id, project_id, period.before, since)
    return [
        _measure("cost", "Cost", f"{cost:,.2f} USD", f"{cost_before:,.2f} USD",
                 float(cost), float(cost_before)),
        _measure("finished", "Microsteps finished", f"{here}", f"{there}", here, there),
        _measure("quality", "Checks passed", _share(passed, total),
                 _share(passed_before, total_before),
                 passed / total if total else None,
                 passed_before / total_before if total_before else None),
        _measure("cost_per_microstep", "Cost for each finished microstep",
                 f"{cost / here:,.2f} USD" if here else "–",
                 f"{cost_before / there:,.2f} USD" if there else "–",
                 float(cost) / here if here else None,
                 float(cost_before) / there if there else None),
        _measure("anomalies", "Anomalies", f"{len(unusual)}", "", None, None),
    ]  # fmt: skip


def _measure(
    name: str, title: str, value: str, before: str, now: float | None, then: float | None
) -> Measure:
    change = (now - then) / then * 100 if now is not None and then else None
    return Measure(name, title, value, before, None if change is None else round(change, 1))


def _share(passed: int, total: int) -> str:
    return f"{passed / total * 100:.1f} % of {total:,}" if total else "none ran"


def _by_group(
    org_id: UUID, project_id: UUID, group: str, period: Period
) -> list[tuple[str, Decimal]]:
    found: Counter[str] = Counter()
    for row in metering.summary(
        org_id,
        group_by=group,
        project_id=project_id,
        since=_start(period.since),
        until=_start(period.until),
    ):
        if row.known_cost:
            found[row.group or "No model"] += row.known_cost  # type: ignore[assignment]
    return [(name, Decimal(cost)) for name, cost in found.most_common(_MOST)]


def _costs_by_day(org_id: UUID, project_id: UUID, since: date, until: date) -> Picture:
    found: Counter[str] = Counter()
    for row in metering.summary(
        org_id, group_by="day", project_id=project_id, since=_start(since), until=_start(until)
    ):
        if row.group and row.known_cost:
            found[row.group] += row.known_cost  # type: ignore[assignment]
    days = [f"{since + timedelta(days=one)}" for one in range((until - since).days)]
    rows = [{"day": day, "usd": float(found[day])} for day in days]
    total = sum(found.values(), Decimal(0))
    return Picture(
        "costs",
        "Costs by day",
        f"{total:,.2f} USD in {len(days)} days (UTC).",
        columns(rows, x="day", y="usd", title="USD a day", temporal=True),
    )


def _costs_by_model(costs: list[tuple[str, Decimal]]) -> Picture:
    rows = [{"model": name, "usd": float(cost)} for name, cost in costs]
    return Picture(
        "models",
        "Costs by model",
        f"{costs[0][0]} cost most, {costs[0][1]:,.2f} USD.",
        bars(rows, y="model", x="usd", title="USD"),
    )


def _velocity(org_id: UUID, project_id: UUID, since: date, until: date) -> Picture:
    found: Counter[date] = Counter()
    for at, *_ in plans.finished_since(org_id, project_id, _start(since)):
        day = at.astimezone(UTC).date()
        found[day - timedelta(days=day.weekday())] += 1
    first = since - timedelta(days=since.weekday())
    weeks = [first + timedelta(weeks=one) for one in range(((until - first).days + 6) // 7)]
    rows = [{"week": f"{week}", "finished": found[week]} for week in weeks]
    return Picture(
        "velocity",
        "Microsteps finished by week",
        f"{sum(found[week] for week in weeks)} in {len(weeks)} weeks (from Mondays).",
        columns(rows, x="week", y="finished", title="Microsteps"),
    )


def _cost_listing(costs: list[tuple[str, Decimal]]) -> Listing:
    return Listing(
        "Costs by model",
        ["Model", "USD"],
        [[name, f"{cost:,.4f}"] for name, cost in costs],
        [1],
        "Nothing was spent.",
    )


def _anomalies(org_id: UUID, project_id: UUID, period: Period) -> list[AnomalyView]:
    rows = Anomaly.objects.filter(
        org_id=org_id,
        project_id=project_id,
        last_day__gte=period.since,
        first_day__lt=period.until,
    )
    return anomalies.views(rows.order_by("-id")[:_MOST])


def _anomaly_listing(unusual: list[AnomalyView]) -> Listing:
    return Listing(
        "Anomalies",
        ["What", "Severity", "Status", "Why"],
        [[one.title, one.severity, one.status, one.explanation] for one in unusual],
        [],
        "Nothing was unusual.",
    )


def _budgets(org_id: UUID, project_id: UUID, period: Period) -> Listing:
    last = _start(period.until) - timedelta(seconds=1)
    found = metering.list_budgets(org_id, project_id=project_id, now=last)
    return Listing(
        "Budgets",
        ["Budget", "USD", "Spent", "Used"],
        [
            [
                one.name or one.scope,
                f"{one.cap:,.2f}",
                f"{one.spent:,.2f}",
                f"{float(one.used) * 100:.0f} %",
            ]
            for one in found
        ],
        [1, 2, 3],
        "No budget limits what is spent.",
    )


def _insights(org_id: UUID, project_id: UUID, period: Period, measures: list[Measure]) -> list[str]:
    said = [
        f"{one.title}: {one.value}, {abs(one.change):.0f} % "
        f"{'more' if one.change > 0 else 'less'} than before ({one.before})."
        for one in measures
        if one.change is not None and abs(one.change) >= 10
    ]
    now = _start(period.until)
    hints = metering.savings_hints(org_id, project_id=project_id, now=now)
    said += [f"{one.title}. {one.detail}" for one in hints[:3]]
    return said or ["Nothing changed by a tenth or more."]


def _health(measures: list[Measure], unusual: list[AnomalyView]) -> str:
    waiting = sum(one.status in anomalies.OPEN for one in unusual)
    grave = sum(one.severity in ("high", "critical") for one in unusual)
    falls = [
        one.title.lower()
        for one in measures
        if one.name in ("finished", "quality") and one.change is not None and one.change <= -20
    ]
    grade = "good" if not (waiting or falls) else "strained" if not grave else "at risk"
    worse = f" Fallen by a fifth or more: {', '.join(falls)}." if falls else ""
    return f"Health is {grade}: {waiting} anomalies wait for review, {grave} were grave.{worse}"


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

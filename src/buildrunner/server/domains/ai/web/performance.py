"""How models did, the routes behind every number, and how the project wants its tasks done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.types.performance import Day, Figures, Trend
from buildrunner.server.domains.ai.types.routing import TASK_TITLES, TASK_TYPES, RouteView
from buildrunner.server.domains.tenancy.facade import ProjectAccess, get_project, project_scope
from buildrunner.server.platform.ui.charts.component import Chart
from buildrunner.server.platform.ui.charts.spec import columns, lines, telling
from buildrunner.server.platform.ui.visitor import signed_in

_PERIODS: Final = ((7, "7 days"), (30, "30 days"), (90, "90 days"))
_OUTCOMES: Final = (
    ("", "Any outcome"),
    ("succeeded", "Succeeded"),
    ("failed", "Failed"),
    ("unpriced", "Without a price"),
)
_SHOWN: Final = 30
_DRAWN: Final = 6
_TONES: Final = {"A": "positive", "B": "positive", "C": "", "D": "caution", "F": "negative"}


@never_cache
@require_GET
def performance(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """`task` and `period` in the address narrow it."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        context = _frame(request, access, "performance")
        found = ai.performance(
            access, timedelta(days=context["days"]), task_type=context["task"] or None
        )
    kept = _query(context)
    context |= {
        "found": found,
        "totals": _words(found.totals, context["base"], kept),
        "rows": [_words(one, context["base"], kept) for one in found.rows],
        "charts": _charts(found.series),
        "export": f"/api/models/performance?{urlencode(_asked(context))}",
    }
    return render(request, "ai/models/performance.html", context)


@never_cache
@require_GET
def routes(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """What a number counts: each decision with its candidates, why they lost, and what they would
    have cost."""
    with project_scope(signed_in(request), project_id, "plan.read") as access:
        context = _frame(request, access, "routes")
        model = request.GET.get("model", "")[:200]
        outcome = request.GET.get("outcome", "")
        outcome = outcome if outcome in dict(_OUTCOMES) else ""
        found = ai.routes_behind(
            access,
            timedelta(days=context["days"]),
            task_type=context["task"],
            model=model,
            outcome=outcome,
            before=_uuid(request.GET.get("before", "")),
            limit=_SHOWN + 1,
        )
    here = _query(context) | ({"model": model} if model else {})
    here |= {"outcome": outcome} if outcome else {}
    older = found[_SHOWN - 1].id if len(found) > _SHOWN else None
    context |= {
        "routes": [_route(one) for one in found[:_SHOWN]],
        "model": model,
        "outcome": outcome,
        "outcomes": _OUTCOMES,
        "older": f"?{urlencode(here | {'before': f'{older}'})}" if older else "",
    }
    return render(request, "ai/models/routes.html", context)


def _frame(request: HttpRequest, access: ProjectAccess, tab: str) -> dict[str, Any]:
    task = request.GET.get("task", "")
    period = request.GET.get("period", "")
    days = next((days for days, _ in _PERIODS if period == f"{days}d"), 30)
    return {
        "project": get_project(access),
        "base": f"/projects/{access.project_id}/models",
        "tab": tab,
        "task": task if task in TASK_TYPES else "",
        "tasks": list(TASK_TITLES.items()),
        "days": days,
        "periods": _PERIODS,
    }


def _query(context: dict[str, Any]) -> dict[str, str]:
    kept = {"period": f"{context['days']}d"}
    return kept | ({"task": context["task"]} if context["task"] else {})


def _asked(context: dict[str, Any]) -> dict[str, str]:
    asked = {"project_id": f"{context['project'].id}", "period": f"{context['days']}d"}
    return asked | ({"task_type": context["task"]} if context["task"] else {})


def _words(one: Figures, base: str, kept: dict[str, str]) -> dict[str, Any]:
    """A row as people read it, each number with the address of the routes it counts."""
    tally, record = one.tally, one.tally.record
    mine = {"model": record.model, "task": record.task_type} if record.model else {}
    link = f"{base}/routes?{urlencode(kept | mine)}"
    rate, won = record.success_rate, tally.win_rate
    return {
        "model": record.model,
        "task": record.task_type,
        "grade": one.grade,
        "tone": _TONES.get(one.grade, ""),
        "calls": record.calls,
        "success": "–" if rate is None else f"{rate * 100:.0f} %",
        "failed": record.calls - record.succeeded,
        "quality": "–" if record.quality is None else f"{record.quality:.1f}",
        "p50": _seconds(tally.p50),
        "p95": _seconds(tally.p95),
        "tokens": record.tokens,
        "cost": _usd(record.cost),
        "each": _usd(tally.cost_per_call),
        "unpriced": record.unpriced,
        "won": "" if won is None else f"{won * 100:.0f} %",
        "duels": record.duels,
        "change": _changes(one.trend),
        "rows": link,
        "failures": f"{link}&outcome=failed",
        "without": f"{link}&outcome=unpriced",
    }


def _changes(trend: Trend) -> dict[str, str]:
    """What is worth saying of a change, with its sign; empty where nothing changed."""
    return {
        "success": _signed(trend.success, "0", " points"),
        "quality": _signed(trend.quality, "1", ""),
        "latency": _signed(trend.latency, "0", " %"),
        "cost": _signed(trend.cost, "0", " %"),
    }


def _signed(value: Decimal | None, places: str, unit: str) -> str:
    if value is None:
        return ""
    said = f"{value:+.{places}f}"
    return said.replace("-", "\u2212") + unit if said.strip("+-0.") else ""


def _seconds(value: Decimal | None) -> str:
    return "–" if value is None else f"{value / 1000:.1f} s"


def _usd(value: Decimal | None) -> str:
    """Small sums keep two digits that say something."""
    if value is None:
        return "unknown"
    return f"{value:,.2f}" if value >= 1 or not value else f"{value:.4f}"


def _charts(series: list[Day]) -> list[Chart]:
    """Tasks, success and costs by day; the models with the most tasks, the rest together."""
    if len({one.day for one in series}) < 2:
        return []
    calls: dict[str, int] = defaultdict(int)
    for one in series:
        calls[one.model] += one.calls
    most = sorted(calls, key=lambda name: (-calls[name], name))[:_DRAWN]
    summed: dict[tuple[str, str], list[Any]] = {}
    for one in series:
        name = one.model if one.model in most else "Others"
        found = summed.setdefault((f"{one.day}", name), [0, 0, None])
        found[0], found[1] = found[0] + one.calls, found[1] + one.succeeded
        if one.cost is not None:
            found[2] = (found[2] or Decimal(0)) + one.cost
    rows = [
        {"time": day, "day": day, "name": day, "model": name, "calls": count, "usd": cost,
         "success": round(good / count * 100, 1)}
        for (day, name), (count, good, cost) in summed.items()
    ]  # fmt: skip
    priced = [{**one, "usd": float(one["usd"])} for one in rows if one["usd"] is not None]
    bare = [{**one, "usd": None} for one in rows]
    charts = [
        _chart("success", "Success by day, %", f"Of {sum(calls.values()):,} tasks.",
               lines(bare, y="success", title="", series="model"), rows, "success", "%"),
        _chart("calls", "Tasks by day", f"{most[0]} was asked most, {calls[most[0]]} times.",
               columns(bare, x="day", y="calls", title="", series="model", temporal=True),
               rows, "calls", "Tasks"),
    ]  # fmt: skip
    if priced:
        charts.append(
            _chart("costs", "Costs by day, USD", "What is known of them.",
                   columns(priced, x="day", y="usd", title="", series="model", temporal=True),
                   priced, "usd", "USD")
        )  # fmt: skip
    return charts


def _chart(
    name: str, title: str, summary: str, spec: Any, rows: Iterable[Any], field: str, unit: str
) -> Chart:
    cells = [[one["day"], one["model"], one[field]] for one in rows]
    told = telling(spec, {"Day": "name", "Model": "model", unit: field})
    return Chart(name, title, summary, told, ["Day", "Model", unit], cells)


def _route(one: RouteView) -> dict[str, Any]:
    """A decision; each candidate's cost beside that of the chosen, as both were estimated."""
    chosen = next((each for each in one.candidates if each["model"] == one.model), None)
    mine = None if chosen is None or chosen["cost"] is None else Decimal(chosen["cost"])
    outcome = one.outcome or {}
    candidates = []
    for each in one.candidates:
        cost = None if each["cost"] is None else Decimal(each["cost"])
        more = ""
        if cost is not None and mine is not None and each is not chosen:
            apart = cost - mine
            more = f"{_usd(abs(apart))} {'more' if apart > 0 else 'less'}" if apart else "the same"
        candidates.append(each | {"usd": _usd(cost), "more": more, "chosen": each is chosen})
    cost, quality, latency = (outcome.get(name) for name in ("cost", "quality", "latency_ms"))
    return {
        "one": one,
        "outcome": outcome,
        "cost": _usd(None if cost is None else Decimal(cost)),
        "quality": "" if quality is None else f"{Decimal(quality):.1f}",
        "took": "" if latency is None else _seconds(Decimal(latency)),
        "candidates": candidates,
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

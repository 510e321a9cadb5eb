"""What a report says of models: who did best at what, and what follows; in the organization's scope."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final
from uuid import UUID

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.analytics.rules.periods import Period
from buildrunner.server.domains.analytics.types.reporting import Listing

_HEADER: Final = ["Task", "Best model", "Grade", "Tasks", "Succeeded", "Quality", "USD a task",
                  "Against the period before"]  # fmt: skip
_MOST: Final = 3


def models_told(project_id: UUID, period: Period) -> tuple[Listing, list[str]]:
    """The best model of each type of task beside the period before, and advice with its figures."""
    found = ai.performance_between(project_id, _start(period.since), _start(period.until))
    tasks: dict[str, list[ai.Figures]] = defaultdict(list)
    for one in found.rows:
        tasks[one.tally.record.task_type].append(one)
    rows = [_row(max(rows, key=_standing)) for _, rows in sorted(tasks.items())]
    listing = Listing(
        "Models", _HEADER, rows, [3, 4, 5, 6], "No model was asked.", "models?period=7d"
    )
    return listing, [one.words for one in found.advice[:_MOST]]


def _standing(one: ai.Figures) -> tuple[int, float, int, str]:
    """By grade, then by how often it was asked."""
    record = one.tally.record
    return -ord(one.grade or "Z"), float(record.success_rate or 0), record.calls, record.model


def _row(one: ai.Figures) -> list[str]:
    tally, record = one.tally, one.tally.record
    each = tally.cost_per_call
    return [
        record.task_type,
        record.model,
        one.grade,
        f"{record.calls:,}",
        f"{(record.success_rate or Decimal(0)) * 100:.0f} %",
        "–" if record.quality is None else f"{record.quality:.1f}",
        "unknown" if each is None else f"{each:,.4f}",
        _changed(one),
    ]


def _changed(one: ai.Figures) -> str:
    trend = one.trend
    if trend.success is None:
        return "not asked before"
    said = [f"success {trend.success:+.0f} points"] if trend.success else []
    said += [f"quality {trend.quality:+.1f}"] if trend.quality else []
    said += [f"cost {trend.cost:+.0f} %"] if trend.cost else []
    return ", ".join(said) or "the same"


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

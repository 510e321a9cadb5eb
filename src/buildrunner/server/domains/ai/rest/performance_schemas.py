"""How models did, as the API answers it; numbers that are not whole are text, unknown ones null."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from ninja import Schema
from pydantic import ConfigDict

from buildrunner.server.domains.ai.rules.performance import plain
from buildrunner.server.domains.ai.types.performance import Figures, Performance
from buildrunner.server.domains.metering import facade as metering

EXAMPLE: Final[dict[str, Any]] = {
    "period": "30d", "since": "2026-01-05T09:00:00Z", "until": "2026-02-04T09:00:00Z", "rows": [],
    "totals": {
        "model": "", "task_type": "", "grade": None, "calls": 0, "succeeded": 0,
        "success_rate": None, "quality": None, "latency_p50_ms": None, "latency_p95_ms": None,
        "tokens": 0, "cost": None, "cost_per_call": None, "unpriced": 0, "duels": 0, "won": 0,
        "win_rate": None, "trend": {"calls": 0, "success": None, "quality": None,
                                    "latency": None, "cost": None},
    },
    "days": [], "recommendations": [], "too_few": [],
}  # fmt: skip


class ModelTrendOut(Schema):
    """This period less the one before: success in points of a hundred, quality in points of ten,
    the median latency and the cost of a call in percent."""

    calls: int
    success: str | None
    quality: str | None
    latency: str | None
    cost: str | None


class ModelFiguresOut(Schema):
    """A model on a type of task; in `totals` both are empty. `cost` is what is known, `unpriced`
    the calls without a price, `win_rate` null before the first duel."""

    model: str
    task_type: str
    grade: str | None
    calls: int
    succeeded: int
    success_rate: str | None
    quality: str | None
    latency_p50_ms: str | None
    latency_p95_ms: str | None
    tokens: int
    cost: str | None
    cost_per_call: str | None
    unpriced: int
    duels: int
    won: int
    win_rate: str | None
    trend: ModelTrendOut

    @classmethod
    def of(cls, one: Figures) -> ModelFiguresOut:
        """From the room's own type."""
        tally, record, change = one.tally, one.tally.record, one.trend
        return cls(
            model=record.model,
            task_type=record.task_type,
            grade=one.grade or None,
            calls=record.calls,
            succeeded=record.succeeded,
            success_rate=plain(record.success_rate, 4),
            quality=plain(record.quality),
            latency_p50_ms=plain(tally.p50),
            latency_p95_ms=plain(tally.p95),
            tokens=record.tokens,
            cost=metering.money(record.cost),
            cost_per_call=plain(tally.cost_per_call, 10),
            unpriced=record.unpriced,
            duels=record.duels,
            won=record.won,
            win_rate=plain(tally.win_rate, 4),
            trend=ModelTrendOut(
                calls=change.calls,
                success=plain(change.success),
                quality=plain(change.quality),
                latency=plain(change.latency),
                cost=plain(change.cost),
            ),
        )


class ModelDayOut(Schema):
    """One day (UTC) of a model on a type of task."""

    day: str
    task_type: str
    model: str
    calls: int
    succeeded: int
    cost: str | None


class ModelAdviceOut(Schema):
    """What could be changed: `kind` is cost, success, latency or decline; `words` hold the figures,
    `calls` how many outcomes of the model they rest on."""

    kind: str
    task_type: str
    model: str
    instead_of: str | None
    words: str
    calls: int


class PerformanceOut(Schema):
    """A row for each model and type of task, all together, by day, and what follows from it.
    `too_few` says where too little is known for advice."""

    period: str
    since: str
    until: str
    rows: list[ModelFiguresOut]
    totals: ModelFiguresOut
    days: list[ModelDayOut]
    recommendations: list[ModelAdviceOut]
    too_few: list[str]

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    @classmethod
    def of(cls, found: Performance, period: str) -> PerformanceOut:
        """From the room's own type."""
        return cls(
            period=period,
            since=found.since.isoformat(),
            until=found.until.isoformat(),
            rows=[ModelFiguresOut.of(one) for one in found.rows],
            totals=ModelFiguresOut.of(found.totals),
            days=[
                ModelDayOut(
                    day=f"{one.day}",
                    task_type=one.task_type,
                    model=one.model,
                    calls=one.calls,
                    succeeded=one.succeeded,
                    cost=metering.money(one.cost),
                )
                for one in found.series
            ],
            recommendations=[
                ModelAdviceOut(
                    kind=one.kind,
                    task_type=one.task_type,
                    model=one.about,
                    instead_of=one.instead_of or None,
                    words=one.words,
                    calls=one.calls,
                )
                for one in found.advice
            ],
            too_few=found.thin,
        )

"""Anomalies, sources and reports as the API takes and answers them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, PlainSerializer, StringConstraints

from buildrunner.server.platform.http.bodies import Body

_ID = "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77"
Exact = Annotated[Decimal, PlainSerializer(lambda value: f"{value:.6f}", return_type=str)]
KindName = Literal["cost_spike", "quality_drop", "velocity_drop"]
StatusName = Literal["open", "acknowledged", "resolved", "dismissed"]


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class AnomalyCauseOut(Schema):
    """What made a difference; `share` is its part of the whole (1.0 is all of it)."""

    dimension: str
    name: str
    label: str
    observed: float
    expected: float
    share: float


class AnomalyOut(Schema):
    """Unusual days of one figure. `observed`, `expected` and the usual range `low` to `high` are
    of the worst day, in `unit`."""

    id: UUID
    project_id: UUID | None
    kind: KindName
    title: str
    explanation: str
    unit: str
    first_day: date
    last_day: date
    worst_day: date
    observed: Exact
    expected: Exact
    low: Exact
    high: Exact
    percent: float
    score: float
    threshold: float
    severity: Literal["low", "medium", "high", "critical"]
    causes: list[AnomalyCauseOut]
    status: StatusName
    reason: str
    reviewed_by: str | None
    reviewed_at: datetime | None
    created_at: datetime

    model_config: ClassVar[ConfigDict] = _example(
        {
            "id": _ID,
            "project_id": _ID,
            "kind": "cost_spike",
            "title": "Cost spike: 180 % above what is usual",
            "explanation": "On Tuesday, 2026-11-10 it cost 56.00 USD; 20.00 USD was expected.",
            "unit": "USD a day",
            "first_day": "2026-11-10",
            "last_day": "2026-11-10",
            "worst_day": "2026-11-10",
            "observed": "56.000000",
            "expected": "20.000000",
            "low": "12.000000",
            "high": "28.000000",
            "percent": 180.0,
            "score": 9.0,
            "threshold": 50.0,
            "severity": "high",
            "causes": [],
            "status": "open",
            "reason": "",
            "reviewed_by": None,
            "reviewed_at": None,
            "created_at": "2026-11-10T14:20:00Z",
        }
    )


class AnomalyReviewIn(Body):
    """What it turned out to be. `resolved` and `dismissed` need a reason."""

    status: Literal["acknowledged", "resolved", "dismissed"]
    reason: Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True)] = Field("")

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config,
        **_example({"status": "resolved", "reason": "A retry loop in the builder, fixed"}),
    )

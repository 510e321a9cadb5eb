"""What was unusual; figures are text, in the unit of their kind."""

from __future__ import annotations

import msgspec


class AnomalyCause(msgspec.Struct, frozen=True):
    """What made a difference; `share` is its part of the whole (1.0 is all of it)."""

    dimension: str
    name: str
    label: str
    observed: float
    expected: float
    share: float


class Anomaly(msgspec.Struct, frozen=True):
    """Unusual days of one figure: `kind` is cost_spike, quality_drop or velocity_drop. `observed`,
    `expected` and the usual range are of the worst day, in `unit`."""

    id: str
    project_id: str | None
    kind: str
    title: str
    explanation: str
    unit: str
    first_day: str
    last_day: str
    worst_day: str
    observed: str
    expected: str
    low: str
    high: str
    percent: float
    score: float
    threshold: float
    severity: str
    causes: list[AnomalyCause]
    status: str
    reason: str
    reviewed_by: str | None
    reviewed_at: str | None
    created_at: str

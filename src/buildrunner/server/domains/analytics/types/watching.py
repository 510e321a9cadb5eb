"""Anomalies, sources and reports as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CauseView:
    """What made a difference: `dimension` is model, microstep, person …; `label` its name, `share`
    its part of the whole difference."""

    dimension: str
    name: str
    label: str
    observed: float
    expected: float
    share: float


@dataclass(frozen=True, slots=True)
class AnomalyView:
    """An anomaly with its explanation in a sentence; see `models.Anomaly` for the units."""

    id: UUID
    project_id: UUID | None
    kind: str
    title: str
    explanation: str
    unit: str
    first_day: date
    last_day: date
    worst_day: date
    observed: Decimal
    expected: Decimal
    low: Decimal
    high: Decimal
    percent: float
    score: float
    threshold: float
    severity: str
    causes: list[CauseView]
    status: str
    reason: str
    reviewed_by: str | None
    reviewed_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source without its key; `state` is waiting, collected, failing or off."""

    id: UUID
    project_id: UUID | None
    kind: str
    name: str
    base_url: str
    settings: dict[str, Any]
    key_hint: str
    enabled: bool
    state: str
    collected_until: date | None
    collected_at: datetime | None
    last_events: int
    differing: int
    failures: int
    retry_at: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class Collected:
    """What one reading of a source brought: events that are new, that were counted before, that
    were refused, and those the provider now tells otherwise."""

    source_id: UUID
    name: str
    since: date
    until: date
    accepted: int
    duplicates: int
    rejected: int
    differing: int
    error: str = ""
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReportView:
    """A schedule; `recipients` are names by the id of the person, `state` is waiting, paused or
    failing."""

    id: UUID
    project_id: UUID
    frequency: str
    hour: int
    recipients: dict[str, str]
    enabled: bool
    state: str
    next_at: datetime
    sent_at: datetime | None
    failures: int
    retry_at: datetime | None
    last_error: str
    created_at: datetime

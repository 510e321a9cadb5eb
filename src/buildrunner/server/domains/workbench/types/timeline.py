"""Progress of a plan over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A microstep came (`before` is None), went (`after` is None) or took another status."""

    at: datetime
    microstep: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Point:
    """How a day (UTC) ended: microsteps in the plan, and those of them that are done."""

    day: date
    scope: int
    done: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the rest is done, by probability in percent; `missing` says why there is no answer."""

    remaining: int
    days: int
    finished: int
    dates: dict[int, date] = field(default_factory=dict)
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """Medians and 85th percentiles in hours over `count` microsteps; None over none."""

    count: int
    median: float | None
    high: float | None

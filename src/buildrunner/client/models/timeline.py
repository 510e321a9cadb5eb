"""Events over time, and progress."""

from __future__ import annotations

from typing import Any

import msgspec


class TimelineLane(msgspec.Struct, frozen=True):
    """A milestone, person or agent; `counts` by the first day of the bucket."""

    id: str
    title: str
    total: int
    counts: dict[str, int]


class Timeline(msgspec.Struct, frozen=True):
    """Events of a window by lane. One that touches two milestones counts in both."""

    zoom: str
    starts: list[str]
    lanes: list[TimelineLane]
    more_lanes: int
    total: int
    areas: dict[str, int]


class TimelineEvent(msgspec.Struct, frozen=True):
    """One event; `ids` are those of the plan that it touched."""

    id: str
    kind: str
    subject: str
    time: str
    actor: dict[str, Any]
    agent: bool
    ids: list[str]
    milestones: list[str]
    data: dict[str, Any]


class MilestoneProgress(msgspec.Struct, frozen=True):
    """How a milestone stands now; percentages are rounded down."""

    id: str
    title: str
    done: int
    total: int
    proven: int
    percent: int
    percent_proven: int


class Durations(msgspec.Struct, frozen=True):
    """Median and 85th percentile in hours; None over none."""

    count: int
    median: float | None
    high: float | None


class Forecast(msgspec.Struct, frozen=True):
    """Days by which the rest is done, by chance in percent; `missing` says why there are none."""

    remaining: int
    days: int
    finished: int
    dates: dict[str, str]
    missing: str


class Progress(msgspec.Struct, frozen=True):
    """Burn-up (`points`: day, scope, done), forecast, lead and cycle time, milestones."""

    revision: int
    title: str
    points: list[dict[str, Any]]
    forecast: Forecast
    lead: Durations
    cycle: Durations
    milestones: list[MilestoneProgress]

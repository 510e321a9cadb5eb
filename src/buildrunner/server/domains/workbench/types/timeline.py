"""What the Timeline shows: counts by lane and time, events, and progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """A microstep came (`before` is None), went (`after` is None) or took another status."""

    at: datetime
    microstep: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Lasted:
    """A microstep that is done, since `day` (UTC); hours. `cycle` is None where it was never in
    work."""

    microstep: str
    day: date
    lead: float
    cycle: float | None


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


@dataclass(frozen=True, slots=True)
class Badge:
    """A milestone and the microsteps that it counts now; `proven` of the `done` have proof."""

    id: str
    title: str
    done: int
    total: int
    proven: int

    @property
    def percent(self) -> int:
        """Rounded down: 100 means all."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def percent_proven(self) -> int:
        """Of all microsteps, rounded down."""
        return 100 * self.proven // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Burn-up, forecast and times of a project, and how its milestones stand."""

    revision: int
    title: str
    points: list[Point]
    forecast: Forecast
    lead: Spread
    cycle: Spread
    milestones: list[Badge]


@dataclass(frozen=True, slots=True)
class TimelineFilters:
    """Which events are asked for: `start` is included, `end` is not.

    `lanes` is the grouping (milestone, person, agent), `area` the first word of a kind (`plan`) or
    a whole kind, `who` the id of a lane, `item` an id in the plan, with all below it (`-`: nothing
    of the plan).
    """

    zoom: str
    lanes: str
    start: datetime
    end: datetime
    area: str = ""
    who: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """A row: its id, its name, and counts by the start of the bucket."""

    id: str
    title: str
    counts: dict[date, int]

    @property
    def total(self) -> int:
        """Events in the window. One that touches two milestones counts in both."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Buckets:
    """The window in buckets; `total` and `areas` count each event once."""

    zoom: str
    starts: list[date]
    lanes: list[Lane]
    total: int
    areas: dict[str, int]
    more_lanes: int = 0


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event. `ids` are those in the plan that it touched, `milestones` where they stand now,
    `run` the run of an agent that it names."""

    id: int
    kind: str
    subject: str
    actor: dict[str, Any]
    data: dict[str, Any]
    at: datetime
    agent: bool
    ids: list[str]
    milestones: list[str]
    run: str = ""

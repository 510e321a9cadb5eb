"""How models did in a period, beside the period before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from buildrunner.server.domains.ai.types.routing import Record


@dataclass(frozen=True, slots=True)
class Tally:
    """What a group of outcomes adds up to; latencies in milliseconds, half and 95 of 100 took no
    longer. `record.cost` is what is known, `record.unpriced` the calls without a price."""

    record: Record
    p50: Decimal | None = None
    p95: Decimal | None = None

    @property
    def priced(self) -> int:
        """Calls whose cost is known."""
        return self.record.calls - self.record.unpriced

    @property
    def cost_per_call(self) -> Decimal | None:
        """USD, of the priced ones; None where none is."""
        cost = self.record.cost
        return cost / self.priced if cost is not None and self.priced else None

    @property
    def win_rate(self) -> Decimal | None:
        """From 0 to 1; None without duels."""
        duels = self.record.duels
        return Decimal(self.record.won) / duels if duels else None


@dataclass(frozen=True, slots=True)
class Trend:
    """This period less the one before: success in points of a hundred, quality in points of ten,
    latency and cost of a call in percent. None where either is not known."""

    calls: int
    success: Decimal | None
    quality: Decimal | None
    latency: Decimal | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A model on a type of task, or all together; `grade` is A to F, empty without calls."""

    tally: Tally
    trend: Trend
    grade: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC) of a model on a type of task."""

    day: date
    task_type: str
    model: str
    calls: int
    succeeded: int
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Advice:
    """What could be changed, in words with their figures; `about` is the model it speaks of and
    `instead_of` the one it is compared with, empty where it is with itself."""

    kind: str
    task_type: str
    about: str
    instead_of: str
    words: str
    calls: int


@dataclass(frozen=True, slots=True)
class Performance:
    """From `since` up to `until`, compared with as long before. `thin` says in words where too
    little is known for advice."""

    since: datetime
    until: datetime
    rows: list[Figures]
    totals: Figures
    series: list[Day]
    advice: list[Advice]
    thin: list[str]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A model's answer that failed, or whose quality is below the project's minimum; `actor` as it
    is kept, `cost` in USD."""

    at: datetime
    task_type: str
    model: str
    microstep_id: str
    actor: dict[str, Any]
    cost: Decimal

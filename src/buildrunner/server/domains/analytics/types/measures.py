"""The figures of the dashboard, and what they are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Chosen:
    """The period (`first` and `last` included, UTC), and who and which milestone it is narrowed to.

    `who` is `person:<id>` or `agent:<id or label>`, as the lanes of the Timeline are; empty
    means everybody, an empty `phase` the whole plan.
    """

    first: date
    last: date
    who: str = ""
    phase: str = ""

    @property
    def until(self) -> date:
        """The first day after it."""
        return self.last + timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.first).days


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its definition; None where nothing is known. `rows` is the page with the rows
    behind it."""

    name: str
    title: str
    value: Decimal | None
    unit: str
    definition: str
    rows: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One group of a breakdown: its key (of a week: its Monday), its name and its number."""

    key: str
    title: str
    value: Decimal | None
    rows: str = ""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A figure by group: `by` is week, day, phase, person, agent, provider, model or budget."""

    name: str
    title: str
    by: str
    unit: str
    definition: str
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Section:
    """Velocity, quality, duration, cost or budgets."""

    name: str
    title: str
    figures: list[Figure]
    breakdowns: list[Breakdown]


@dataclass(frozen=True, slots=True)
class Measures:
    """What the dashboard shows of a project; `phases` and `people` are what it can be narrowed
    to."""

    project_id: UUID
    project: str
    chosen: Chosen
    sections: list[Section]
    phases: dict[str, str]
    people: dict[str, str]

    def section(self, name: str) -> Section:
        """The section of this name."""
        return next(one for one in self.sections if one.name == name)


@dataclass(frozen=True, slots=True)
class Row:
    """One of the rows that a number counts: the day (empty of a sum), the id it is about, its name,
    its phase, whose it is, its number, and of how many (checks)."""

    day: str
    key: str
    title: str
    phase: str
    who: str
    value: Decimal
    of: int | None = None


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows of one kind; `total` is the sum of their numbers."""

    title: str
    unit: str
    rows: list[Row]

    @property
    def total(self) -> Decimal:
        """The sum of the numbers."""
        return sum((one.value for one in self.rows), Decimal(0))


@dataclass(frozen=True, slots=True)
class Rows:
    """A number, and exactly the rows it is made from; `by` and `key` tell the group of it."""

    figure: Figure
    chosen: Chosen
    by: str
    key: str
    group: str
    groups: list[RowGroup]

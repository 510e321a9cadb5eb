"""A report before it is written: figures, charts and lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the period, as text with its unit, beside the period before; `change` is in
    percent, None where there is nothing to compare."""

    name: str
    title: str
    value: str
    before: str
    change: float | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A table with a heading; the columns in `numeric` are right-aligned. `more` is the page with
    the whole of it, below the project's address; empty where there is none."""

    title: str
    header: list[str]
    rows: list[list[str]]
    numeric: list[int]
    none: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart: its Vega-Lite `spec` and what it shows in a sentence."""

    name: str
    title: str
    summary: str
    spec: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says of a project, from `since` up to `until` (not included)."""

    frequency: str
    project: str
    period: str
    since: date
    until: date
    measures: list[Measure]
    insights: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)

    @property
    def title(self) -> str:
        """For subjects and headings."""
        return f"{self.frequency.capitalize()} report of {self.project}, {self.period}"

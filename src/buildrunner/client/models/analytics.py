"""Figures of a project."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """A number (decimal text, None where nothing is known) with its definition."""

    name: str
    title: str
    value: str | None
    unit: str
    definition: str
    rows: str


class FigurePart(msgspec.Struct, frozen=True):
    """One group of a breakdown."""

    key: str
    title: str
    value: str | None
    rows: str


class FigureBreakdown(msgspec.Struct, frozen=True):
    """A figure by group."""

    name: str
    title: str
    by: str
    unit: str
    definition: str
    parts: list[FigurePart]


class FigureSection(msgspec.Struct, frozen=True):
    """Velocity, quality, duration, cost or budgets."""

    name: str
    title: str
    figures: list[Figure]
    breakdowns: list[FigureBreakdown]


class Measures(msgspec.Struct, frozen=True):
    """The figures of a period, both days included (UTC)."""

    project_id: str
    first: str
    last: str
    who: str
    phase: str
    sections: list[FigureSection]

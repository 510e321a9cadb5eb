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


class FigureRow(msgspec.Struct, frozen=True):
    """What a figure counts once: `value` is its share, of checks out of `of`."""

    day: str | None
    key: str
    title: str
    phase: str
    who: str
    value: str
    of: int | None


class FigureRowsGroup(msgspec.Struct, frozen=True):
    """Rows of one kind; `total` is the sum of their values."""

    title: str
    unit: str
    total: str
    rows: list[FigureRow]


class FigureRows(msgspec.Struct, frozen=True):
    """A figure, or a part of its breakdown (called `group`), and the rows it is made from."""

    project_id: str
    first: str
    last: str
    who: str
    phase: str
    by: str
    key: str
    group: str
    figure: Figure
    groups: list[FigureRowsGroup]

"""The dashboard's figures as the API answers them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict

from buildrunner.server.domains.analytics import facade as analytics

_ID = "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77"
_FIGURE = {
    "name": "finished",
    "title": "Microsteps finished",
    "value": "12",
    "unit": "microsteps",
    "definition": "How often a microstep became done.",
    "rows": f"/projects/{_ID}/timeline?zoom=day&to=2026-11-23&area=plan",
}
EXAMPLE: dict[str, Any] = {
    "project_id": _ID,
    "first": "2026-10-27",
    "last": "2026-11-23",
    "who": "",
    "phase": "",
    "sections": [{"name": "velocity", "title": "Velocity", "figures": [_FIGURE], "breakdowns": []}],
}
ROWS_EXAMPLE: dict[str, Any] = {
    "project_id": _ID,
    "first": "2026-10-27",
    "last": "2026-11-23",
    "who": "",
    "phase": "",
    "by": "phase",
    "key": "m1",
    "group": "Pay by card",
    "figure": {**_FIGURE, "value": "1"},
    "groups": [
        {
            "title": "Microsteps finished",
            "unit": "microsteps",
            "total": "1",
            "rows": [
                {
                    "day": "2026-11-20",
                    "key": "m1.s1.ms1",
                    "title": "Validate the card number",
                    "phase": "Pay by card",
                    "who": "Ada",
                    "value": "1",
                    "of": None,
                }
            ],
        }
    ],
}


class FigureOut(Schema):
    """A number with its definition; `rows` is the page with the rows behind it."""

    name: str
    title: str
    value: str | None
    unit: str
    definition: str
    rows: str

    @classmethod
    def of(cls, one: analytics.Figure) -> FigureOut:
        """As it is answered."""
        return cls(
            name=one.name,
            title=one.title,
            value=text(one.value),
            unit=one.unit,
            definition=one.definition,
            rows=one.rows,
        )


class PartOut(Schema):
    """One group: of a week `key` is its Monday."""

    key: str
    title: str
    value: str | None
    rows: str


class BreakdownOut(Schema):
    """A figure by group."""

    name: str
    title: str
    by: str
    unit: str
    definition: str
    parts: list[PartOut]

    @classmethod
    def of(cls, one: analytics.Breakdown) -> BreakdownOut:
        """As it is answered."""
        parts = [
            PartOut(key=part.key, title=part.title, value=text(part.value), rows=part.rows)
            for part in one.parts
        ]
        return cls(
            name=one.name,
            title=one.title,
            by=one.by,
            unit=one.unit,
            definition=one.definition,
            parts=parts,
        )


class MeasureSectionOut(Schema):
    """Velocity, quality, duration, cost or budgets."""

    name: str
    title: str
    figures: list[FigureOut]
    breakdowns: list[BreakdownOut]


class MeasuresOut(Schema):
    """The figures of a project in a period, both days included (UTC). Numbers are decimal text,
    null where nothing is known."""

    project_id: UUID
    first: date
    last: date
    who: str
    phase: str
    sections: list[MeasureSectionOut]

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    @classmethod
    def of(cls, found: analytics.Measures) -> MeasuresOut:
        """As it is answered."""
        return cls(
            project_id=found.project_id,
            first=found.chosen.first,
            last=found.chosen.last,
            who=found.chosen.who,
            phase=found.chosen.phase,
            sections=[
                MeasureSectionOut(
                    name=one.name,
                    title=one.title,
                    figures=[FigureOut.of(figure) for figure in one.figures],
                    breakdowns=[BreakdownOut.of(part) for part in one.breakdowns],
                )
                for one in found.sections
            ],
        )


class FigureRowOut(Schema):
    """What a number counts once: `value` is its share, of checks out of `of`. A sum has no day, what
    is booked on no microstep no key."""

    day: date | None
    key: str
    title: str
    phase: str
    who: str
    value: str
    of: int | None


class FigureRowsGroupOut(Schema):
    """Rows of one kind; `total` is the sum of their values."""

    title: str
    unit: str
    total: str
    rows: list[FigureRowOut]

    @classmethod
    def made_of(cls, one: analytics.RowGroup) -> FigureRowsGroupOut:
        """As it is answered."""
        rows = [
            FigureRowOut(
                day=date.fromisoformat(row.day) if row.day else None,
                key=row.key,
                title=row.title,
                phase=row.phase,
                who=row.who,
                value=format(row.value, "f"),
                of=row.of,
            )
            for row in one.rows
        ]
        return cls(title=one.title, unit=one.unit, total=format(one.total, "f"), rows=rows)


class FigureRowsOut(Schema):
    """A figure, or the part `key` of its breakdown by `by` (called `group`), and the rows it is made
    from."""

    project_id: UUID
    first: date
    last: date
    who: str
    phase: str
    by: str
    key: str
    group: str
    figure: FigureOut
    groups: list[FigureRowsGroupOut]

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [ROWS_EXAMPLE]})

    @classmethod
    def made_of(cls, project_id: UUID, found: analytics.Rows) -> FigureRowsOut:
        """As it is answered."""
        return cls(
            project_id=project_id,
            first=found.chosen.first,
            last=found.chosen.last,
            who=found.chosen.who,
            phase=found.chosen.phase,
            by=found.by,
            key=found.key,
            group=found.group,
            figure=FigureOut.of(found.figure),
            groups=[FigureRowsGroupOut.made_of(one) for one in found.groups],
        )


def text(value: Decimal | None) -> str | None:
    """A number as decimal text."""
    return None if value is None else format(value, "f")

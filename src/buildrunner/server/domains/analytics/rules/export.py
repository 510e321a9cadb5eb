"""The dashboard as files, and its charts: the same numbers in each."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any, Final, NamedTuple

from buildrunner.server.domains.analytics.types.measures import Breakdown, Measures
from buildrunner.server.platform.documents import blocks
from buildrunner.server.platform.documents.pdf import as_pdf
from buildrunner.server.platform.ui.charts.drawing import draw_all
from buildrunner.server.platform.ui.charts.spec import Spec, bars, columns

COLUMNS: Final = (
    "section", "measure", "by", "key", "title", "value", "unit", "definition", "from", "to"
)  # fmt: skip
_IN_TIME: Final = frozenset({"week", "day"})
_MINUTES: Final = {0: "under a minute", 1: "1 minute"}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Drawn(NamedTuple):
    """A breakdown with its chart and what it shows in a sentence."""

    of: Breakdown
    summary: str
    spec: Spec


def as_csv(found: Measures) -> str:
    """A row for each number; unknown ones are empty. What a spreadsheet would take for a formula
    is text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    period = [f"{found.chosen.first}", f"{found.chosen.last}"]
    for section in found.sections:
        for figure in section.figures:
            writer.writerow([section.name, figure.name, "", "", figure.title, plain(figure.value),
                             figure.unit, figure.definition, *period])  # fmt: skip
        for one in section.breakdowns:
            for part in one.parts:
                told = [_text(part.key), _text(part.title), plain(part.value)]
                writer.writerow(
                    [section.name, one.name, one.by, *told, one.unit, one.definition, *period]
                )
    return out.getvalue()


def pdf_of(found: Measures) -> bytes:
    """The figures with the charts of the page."""
    drawn = {section.name: charts_of(section.breakdowns) for section in found.sections}
    specs = [one.spec for many in drawn.values() for one in many]
    drawings = iter(draw_all(specs, "svg", width=640) if specs else [])
    parts = []
    for section in found.sections:
        parts.append(blocks.heading(section.title, 1))
        if section.figures:
            rows = [
                [one.title, words(one.value, one.unit), one.definition] for one in section.figures
            ]
            parts.append(blocks.table(["", "", "What it is"], rows, numeric=[1]))
        for one in drawn[section.name]:
            parts += [
                blocks.heading(one.of.title, 2),
                blocks.picture(next(drawings).decode(), one.summary),
            ]
            if one.of.by not in _IN_TIME:
                cells = [[part.title, words(part.value, one.of.unit)] for part in one.of.parts]
                parts.append(blocks.table([one.of.by.capitalize(), ""], cells, numeric=[1]))
        if not section.figures and not drawn[section.name]:
            parts.append(blocks.paragraph("No budget limits what is spent."))
    narrowed = [
        found.people.get(found.chosen.who, found.chosen.who),
        found.phases.get(found.chosen.phase, found.chosen.phase),
    ]
    period = ", ".join([f"{found.chosen.first} to {found.chosen.last}", *filter(None, narrowed)])
    parts.append(blocks.aside("Costs are what is known in USD; days are UTC."))
    return as_pdf(f"Analytics of {found.project}", parts, subtitle=period)


def charts_of(breakdowns: list[Breakdown]) -> list[Drawn]:
    """Charts of those that have something to show."""
    return [_drawn(one) for one in breakdowns if any(part.value for part in one.parts)]


def _drawn(one: Breakdown) -> Drawn:
    known = [part for part in one.parts if part.value is not None]
    rows: list[dict[str, Any]] = [
        {
            "group": part.title,
            "value": float(part.value or 0),
            "title": part.title,
            "words": words(part.value, one.unit),
            "rows": part.rows,
        }
        for part in known
    ]
    highest = max(row["value"] for row in rows)
    amounts: dict[str, Any] = {
        "title": one.unit,
        "whole": None if any(row["value"] % 1 for row in rows) else highest,
        "top": max(100.0, highest) if one.unit == "%" else None,
    }
    if one.by in _IN_TIME:
        spec = columns(rows, x="group", y="value", temporal=one.by == "day", **amounts)
    else:
        spec = bars(rows, y="group", x="value", **amounts)
    most = max(known, key=lambda part: part.value or 0)
    return Drawn(one, f"Most: {most.title}, {words(most.value, one.unit)}.", spec)


def words(value: Decimal | None, unit: str) -> str:
    """A number with its unit, for people."""
    if value is None:
        return "–"
    if unit == "USD":
        return f"{value:,.2f} USD"
    if unit == "hours" and value < 1:
        minutes = round(value * 60)
        return _MINUTES.get(minutes, f"{minutes} minutes")
    if unit == "hours" and value == 1:
        return "1 hour"
    number = f"{value:,.1f}" if value % 1 else f"{value:,.0f}"
    return f"{number} {unit}" if unit in ("%", "hours") else number


def plain(value: Decimal | None) -> str:
    """A number as JSON and CSV have it; empty where nothing is known."""
    return "" if value is None else format(value, "f")


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value

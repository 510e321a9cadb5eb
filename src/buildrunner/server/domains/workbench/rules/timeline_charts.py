"""The Timeline as charts: burn-up with its forecast, and events by lane."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from buildrunner.server.domains.workbench.types.timeline import Buckets, Progress
from buildrunner.server.platform.ui.charts.spec import Spec, amount_axis, chart, telling, time_axis

# A line of so many points looks the same as one of thousands.
MOST_POINTS = 400
_LANES = 30


def burn_up_spec(progress: Progress, *, today: date) -> Spec:
    """Scope and done over time; from today the forecast, with half of its trials to 95 of 100."""
    rows = [
        {
            "time": point.day.isoformat(),
            "day": point.day.isoformat(),
            "count": getattr(point, name),
            "what": words,
            "told": f"{getattr(point, name)} {words.lower()}",
        }
        for name, words in (("scope", "In the plan"), ("done", "Done"))
        for point in thinned(progress)
    ]
    line: dict[str, Any] = {
        "mark": {"type": "line", "interpolate": "step-after", "tooltip": True},
        "encoding": {
            "x": time_axis(),
            "y": amount_axis("count", "Microsteps"),
            "color": {
                "field": "what",
                "type": "nominal",
                "sort": None,
                "scale": {
                    "domain": ["In the plan", "Done"],
                    "range": ["token:text-muted", "token:done"],
                },
                "legend": {"title": None, "orient": "top", "offset": 18},
            },
        },
    }
    # The words above the picture say what is counted; a title would stand under the legend.
    line["encoding"]["y"]["axis"]["title"] = None
    line = telling(line, {"Day": "day", "Microsteps": "told"})
    layers: list[dict[str, Any]] = [line, *_forecast_layers(progress, today)]
    spec = chart(rows, layer=layers)
    spec["height"] = 280
    return spec


def _forecast_layers(progress: Progress, today: date) -> list[dict[str, Any]]:
    dates = progress.forecast.dates
    if 50 not in dates or not progress.points:
        return []
    last = progress.points[-1]
    latest = dates[max(dates)]

    def reached(day: date, ending: date) -> float:
        share = min(1.0, (day - today).days / max(1, (ending - today).days))
        return round(last.done + share * (last.scope - last.done), 2)

    days = sorted({today, *dates.values()})
    band = [
        {
            "time": day.isoformat(),
            "soon": reached(day, dates[50]),
            "late": reached(day, latest),
        }
        for day in days
    ]
    marks = [
        {"time": day.isoformat(), "count": last.scope, "words": f"{percent} % by {day:%-d %b %Y}"}
        for percent, day in dates.items()
    ]
    soon = {"field": "soon", "type": "quantitative"}
    tooltip = [{"field": "words", "title": "Forecast"}]
    return [
        {
            "data": {"values": band},
            "mark": {"type": "area", "opacity": 0.18, "color": "token:accent"},
            "encoding": {"x": time_axis(), "y": soon, "y2": {"field": "late"}},
        },
        {
            "data": {"values": band},
            "mark": {"type": "line", "strokeDash": [5, 4], "color": "token:accent"},
            "encoding": {"x": time_axis(), "y": soon},
        },
        {
            "data": {"values": marks},
            "mark": {"type": "point", "filled": True, "size": 46, "color": "token:accent"},
            "encoding": {
                "x": time_axis(),
                "y": {"field": "count", "type": "quantitative"},
                "tooltip": tooltip,
            },
        },
    ]


def thinned(progress: Progress) -> list[Any]:
    """At most `MOST_POINTS` of the points, evenly, always with the first and the last."""
    points = progress.points
    if len(points) <= MOST_POINTS:
        return list(points)
    stride = -(-len(points) // MOST_POINTS)
    return [*points[:-1:stride], points[-1]]


def lanes_spec(found: Buckets) -> Spec:
    """Squares, the darker the more happened."""
    after = dict(zip(found.starts, found.starts[1:], strict=False))
    rows = []
    for lane in found.lanes[:_LANES]:
        for start, count in lane.counts.items():
            end = after.get(start, start + _LENGTHS[found.zoom])
            rows.append({"time": f"{start}", "end": f"{end}", "lane": lane.title, "events": count})
    spec = chart(
        rows,
        mark={"type": "rect", "tooltip": True, "cornerRadius": 2, "stroke": "token:canvas"},
        encoding={
            "x": time_axis(),
            "x2": {"field": "end"},
            "y": {
                "field": "lane",
                "type": "nominal",
                "sort": [lane.title for lane in found.lanes[:_LANES]],
                "axis": {"title": None, "labelLimit": 220},
            },
            "color": {
                "field": "events",
                "type": "quantitative",
                "scale": {"range": ["token:accent-soft", "token:accent"]},
                "legend": {"title": "Events", "orient": "top"},
            },
        },
    )
    spec["height"] = {"step": 24}
    return spec


_LENGTHS = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
}

"""Vega-Lite specifications: the usual kinds, and the house's look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Spec = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
SERIES = ("token:accent", "token:done", "token:doing", "token:blocked", "token:notice-text",
          "token:text-muted", "token:caution-text", "token:positive-text")  # fmt: skip
FONT = "Inter, system-ui, sans-serif"
HEIGHT = 240


def chart(rows: Rows, **parts: Any) -> Spec:
    """A specification over rows of data, as wide as its place and `HEIGHT` high."""
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": HEIGHT,
        "data": {"values": [dict(row) for row in rows]},
        **parts,
    }


def time_axis(field: str = "time", **more: Any) -> dict[str, Any]:
    """The horizontal axis of moments (RFC 3339, shown in UTC)."""
    axis = {"grid": False, "labelOverlap": True, "title": None}
    return {"field": field, "type": "temporal", "scale": {"type": "utc"}, "axis": axis, **more}


def amount_axis(field: str, title: str, **more: Any) -> dict[str, Any]:
    """The vertical axis of amounts, from zero."""
    place = {"titleAlign": "left", "titleAngle": 0, "titleX": 0, "titleY": -10}
    return _amounts(field, title, place, **more)


def _amounts(
    field: str,
    title: str,
    place: Mapping[str, Any],
    *,
    whole: float | None = None,
    top: float | None = None,
) -> dict[str, Any]:
    """Of few amounts that are `whole` (the highest) none is marked between; the axis reaches `top`
    at least."""
    axis: dict[str, Any] = {"tickCount": 5, "title": title, **place}
    if whole is not None and whole <= axis["tickCount"]:
        axis |= {"values": list(range(int(whole) + 1)), "format": ",d"}
    scale = {} if top is None else {"scale": {"domainMax": top}}
    return {"field": field, "type": "quantitative", "axis": axis, **scale}


def lines(rows: Rows, *, y: str, title: str, series: str | None = None) -> Spec:
    """One line for each value of `series` over `time`."""
    colour = {"value": SERIES[0]} if series is None else _colour(series)
    return chart(
        rows,
        mark={"type": "line", "point": {"size": 24}, "tooltip": True},
        encoding={"x": time_axis(), "y": amount_axis(y, title), "color": colour},
    )


def columns(
    rows: Rows,
    *,
    x: str,
    y: str,
    title: str,
    series: str | None = None,
    temporal: bool = False,
    **amounts: Any,
) -> Spec:
    """Columns for each `x`, stacked by `series`; `whole` and `top` are the amounts'."""
    across = time_axis(x, timeUnit="utcyearmonthdate") if temporal else {
        "field": x, "type": "nominal", "sort": None, "axis": {"title": None, "labelAngle": 0, "labelOverlap": True}
    }  # fmt: skip
    colour = {"value": SERIES[0]} if series is None else _colour(series)
    return chart(
        rows,
        mark={"type": "bar", "tooltip": True, "cornerRadiusEnd": 2},
        encoding={"x": across, "y": amount_axis(y, title, **amounts), "color": colour},
    )


def bars(rows: Rows, *, y: str, x: str, title: str, **amounts: Any) -> Spec:
    """Horizontal bars, one a row, in the order given; `whole` and `top` are the amounts'."""
    return chart(
        rows,
        height=22 * len({row[y] for row in rows}),
        mark={"type": "bar", "tooltip": True, "cornerRadiusEnd": 2},
        encoding={
            "y": {"field": y, "type": "nominal", "sort": None, "axis": {"title": None, "labelLimit": 220}},
            "x": _amounts(x, title, {}, **amounts),
            "color": {"value": SERIES[0]},
        },
    )  # fmt: skip


def telling(spec: Spec, told: Mapping[str, str], *, page: str | None = None) -> Spec:
    """The same, each mark saying its row's fields by the titles of `told` when it is pointed at; a
    click opens the address in the field `page`."""
    said = [{"field": name, "type": "nominal", "title": title} for title, name in told.items()]
    opens = {} if page is None else {"href": {"field": page}}
    return {**spec, "encoding": {**spec["encoding"], "tooltip": said, **opens}}


def _colour(field: str) -> dict[str, Any]:
    return {
        "field": field,
        "type": "nominal",
        "sort": None,
        "scale": {"range": list(SERIES)},
        "legend": {"title": None, "orient": "top", "offset": 18},
    }


def themed(spec: Spec, tones: Mapping[str, str], *, width: int | None = None) -> Spec:
    """The specification with its tokens as colours and the house's look; for a file of `width`."""
    found: Spec = _resolved(spec, tones)
    if width is not None and found.get("width") == "container":
        found["width"] = width
    found["config"] = {**_resolved(LOOK, tones), **found.get("config", {})}
    if width is not None:
        found["background"] = tones["canvas"]
    return found


def _resolved(value: Any, tones: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        # Data is data: a row whose text begins like a token keeps it.
        return {
            key: one if key == "values" else _resolved(one, tones) for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_resolved(one, tones) for one in value]
    if isinstance(value, str) and value.startswith("token:"):
        return tones[value.removeprefix("token:")]
    return value


LOOK: Spec = {
    "background": None,
    "font": FONT,
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "token:text-muted",
        "titleColor": "token:text-muted",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "gridColor": "token:line-soft",
        "domainColor": "token:line",
        "tickColor": "token:line",
    },
    "legend": {"labelColor": "token:text-muted", "labelFontSize": 12, "symbolType": "square"},
    "line": {"strokeWidth": 2},
    "text": {"color": "token:text"},
    "rule": {"color": "token:line-control"},
}

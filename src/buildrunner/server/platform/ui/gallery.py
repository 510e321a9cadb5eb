"""The gallery of tokens and components, for whoever builds a page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from buildrunner.server.platform.ui.charts.component import Chart
from buildrunner.server.platform.ui.charts.spec import columns
from buildrunner.server.platform.ui.visitor import signed_in

COLOURS = {
    "Surfaces": ("canvas", "rail", "raised", "sunken", "hover", "press", "inverse", "track"),
    "Lines": ("line", "line-soft", "line-control"),
    "Words": ("text", "text-muted", "accent-text"),
    "Accent": ("accent", "accent-hover", "accent-soft", "accent-line"),
    "Status": ("todo", "doing", "blocked", "done"),
    "Meaning": ("positive-soft", "caution-soft", "negative-soft", "notice-soft", "tint"),
}
SIZES = (12, 13, 14, 16, 20, 28)
SPACES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16)
COUNTS = {"todo": 41, "doing": 3, "blocked": 2, "done": 20, "total": 66}
_WEEKS: list[dict[str, Any]] = [
    {"time": f"2026-0{week // 4 + 1}-{week % 4 * 7 + 1:02d}T00:00:00Z", "done": done, "who": who}
    for week in range(8)
    for who, done in (("people", 3 + week % 3), ("agents", 2 + week))
]
SAMPLE = Chart(
    name="g-chart-sample",
    title="Microsteps done a week",
    summary="Agents did more each week, people about the same.",
    spec=columns(_WEEKS, x="time", y="done", title="microsteps", series="who", temporal=True),
    header=("Week", "Who", "Done"),
    rows=[(row["time"][:10], row["who"], row["done"]) for row in _WEEKS],
)


@require_GET
def design(request: HttpRequest) -> HttpResponse:
    """Every token and component on one page."""
    signed_in(request)
    context = {
        "page": "design",
        "colours": COLOURS.items(),
        "sizes": SIZES,
        "spaces": SPACES,
        "counts": COUNTS,
        "chart": SAMPLE,
        "statuses": ("todo", "doing", "blocked", "done"),
    }
    return render(request, "gallery/design.html", context)

"""The gallery of tokens and components, for whoever builds a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

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
        "statuses": ("todo", "doing", "blocked", "done"),
    }
    return render(request, "gallery/design.html", context)

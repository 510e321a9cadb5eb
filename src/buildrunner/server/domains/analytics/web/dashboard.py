"""The dashboard: what was done, how well, how fast, for how much."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.web.places import place
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.ui.charts.component import Chart
from buildrunner.server.platform.ui.charts.spec import telling

_SPANS = ((7, "7 days"), (28, "4 weeks"), (91, "13 weeks"))


@never_cache
@require_GET
def dashboard(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """`from`, `to`, `who` and `phase` in the address narrow it; what is no period is told, and the
    usual one shown."""
    with place(request, project_id, None) as (access, context):
        assert isinstance(access, ProjectAccess)  # noqa: S101  the address names a project
        if "mark" in request.GET:  # asked every two seconds by who looks at the page
            mark = metering.usage_mark(access.org_id, access.project_id)
            return HttpResponse(mark, content_type="text/plain")
        asked = {name: request.GET.get(name, "")[:512] for name in ("from", "to", "who", "phase")}
        who, phase = asked["who"], asked["phase"]
        refusal = ""
        try:
            first, last = day_of(asked["from"]), day_of(asked["to"])
            found = analytics.measures(access, first, last, who=who, phase=phase)
        except Invalid as wrong:
            refusal = wrong.detail
            found = analytics.measures(access, who=who, phase=phase)
        context |= _shown(found, context["base"]) | {"refusal": refusal, "tab": "dashboard"}
        return render(request, "analytics/dashboard.html", context)


def _shown(found: analytics.Measures, base: str) -> dict[str, Any]:
    chosen = found.chosen
    kept = {"who": chosen.who, "phase": chosen.phase}
    period = {"from": f"{chosen.first}", "to": f"{chosen.last}"}
    sections = [
        {
            "section": section,
            "figures": [
                {"one": one, "words": analytics.figure_words(one.value, one.unit)}
                for one in section.figures
            ],
            "charts": [_chart(one) for one in analytics.charts_of(section.breakdowns)],
        }
        for section in found.sections
    ]
    today = datetime.now(UTC).date()
    return {
        "found": found,
        "sections": sections,
        # Criteria stand as they are now, whatever the period.
        "empty": not any(
            one.value
            for section in found.sections
            for one in section.figures
            if one.name != "criteria"
        ),
        "phases": _options(found.phases, chosen.phase),
        "people": _options(found.people, chosen.who),
        "spans": [
            {
                "title": title,
                "href": f"{base}?{query_of(_span(today, days) | kept)}",
                "current": chosen.last == today and chosen.days == days,
            }
            for days, title in _SPANS
        ],
        "export": "/api/analytics/export?"
        + query_of({"project_id": f"{found.project_id}", **period, **kept}),
    }


def _chart(drawn: Any) -> dict[str, Any]:
    one: analytics.Breakdown = drawn.of
    by = one.by.capitalize()
    spec = telling(drawn.spec, {by: "title", one.title: "words"}, page="rows")
    return {
        "of": one,
        "chart": Chart(one.name.replace("_", "-"), one.title, drawn.summary, spec),
        "by": by,
        "rows": [
            {"part": part, "words": analytics.figure_words(part.value, one.unit)}
            for part in one.parts
        ],
    }


def _options(names: dict[str, str], current: str) -> list[dict[str, Any]]:
    known = names if not current or current in names else {**names, current: current}
    return [
        {"value": key, "title": title, "current": key == current} for key, title in known.items()
    ]


def _span(today: date, days: int) -> dict[str, str]:
    return {"from": f"{today - timedelta(days=days - 1)}", "to": f"{today}"}


def query_of(asked: dict[str, str]) -> str:
    """As it stands in an address, without what is empty."""
    return urlencode({name: value for name, value in asked.items() if value})


def day_of(words: str) -> date | None:
    """The day of an address; None of no words. Raises Invalid."""
    if not words:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise Invalid(f"{words!r} is no day; write it as 2026-11-23.", field="from") from None

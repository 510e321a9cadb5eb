"""Pages of what was unusual."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.web.places import form, place
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.ui.charts.component import Chart
from buildrunner.server.platform.ui.charts.spec import lines, telling

_TONES = {"low": "neutral", "medium": "caution", "high": "negative", "critical": "negative"}
_STATES = (("", "All"), ("open", "Open"), ("acknowledged", "Acknowledged"),
           ("resolved", "Resolved"), ("dismissed", "Dismissed"))  # fmt: skip
_SHOWN = 100


@never_cache
@require_GET
def anomalies(
    request: HttpRequest, project_id: UUID | None = None, org_id: UUID | None = None
) -> HttpResponse:
    """The newest hundred; `status` narrows them."""
    status = request.GET.get("status", "")
    if status not in dict(_STATES):
        status = ""
    with place(request, project_id, org_id) as (access, context):
        found = analytics.list_anomalies(
            access.org_id, project_id=project_id, status=status or None, limit=_SHOWN
        )
        tabs = [
            {"name": name, "title": title, "current": name == status} for name, title in _STATES
        ]
        context |= {"rows": [_shown(one) for one in found], "tabs": tabs, "tab": "anomalies"}
        return render(request, "analytics/anomalies.html", context)


@never_cache
@require_GET
def anomaly(
    request: HttpRequest,
    anomaly_id: UUID,
    project_id: UUID | None = None,
    org_id: UUID | None = None,
) -> HttpResponse:
    """One, with the weeks before it and what made the difference."""
    with place(request, project_id, org_id) as (access, context):
        one = analytics.get_anomaly(access.org_id, anomaly_id, project_id=project_id)
        context |= {
            **_shown(one),
            "tab": "anomalies",
            "reviews": "approval.give" in access.permissions
            and one.status in ("open", "acknowledged"),
            "chart": _chart(access.org_id, one),
        }
        return render(request, "analytics/anomaly.html", context)


@form("anomalies")
def review(
    request: HttpRequest,
    actor: Actor,
    *,
    project_id: UUID | None,  # noqa: ARG001
    org_id: UUID | None,  # noqa: ARG001
    anomaly_id: UUID,
) -> str:
    """Acknowledge, resolve or dismiss one."""
    status = request.POST.get("status", "")
    reason = request.POST.get("reason", "")
    done = analytics.review_anomaly(actor, anomaly_id, status=status, reason=reason)
    return f"The anomaly is {done.status}."


def _shown(one: analytics.AnomalyView) -> dict[str, Any]:
    money = one.kind == "cost_spike"
    return {
        "one": one,
        "tone": _TONES[one.severity],
        "places": 2 if money else 0,
        "factor_percent": one.kind == "quality_drop",
        "causes": [{"cause": cause, "percent": round(cause.share * 100)} for cause in one.causes],
    }


def _chart(org_id: UUID, one: analytics.AnomalyView) -> Chart:
    lived = analytics.figure_history(org_id, one.project_id, one.kind, one.worst_day)
    scale = 100 if one.kind == "quality_drop" else 1
    unit = {"cost_spike": "USD a day", "quality_drop": "% passed"}.get(one.kind, one.unit)
    rows = [
        {
            "time": f"{day.day}",
            "day": f"{day.day}",
            "value": value * scale,
            "series": series,
            "words": f"{value * scale:,.2f} {series.lower()}",
        }
        for day in lived
        for series, value in (("Observed", day.observed), ("Expected", day.expected))
        if value is not None
    ]
    return Chart(
        "anomaly-history",
        f"The weeks up to it, {unit}",
        f"{len(lived)} days, with what was expected of each.",
        telling(
            lines(rows, y="value", title="", series="series"),
            {"Day": "day", unit[:1].upper() + unit[1:]: "words"},
        ),
        ("Day", "Observed", "Expected"),
        [
            (
                f"{day.day}",
                f"{day.observed * scale:,.2f}",
                "–" if day.expected is None else f"{day.expected * scale:,.2f}",
            )
            for day in reversed(lived)
        ],
    )

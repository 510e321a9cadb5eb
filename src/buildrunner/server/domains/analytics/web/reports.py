"""The page of scheduled reports."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.web.places import form, place
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid

FREQUENCIES = (
    ("daily", "Daily: metrics, costs, anomalies"),
    ("weekly", "Weekly, on Mondays: trends and insights too"),
    ("monthly", "Monthly, on the first: health and budgets too"),
)


@never_cache
@require_GET
def reports(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """What is mailed, and what the report would say now."""
    asked = request.GET.get("show", "daily")
    frequency = asked if asked in dict(FREQUENCIES) else "daily"
    with place(request, project_id, None) as (access, context):
        context |= {
            "schedules": analytics.list_reports(access.org_id, project_id),
            "report": analytics.report_now(
                access.org_id, project_id, context["project"].title, frequency
            ),
            "frequencies": FREQUENCIES,
            "tabs": [
                {"name": name, "title": name.capitalize(), "current": name == frequency}
                for name, _ in FREQUENCIES
            ],
            "tab": "reports",
        }
        return render(request, "analytics/reports.html", context)


@form("reports")
def add(
    request: HttpRequest,
    actor: Actor,
    *,
    project_id: UUID | None,
    org_id: UUID | None,  # noqa: ARG001
) -> str:
    """A new schedule."""
    assert project_id is not None  # noqa: S101  it stands in the address
    hour = request.POST.get("hour", "6")
    if not hour.isdigit():
        raise Invalid("The hour is 0 to 23, in UTC.", field="hour")
    made = analytics.schedule_report(
        actor,
        project_id,
        frequency=request.POST.get("frequency", ""),
        recipients=request.POST.get("recipients", "").replace(",", " ").split(),
        hour=int(hour),
    )
    return f"The {made.frequency} report goes out on {made.next_at:%A, %d %B %Y at %H:%M} UTC."


@form("reports")
def change(
    request: HttpRequest,
    actor: Actor,
    *,
    project_id: UUID | None,  # noqa: ARG001
    org_id: UUID | None,  # noqa: ARG001
    report_id: UUID,
) -> str:
    """Pause it, go on, end it."""
    act = request.POST.get("act")
    if act == "remove":
        analytics.remove_report(actor, report_id)
        return "The report is ended: nobody is mailed any more."
    one = analytics.change_report(actor, report_id, enabled=act == "resume")
    return f"The {one.frequency} report {'goes on' if one.enabled else 'is paused'}."

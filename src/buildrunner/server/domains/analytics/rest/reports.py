"""Scheduled reports by API."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.rest import report_schemas as schemas
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, WholePagingQuery, whole_page

router = Router(tags=["analytics"])
ProjectQuery = Annotated[UUID, Query(description="Of this project")]
_ONE = "/analytics/reports/{uuid:report_id}"


@router.post(
    "/analytics/reports/schedule",
    response={201: schemas.ReportScheduleOut},
    operation_id="scheduleReport",
    summary="Schedule a report",
)
def schedule(request: HttpRequest, payload: schemas.ReportScheduleIn) -> Status[Any]:
    """Daily, weekly (Mondays) or monthly (on the first), by mail with a PDF. Needs
    `analytics.read`, for others than oneself `project.manage`."""
    made = analytics.schedule_report(
        actor_of(request),
        payload.project_id,
        frequency=payload.frequency,
        recipients=payload.recipients,
        hour=payload.hour,
    )
    return Status(201, made)


@router.get(
    "/analytics/reports",
    response=Page[schemas.ReportScheduleOut],
    operation_id="listReportSchedules",
    summary="List scheduled reports",
)
def list_reports(
    request: HttpRequest,
    response: HttpResponse,
    paging: WholePagingQuery,
    project_id: ProjectQuery,
) -> dict[str, Any]:
    """Of a project. Needs `analytics.read`."""
    with project_scope(actor_of(request), project_id, "analytics.read") as access:
        found = analytics.list_reports(access.org_id, project_id)
    return whole_page(request, response, paging, found)


@router.get(
    "/analytics/reports/preview",
    response=schemas.ReportOut,
    operation_id="previewReport",
    summary="Read a report now",
)
def preview(
    request: HttpRequest,
    project_id: ProjectQuery,
    frequency: Annotated[schemas.FrequencyName, Query(description="Which one")] = "daily",
) -> analytics.Report:
    """Of the last whole day, week or month, without its charts. Needs `analytics.read`."""
    with project_scope(actor_of(request), project_id, "analytics.read") as access:
        return analytics.report_now(access.org_id, project_id, access.title, frequency)


@router.patch(
    _ONE,
    response=schemas.ReportScheduleOut,
    operation_id="changeReportSchedule",
    summary="Change a scheduled report",
)
def change(
    request: HttpRequest, report_id: UUID, payload: schemas.ReportScheduleChangeIn
) -> analytics.ReportView:
    """Or pause it. By whoever made it, or with `project.manage`."""
    return analytics.change_report(actor_of(request), report_id, **payload.model_dump())


@router.delete(
    _ONE,
    response={204: None},
    operation_id="removeReportSchedule",
    summary="End a scheduled report",
)
def remove(request: HttpRequest, report_id: UUID) -> Status[None]:
    """By whoever made it, or with `project.manage`."""
    analytics.remove_report(actor_of(request), report_id)
    return Status(204, None)

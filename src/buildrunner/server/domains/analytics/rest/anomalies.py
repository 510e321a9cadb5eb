"""Anomalies by API."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.rest import watch_schemas as schemas
from buildrunner.server.domains.tenancy.facade import organization_scope, project_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["analytics"])
ProjectQuery = Annotated[UUID | None, Query(description="Of this project")]
OrgQuery = Annotated[UUID | None, Query(description="Of this organization, instead")]
_ONE = "/analytics/anomalies/{uuid:anomaly_id}"


@router.get(
    "/analytics/anomalies",
    response=Page[schemas.AnomalyOut],
    operation_id="listAnomalies",
    summary="List what was unusual",
)
def list_anomalies(
    request: HttpRequest,
    response: HttpResponse,
    paging: PagingQuery,
    project_id: ProjectQuery = None,
    org_id: OrgQuery = None,
    status: Annotated[schemas.StatusName | None, Query(description="Only these")] = None,
    kind: Annotated[schemas.KindName | None, Query(description="Only of this kind")] = None,
) -> dict[str, Any]:
    """Newest first. Figures are judged every ten minutes against the same weekdays before. Needs
    `analytics.read`."""
    actor = actor_of(request)
    query: dict[str, Any] = {
        "status": status,
        "kind": kind,
        "after": after_id(paging),
        "limit": paging.limit + 1,
    }
    if project_id is not None:
        with project_scope(actor, project_id, "analytics.read") as inside:
            found = analytics.list_anomalies(inside.org_id, project_id=project_id, **query)
    elif org_id is not None:
        with organization_scope(actor, org_id) as whole:
            whole.require("analytics.read")
            found = analytics.list_anomalies(org_id, **query)
    else:
        raise Invalid("Say whose: `project_id` or `org_id`.", field="project_id")
    return page(request, response, paging, found, lambda one: [one.id])


@router.get(_ONE, response=schemas.AnomalyOut, operation_id="getAnomaly", summary="Get an anomaly")
def get_anomaly(request: HttpRequest, anomaly_id: UUID) -> analytics.AnomalyView:
    """With what made the difference. Needs `analytics.read`."""
    with analytics.anomaly_scope(actor_of(request), anomaly_id) as row:
        return analytics.get_anomaly(row.org_id, row.id)


@router.post(
    f"{_ONE}/review",
    response=schemas.AnomalyOut,
    operation_id="reviewAnomaly",
    summary="Review an anomaly",
)
def review(
    request: HttpRequest, anomaly_id: UUID, payload: schemas.AnomalyReviewIn
) -> analytics.AnomalyView:
    """On the record, in person, with `approval.give`: keys are refused."""
    return analytics.review_anomaly(
        actor_of(request), anomaly_id, status=payload.status, reason=payload.reason
    )

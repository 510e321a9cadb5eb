"""Sources of usage by API."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.analytics import facade as analytics
from buildrunner.server.domains.analytics.rest import source_schemas as schemas
from buildrunner.server.domains.tenancy.facade import organization_scope, project_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page, WholePagingQuery, whole_page

router = Router(tags=["analytics"])
_ONE = "/analytics/sources/{uuid:source_id}"
_THE_CALLERS_OWN = schemas.CollectIn()


@router.post(
    "/analytics/collect",
    response={202: schemas.CollectOut},
    operation_id="collectUsage",
    summary="Collect usage now",
)
def collect(
    request: HttpRequest, payload: schemas.CollectIn = _THE_CALLERS_OWN
) -> Status[dict[str, Any]]:
    """Sources are read by themselves every day; this reads them at once. A day that is read twice
    counts once. Without a body: the sources of the caller's own organization. Needs
    `usage.write`."""
    found = analytics.ask_collection(actor_of(request), **payload.model_dump())
    return Status(202, {"queued": len(found), "sources": found})


@router.get(
    "/analytics/sources",
    response=Page[schemas.UsageSourceOut],
    operation_id="listUsageSources",
    summary="List sources of usage",
)
def list_sources(
    request: HttpRequest,
    response: HttpResponse,
    paging: WholePagingQuery,
    project_id: Annotated[UUID | None, Query(description="Of this project")] = None,
    org_id: Annotated[UUID | None, Query(description="Of this organization, instead")] = None,
) -> dict[str, Any]:
    """With how their last reading went. Needs `analytics.read`."""
    actor = actor_of(request)
    if project_id is not None:
        with project_scope(actor, project_id, "analytics.read") as inside:
            found = analytics.list_sources(inside.org_id, project_id=project_id)
    elif org_id is not None:
        with organization_scope(actor, org_id, "analytics.read"):
            found = analytics.list_sources(org_id)
    else:
        raise Invalid("Say whose: `project_id` or `org_id`.", field="project_id")
    return whole_page(request, response, paging, found)


@router.post(
    "/analytics/sources",
    response={201: schemas.UsageSourceOut},
    operation_id="addUsageSource",
    summary="Add a source of usage",
)
def add_source(request: HttpRequest, payload: schemas.UsageSourceIn) -> Status[Any]:
    """It is read at once, then every day. Needs `budget.manage`."""
    return Status(201, analytics.add_source(actor_of(request), **payload.model_dump()))


@router.patch(
    _ONE,
    response=schemas.UsageSourceOut,
    operation_id="changeUsageSource",
    summary="Change a source of usage",
)
def change_source(
    request: HttpRequest, source_id: UUID, payload: schemas.UsageSourceChangeIn
) -> analytics.SourceView:
    """It is read anew. Needs `budget.manage`."""
    return analytics.change_source(actor_of(request), source_id, **payload.model_dump())


@router.delete(
    _ONE,
    response={204: None},
    operation_id="removeUsageSource",
    summary="Remove a source of usage",
)
def remove_source(request: HttpRequest, source_id: UUID) -> Status[None]:
    """Its key is forgotten; what was counted stays. Needs `budget.manage`."""
    analytics.remove_source(actor_of(request), source_id)
    return Status(204, None)

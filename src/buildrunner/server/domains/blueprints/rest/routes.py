"""Blueprints to choose from, to apply and to publish."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.blueprints import facade as blueprints
from buildrunner.server.domains.blueprints.rest import schemas
from buildrunner.server.domains.tenancy.facade import organization_scope, project_scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    WholePagingQuery,
    after_id,
    page,
    whole_page,
)

router = Router(tags=["blueprints"])
_PROJECT = "/projects/{uuid:project_id}/blueprints"
_ORG = "/orgs/{uuid:org_id}/blueprints"
_APPLYING: dict[str, Any] = {
    "responses": {
        403: {"description": "`blueprint_refused`: `denials` name the clauses of the policy"},
        409: {
            "description": "`blueprint_conflict`: answer `conflicts` in `resolutions`; "
            "`blueprint_moved`: it is not what was looked at"
        },
        412: {"description": "`plan_moved`: the plan is at another revision by now"},
        422: {
            "description": "`blueprint_invalid` with `findings`; `blueprint_parameters`, "
            "`blueprint_requires`, `blueprint_older`, `blueprint_fetch_failed`"
        },
    }
}
_LOOKING = {"responses": {422: _APPLYING["responses"][422]}}


@router.get(
    _PROJECT,
    response=Page[schemas.BlueprintOut],
    operation_id="listBlueprints",
    summary="List the blueprints to choose from",
)
def list_blueprints(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    paging: WholePagingQuery,
    search: Annotated[str, Query(max_length=200, description="Words in name, title, tags")] = "",
    tag: Annotated[str, Query(max_length=64, description="Only with this tag")] = "",
    source: Annotated[
        Literal["shipped", "organization", "public"] | None, Query(description="Only of these")
    ] = None,
    sort: Annotated[
        Literal["popular", "rating", "newest", "title"], Query(description="By what")
    ] = "popular",
) -> dict[str, Any]:
    """The shipped ones, those of the organization, and those that others made public."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = blueprints.gallery(
            access,
            plan=blueprints.standing(access)[1],
            search=search,
            tag=tag,
            source=source or "",
            sort=sort,
        )
    return whole_page(request, response, paging, found)


@router.post(
    f"{_PROJECT}/preview",
    response=schemas.AppliedOut,
    operation_id="previewBlueprints",
    summary="See what blueprints would do to the plan",
    openapi_extra=_LOOKING,
)
def preview_blueprints(
    request: HttpRequest, project_id: UUID, payload: schemas.PreviewIn
) -> blueprints.Applied:
    """The same answer for the same plan, every time; nothing is written. `conflicts` lists what
    has to be chosen, `denials` what the project's policy has against it."""
    return blueprints.preview(
        actor_of(request),
        project_id,
        wanted=[one.wanted() for one in payload.blueprints],
        resolutions=payload.answers(),
    )


@router.post(
    f"{_PROJECT}/apply",
    response={200: schemas.AppliedOut, 201: schemas.AppliedOut},
    operation_id="applyBlueprints",
    summary="Apply blueprints to the plan",
    openapi_extra=_APPLYING,
)
def apply_blueprints(
    request: HttpRequest, project_id: UUID, payload: schemas.ApplyIn
) -> Status[Any]:
    """As one revision, which `undoRevision` takes back. 200 where the plan has it all already."""
    done = blueprints.apply_blueprints(
        actor_of(request),
        project_id,
        wanted=[one.wanted() for one in payload.blueprints],
        resolutions=payload.answers(),
        expected_revision=payload.expected_revision,
        message=payload.message,
    )
    return Status(201 if done.created else 200, done)


@router.get(
    f"{_PROJECT}/applied",
    response=Page[schemas.InstallationOut],
    operation_id="listAppliedBlueprints",
    summary="List what was applied",
)
def list_applied(
    request: HttpRequest, response: HttpResponse, project_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """The newest first; what was undone later stays on the record."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = blueprints.installations(access, before=after_id(paging), limit=paging.limit + 1)
    return page(request, response, paging, found, lambda view: [view.id])


@router.get(
    f"{_PROJECT}/marketplace",
    response=Page[schemas.MarketplaceEntryOut],
    operation_id="listMarketplace",
    summary="List the marketplace",
    openapi_extra=_LOOKING,
)
def list_marketplace(
    request: HttpRequest, response: HttpResponse, project_id: UUID, paging: WholePagingQuery
) -> dict[str, Any]:
    """What the index at `BR_MARKETPLACE_URL` lists, to be applied by `url`; empty without one."""
    with project_scope(actor_of(request), project_id, "plan.read"):
        pass
    return whole_page(request, response, paging, blueprints.marketplace(), name="url")


@router.get(
    f"{_PROJECT}/export",
    response=schemas.BlueprintExportOut,
    operation_id="exportBlueprint",
    summary="Make a blueprint of parts of the plan",
)
def export_blueprint(
    request: HttpRequest,
    project_id: UUID,
    name: Annotated[str, Query(max_length=64, description="What it is to be called")] = "blueprint",
    ids: Annotated[
        str, Query(max_length=4000, description="Ids by commas; the whole plan without")
    ] = "",
    title: Annotated[str, Query(max_length=200)] = "",
    version: Annotated[str, Query(max_length=100)] = "1.0.0",
    summary: Annotated[str, Query(max_length=500)] = "",
) -> dict[str, Any]:
    """The work without its progress: no status, owner or evidence. Nothing is saved."""
    document = blueprints.export_plan(
        actor_of(request),
        project_id,
        ids=[one for one in ids.split(",") if one],
        name=name,
        title=title,
        version=version,
        summary=summary,
    )
    return {"document": document}


@router.get(
    f"{_PROJECT}/{{uuid:blueprint_id}}",
    response=schemas.BlueprintDetailOut,
    operation_id="getBlueprint",
    summary="Read a blueprint",
)
def get_blueprint(
    request: HttpRequest,
    project_id: UUID,
    blueprint_id: UUID,
    version: Annotated[str, Query(max_length=100, description="The newest unless said")] = "",
) -> schemas.BlueprintDetailOut:
    """Its versions, and the document of one of them."""
    actor = actor_of(request)
    with project_scope(actor, project_id, "plan.read") as access:
        found = blueprints.detail(access, blueprint_id, version=version, person_id=actor.person_id)
    return schemas.BlueprintDetailOut.of(found)


@router.put(
    f"{_PROJECT}/{{uuid:blueprint_id}}/rating",
    response=schemas.BlueprintDetailOut,
    operation_id="rateBlueprint",
    summary="Rate a blueprint",
    openapi_extra={"responses": {409: {"description": "`blueprint_not_applied`: apply it first"}}},
)
def rate_blueprint(
    request: HttpRequest, project_id: UUID, blueprint_id: UUID, payload: schemas.RatingIn
) -> schemas.BlueprintDetailOut:
    """One word a person; the last one counts."""
    found = blueprints.rate(actor_of(request), project_id, blueprint_id, stars=payload.stars)
    return schemas.BlueprintDetailOut.of(found)


@router.get(
    _ORG,
    response=Page[schemas.BlueprintOut],
    operation_id="listPublishedBlueprints",
    summary="List the blueprints of an organization",
)
def list_published(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: WholePagingQuery
) -> dict[str, Any]:
    """The newest first; private ones for those who may publish."""
    with organization_scope(actor_of(request), org_id) as access:
        found = blueprints.publications(access)
    return whole_page(request, response, paging, found)


@router.post(
    _ORG,
    response={201: schemas.BlueprintDetailOut},
    operation_id="publishBlueprint",
    summary="Publish a version of a blueprint",
    openapi_extra={
        "responses": {
            409: {"description": "`blueprint_version_taken`, `blueprint_name_reserved`"},
            422: {"description": "`blueprint_invalid` with `findings`; `blueprint_fetch_failed`"},
        }
    },
)
def publish_blueprint(
    request: HttpRequest, org_id: UUID, payload: schemas.BlueprintIn
) -> Status[Any]:
    """From a text or an address. A published version never changes. Needs `blueprint.publish`."""
    found = blueprints.publish(
        actor_of(request),
        org_id,
        document=payload.document,
        url=payload.url,
        visibility=payload.visibility,
        project_id=payload.project_id,
    )
    return Status(201, schemas.BlueprintDetailOut.of(found))


@router.patch(
    f"{_ORG}/{{uuid:blueprint_id}}",
    response=schemas.BlueprintDetailOut,
    operation_id="showBlueprint",
    summary="Change who sees a blueprint",
)
def show_blueprint(
    request: HttpRequest, org_id: UUID, blueprint_id: UUID, payload: schemas.VisibilityIn
) -> schemas.BlueprintDetailOut:
    """Private, of the organization, or public on this server. Needs `blueprint.publish`."""
    found = blueprints.set_visibility(
        actor_of(request), org_id, blueprint_id, visibility=payload.visibility
    )
    return schemas.BlueprintDetailOut.of(found)


@router.delete(
    f"{_ORG}/{{uuid:blueprint_id}}",
    response={204: None},
    operation_id="withdrawBlueprint",
    summary="Withdraw a blueprint",
)
def withdraw_blueprint(request: HttpRequest, org_id: UUID, blueprint_id: UUID) -> Status[None]:
    """Nobody finds it any more; plans that have it keep it. Needs `blueprint.publish`."""
    blueprints.withdraw(actor_of(request), org_id, blueprint_id)
    return Status(204, None)


@router.post(
    "/blueprints/validate",
    response=schemas.BlueprintFindingsOut,
    operation_id="validateBlueprint",
    summary="Check a blueprint",
)
def validate_blueprint(request: HttpRequest, payload: schemas.BlueprintTextIn) -> dict[str, Any]:
    """Everything wrong with a text, by line and column; nothing is saved."""
    actor_of(request)
    found = blueprints.findings(payload.document)
    return {
        "valid": not any(one["severity"] == "error" for one in found),
        "findings": found,
    }

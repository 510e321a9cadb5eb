"""The plan API: the document, sync, history and claims of one project."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.plans.rest import schemas
from buildrunner.server.domains.plans.rest.documentation import (
    CLAIM_HELD,
    IF_MATCH,
    NOT_PROVEN,
    PLAN_BODY,
    READ_PLAN,
    refusals,
)
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http import etags
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import read_body
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    WholePagingQuery,
    decode_cursor,
    page,
    whole_page,
)

router = Router()
BASE = "/projects/{uuid:project_id}"


@router.get(
    f"{BASE}/plan",
    response={200: dict[str, Any], 304: None},
    operation_id="getPlan",
    tags=["plans"],
    summary="Read the plan",
    openapi_extra=READ_PLAN,
)
def read_plan(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The document itself. `If-None-Match` with the `ETag` of a copy saves the transfer."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        head = plans.read_head(access)
        if head.document_hash and etags.unchanged(request, head.etag):
            return _with_revision(HttpResponse(status=304), head)
        stored = plans.read_plan(access)
    answer = HttpResponse(stored.document, content_type="application/json")
    return _with_revision(answer, stored)


@router.put(
    f"{BASE}/plan",
    response={200: schemas.ReplacedOut, 201: schemas.ReplacedOut},
    operation_id="putPlan",
    tags=["plans"],
    summary="Replace the plan",
    openapi_extra={**IF_MATCH, **PLAN_BODY, **refusals(412, 413, 422, 428, s409=NOT_PROVEN)},
)
def save_plan(request: HttpRequest, project_id: UUID, response: HttpResponse) -> Status[Any]:
    """Store a whole document. `If-Match` is required once the project has a revision."""
    saved = plans.save_plan(
        actor_of(request),
        project_id,
        data=read_body(request, limit=plans.MAX_DOCUMENT_BYTES),
        expected=_expected(request.headers.get("If-Match")),
    )
    _with_revision(response, saved)
    first = saved.created and saved.revision == 1
    return Status(201 if first else 200, saved)


@router.post(
    f"{BASE}/sync",
    response=schemas.SyncOut,
    operation_id="syncPlan",
    tags=["plans"],
    summary="Synchronise a clone",
    openapi_extra=refusals(409, 422),
)
def sync_plan(request: HttpRequest, project_id: UUID, payload: schemas.SyncIn) -> plans.SyncOutcome:
    """Send what the clone changed, receive what it lacks.

    A microstep that the clone holds to be done without proof stays as it was and is listed in
    `refused`; all other operations go through. 409 `sync_conflict` lists every field that both sides changed, and writes nothing; resolve and
    send again. 409 `base_unknown` means that the clone's base is not the server's: read the whole
    plan. Repeat a request whose answer was lost with the same `Idempotency-Key`; a clone that may
    try again days later names its push by `idempotency_key`.
    """
    return plans.sync_plan(
        actor_of(request),
        project_id,
        request=plans.SyncRequest(**dict(payload)),
    )


@router.get(
    f"{BASE}/revisions",
    response=Page[schemas.RevisionOut],
    operation_id="listRevisions",
    tags=["plans"],
    summary="List revisions, newest first",
)
def list_revisions(
    request: HttpRequest, project_id: UUID, response: HttpResponse, paging: PagingQuery
) -> dict[str, Any]:
    """The history. The first revision is stored whole and shows no operations."""
    before = None if paging.cursor is None else decode_cursor(paging.cursor, int)[0]
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = plans.list_revisions(access, before=before, limit=paging.limit + 1)
    return page(request, response, paging, found, lambda item: [item.revision])


@router.get(
    f"{BASE}/revisions/{{int:number}}",
    response=schemas.RevisionDetailOut,
    operation_id="getRevision",
    tags=["plans"],
    summary="Read a revision",
    exclude_unset=True,
)
def read_revision(
    request: HttpRequest,
    project_id: UUID,
    number: int,
    document: Annotated[
        bool, Query(description="With the whole document at that revision.")
    ] = False,
) -> dict[str, Any]:
    """One revision with its operations."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = plans.read_revision(access, number, document=document)
    answer = {
        **schemas.RevisionOut.from_orm(found.summary).model_dump(),
        "previous_hash": found.previous_hash,
        "operations": found.operations,
    }
    return {**answer, "document": found.document} if document else answer


@router.get(
    f"{BASE}/claims",
    response=Page[schemas.ClaimOut],
    operation_id="listClaims",
    tags=["claims"],
    summary="List claims in force",
)
def list_claims(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    paging: WholePagingQuery,
    holder: Annotated[str | None, Query(description="Only of this holder")] = None,
    microstep_id: Annotated[str | None, Query(description="Only of this microstep")] = None,
    sort: Annotated[
        Literal["expires_at", "-expires_at", "holder", "-holder"] | None,
        Query(description="By what"),
    ] = None,
) -> dict[str, Any]:
    """Who works on what."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = [
            claim
            for claim in plans.list_claims(access)
            if holder in (None, claim.holder) and microstep_id in (None, claim.microstep_id)
        ]
    return whole_page(request, response, paging, found, name="microstep_id", sort=sort)


@router.post(
    f"{BASE}/claims",
    response={201: schemas.ClaimOut},
    operation_id="claimMicrostep",
    tags=["claims"],
    summary="Claim a microstep",
    openapi_extra=refusals(s409=CLAIM_HELD),
)
def claim_microstep(
    request: HttpRequest, project_id: UUID, payload: schemas.ClaimIn
) -> Status[Any]:
    """Take a lease, or renew your own. 409 `claim_held` names the holder and when it ends."""
    return Status(201, plans.claim_microstep(actor_of(request), project_id, **payload.model_dump()))


@router.delete(
    f"{BASE}/claims/{{path:microstep_id}}",
    response={204: None},
    operation_id="releaseClaim",
    tags=["claims"],
    summary="Release a claim",
    openapi_extra=refusals(s409=CLAIM_HELD),
)
def release_claim(
    request: HttpRequest,
    project_id: UUID,
    microstep_id: str,
    holder: Annotated[str | None, Query(description="Only if this holder has it.")] = None,
) -> Status[None]:
    """Give a lease back. Another person's lease needs `project.manage`."""
    plans.release_claim(actor_of(request), project_id, microstep_id=microstep_id, holder=holder)
    return Status(204, None)


def _expected(header: str | None) -> list[str] | None:
    """The entity tags of `If-Match`, `*` as such; None where it is absent."""
    if header is None:
        return None
    tags = etags.tags(header)
    return [plans.ANY] if tags is None else tags


def _with_revision(
    answer: HttpResponse, head: plans.StoredPlan | plans.SavedPlan | plans.HeadSummary
) -> HttpResponse:
    answer["ETag"] = f'"{head.etag}"'
    answer["BR-Revision"] = str(head.revision)
    answer["BR-Document-Hash"] = head.document_hash or ""
    answer["Cache-Control"] = "private, no-cache"
    return answer

"""The plan API: the document, sync, history and claims of one project."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.plans.rest import schemas
from buildrunner.server.domains.plans.rest.documentation import (
    PLAN_BODY,
    READ_PLAN,
    WRITE_PLAN,
    problems,
)
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotSignedIn
from buildrunner.server.platform.http import etags
from buildrunner.server.platform.http.bodies import read_body
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    decode_cursor,
    page,
)

router = Router(tags=["plans"])
BASE = "/projects/{uuid:project_id}"


@router.get(
    f"{BASE}/plan",
    response={200: dict[str, Any], 304: None, **problems(401, 403, 404)},
    summary="Read the plan",
    openapi_extra=READ_PLAN,
)
def read_plan(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The document itself. `If-None-Match` with the `ETag` of a copy saves the transfer."""
    with project_scope(_actor(request), project_id, "plan.read") as access:
        head = plans.read_head(access)
        if head.document_hash and etags.unchanged(request, head.etag):
            return _revision_headers(HttpResponse(status=304), head)
        stored = plans.read_plan(access)
    answer = HttpResponse(stored.document, content_type="application/json")
    return _revision_headers(answer, stored)


@router.put(
    f"{BASE}/plan",
    response={
        200: schemas.SavedOut,
        201: schemas.SavedOut,
        **problems(401, 403, 404, 412, 413, 422, 428),
    },
    summary="Replace the plan",
    openapi_extra={**WRITE_PLAN, **PLAN_BODY},
)
def save_plan(request: HttpRequest, project_id: UUID, response: HttpResponse) -> Any:
    """Store a whole document. `If-Match` is required once the project has a revision."""
    saved = plans.save_plan(
        _actor(request),
        project_id,
        data=read_body(request, limit=plans.MAX_DOCUMENT_BYTES),
        expected=_expected(request.headers.get("If-Match")),
    )
    _revision_headers(response, saved)
    body = {"revision": saved.revision, "document_hash": saved.document_hash}
    return (201 if saved.revision == 1 and saved.created else 200), body


@router.post(
    f"{BASE}/sync",
    response={200: schemas.SyncOut, **problems(401, 403, 404, 409, 413, 422)},
    summary="Synchronise a clone",
)
def sync_plan(request: HttpRequest, project_id: UUID, body: schemas.SyncIn) -> Any:
    """Send what the clone changed, receive what it lacks.

    409 `sync_conflict` lists every field that both sides changed, and writes nothing; resolve and
    send again. 409 `base_unknown` means that the clone's base is not the server's: read the whole
    plan. Repeat a request whose answer was lost with the same `idempotency_key`.
    """
    return plans.sync_plan(
        _actor(request),
        project_id,
        request=plans.SyncRequest(
            base_revision=body.base_revision,
            operations=body.operations,
            base_hash=body.base_hash,
            document_hash=body.document_hash,
            idempotency_key=body.idempotency_key or request.headers.get("Idempotency-Key"),
            resolutions=body.resolutions,
            resolves_revision=body.resolves_revision,
            document=body.document,
            message=body.message,
        ),
    )


@router.get(
    f"{BASE}/revisions",
    response={200: Page[schemas.RevisionOut], **problems(400, 401, 403, 404, 422)},
    summary="List revisions, newest first",
)
def list_revisions(
    request: HttpRequest, project_id: UUID, response: HttpResponse, paging: PagingQuery
) -> Any:
    """The history. The first revision is stored whole and shows no operations."""
    before = None if paging.cursor is None else decode_cursor(paging.cursor, int)[0]
    with project_scope(_actor(request), project_id, "plan.read") as access:
        found = plans.list_revisions(access, before=before, limit=paging.limit + 1)
    return page(request, response, paging, found, lambda item: [item.revision])


@router.get(
    f"{BASE}/revisions/{{int:number}}",
    response={200: schemas.RevisionDetailOut, **problems(401, 403, 404, 422)},
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
) -> Any:
    """One revision with its operations."""
    with project_scope(_actor(request), project_id, "plan.read") as access:
        found = plans.read_revision(access, number, document=document)
    body = schemas.RevisionDetailOut.model_validate(
        {
            **schemas.RevisionOut.from_orm(found.summary).model_dump(),
            "previous_hash": found.previous_hash,
            "operations": found.operations,
        }
    )
    return body.model_copy(update={"document": found.document}) if document else body


@router.get(
    f"{BASE}/claims",
    response={200: Page[schemas.ClaimOut], **problems(401, 403, 404)},
    summary="List claims in force",
)
def list_claims(request: HttpRequest, project_id: UUID) -> Any:
    """Who works on what."""
    with project_scope(_actor(request), project_id, "plan.read") as access:
        return {"items": plans.list_claims(access), "next_cursor": None}


@router.post(
    f"{BASE}/claims",
    response={201: schemas.ClaimOut, **problems(401, 403, 404, 409, 422)},
    summary="Claim a microstep",
)
def claim_microstep(request: HttpRequest, project_id: UUID, body: schemas.ClaimIn) -> Any:
    """Take a lease, or renew your own. 409 `claim_held` names the holder and when it ends."""
    return 201, plans.claim_microstep(
        _actor(request),
        project_id,
        microstep_id=body.microstep_id,
        holder=body.holder,
        ttl_seconds=body.ttl_seconds,
    )


@router.delete(
    f"{BASE}/claims/{{path:microstep_id}}",
    response={204: None, **problems(401, 403, 404, 409)},
    summary="Release a claim",
)
def release_claim(
    request: HttpRequest,
    project_id: UUID,
    microstep_id: str,
    holder: Annotated[str | None, Query(description="Only if this holder has it.")] = None,
) -> Any:
    """Give a lease back. Another person's lease needs `project.manage`."""
    plans.release_claim(_actor(request), project_id, microstep_id=microstep_id, holder=holder)
    return 204, None


def _actor(request: HttpRequest) -> Actor:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise NotSignedIn("Nobody is signed in; send an API key as bearer token.")
    return actor


def _expected(header: str | None) -> list[str] | None:
    """The entity tags of `If-Match`, `*` as such; None where it is absent."""
    if header is None:
        return None
    tags = etags.tags(header)
    return [plans.ANY] if tags is None else tags


def _revision_headers(
    answer: HttpResponse, head: plans.StoredPlan | plans.SavedPlan | plans.HeadSummary
) -> HttpResponse:
    answer["ETag"] = f'"{head.etag}"'
    answer["BR-Revision"] = str(head.revision)
    answer["BR-Document-Hash"] = head.document_hash or ""
    answer["Cache-Control"] = "private, no-cache"
    return answer

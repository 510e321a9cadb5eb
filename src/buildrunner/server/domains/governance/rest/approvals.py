"""Checks, requests for approval, votes, emergencies and waivers."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.governance.rest import schemas
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    WholePagingQuery,
    after_id,
    decode_cursor,
    page,
    whole_page,
)

router = Router(tags=["governance"])
_BASE = "/projects/{uuid:project_id}"
_REQUESTS = f"{_BASE}/change-requests"
_REQUEST = f"{_REQUESTS}/{{int:number}}"
_IN_PERSON: dict[str, Any] = {
    "responses": {
        403: {
            "description": "`in_person_only`: keys, agents and service accounts cannot do this, "
            "whatever their rights"
        }
    }
}


@router.post(
    "/governance/check",
    response=schemas.JudgedChangeOut,
    operation_id="checkChange",
    summary="Judge a change",
)
def check_change(request: HttpRequest, payload: schemas.CheckIn) -> Any:
    """By the policy of the project, with the approvals given for this head and these files, and the
    waivers that stand; or by `policy`, to try one. Nothing is stored. Lines of code are not needed to
    learn which approvals and waivers count: leave `hunks` out for that."""
    change = governance.read_change(payload.change)
    with project_scope(actor_of(request), payload.project_id, "plan.read") as access:
        found = governance.check_change(access, change, policy_text=payload.policy)
    return {
        "allowed": found.allowed,
        "denials": found.denials,
        "approvals": {"needed": found.needed, "given": found.given},
        "policy_number": found.policy_number,
        "policy_digest": found.policy_digest,
        "unjudged": found.unjudged,
        "waivers": found.waivers,
        "request": found.request,
        "state": found.state,
        "passed": found.passed,
    }


@router.post(
    f"{_BASE}/governance/runs",
    response={201: schemas.RunOut},
    operation_id="recordCheckRun",
    summary="Record a judgement",
)
def record_run(request: HttpRequest, project_id: UUID, payload: schemas.RunIn) -> Status[Any]:
    """As CI judged it (`report`), or judged now. Kept for 180 days, for figures and simulation.
    Needs `approval.request`."""
    made = governance.record_run(
        actor_of(request),
        project_id,
        change=payload.change,
        source=payload.source,
        report=payload.report,
    )
    return Status(201, made)


@router.get(
    f"{_BASE}/governance/runs",
    response=Page[schemas.RunOut],
    operation_id="listCheckRuns",
    summary="List recorded judgements",
)
def list_runs(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    paging: PagingQuery,
    rule: Annotated[
        str | None, Query(max_length=64, description="Only those denied by this rule")
    ] = None,
) -> dict[str, Any]:
    """Newest first."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = governance.list_runs(
            access, before=after_id(paging), limit=paging.limit + 1, rule=rule
        )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    f"{_BASE}/governance/simulate",
    response=schemas.SimulationOut,
    operation_id="simulatePolicy",
    summary="Try a policy on what was recorded",
)
def simulate_policy(request: HttpRequest, project_id: UUID, payload: schemas.SimulateIn) -> Any:
    """What the changes of the last days would be under another text. Nothing is stored."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return governance.simulate(access, payload.policy, days=payload.days)


@router.post(
    _REQUESTS,
    response={200: schemas.ChangeRequestOut, 201: schemas.ChangeRequestOut},
    operation_id="requestApproval",
    summary="Ask for approval of a change",
)
def request_approval(
    request: HttpRequest, project_id: UUID, payload: schemas.ApprovalIn
) -> Status[Any]:
    """201 opens a request for the branch and its target, 200 renews the one that is open: votes for
    another head do not count any more. Needs `approval.request`."""
    made, opened = governance.request_approval(actor_of(request), project_id, change=payload.change)
    return Status(201 if opened else 200, made)


@router.get(
    _REQUESTS,
    response=Page[schemas.ChangeRequestOut],
    operation_id="listChangeRequests",
    summary="List requests for approval",
)
def list_requests(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    paging: PagingQuery,
    state: Annotated[
        Literal["open", "withdrawn", "bypassed"] | None, Query(description="Only these")
    ] = None,
) -> dict[str, Any]:
    """Newest first."""
    before = None if paging.cursor is None else decode_cursor(paging.cursor, int)[0]
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = governance.list_requests(access, state=state, before=before, limit=paging.limit + 1)
    return page(request, response, paging, found, lambda view: [view.number])


@router.get(
    _REQUEST,
    response=schemas.RequestDetailOut,
    operation_id="getChangeRequest",
    summary="Read a request for approval",
)
def get_request(request: HttpRequest, project_id: UUID, number: int) -> Any:
    """Judged as things stand now, with every vote and whether it counts."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return governance.read_request(access, number)


@router.post(
    f"{_REQUEST}/withdraw",
    response=schemas.ChangeRequestOut,
    operation_id="withdrawChangeRequest",
    summary="Take a request back",
)
def withdraw_request(request: HttpRequest, project_id: UUID, number: int) -> Any:
    """By whoever opened it or pushed to it, or manages the project."""
    return governance.withdraw_request(actor_of(request), project_id, number=number)


@router.post(
    f"{_REQUEST}/votes",
    response=schemas.ChangeRequestOut,
    operation_id="voteOnChangeRequest",
    summary="Approve or reject",
    openapi_extra=_IN_PERSON,
)
def vote(request: HttpRequest, project_id: UUID, number: int, payload: schemas.VoteIn) -> Any:
    """In person, with `approval.give`; never about one's own change. 409 `head_moved` if it was
    pushed to meanwhile."""
    if payload.verdict == "reject":
        return governance.reject(
            actor_of(request), project_id, number=number, head=payload.head, note=payload.note
        )
    return governance.approve(
        actor_of(request),
        project_id,
        number=number,
        head=payload.head,
        note=payload.note,
        paths=payload.paths,
    )


@router.delete(
    f"{_REQUEST}/votes/mine",
    response=schemas.ChangeRequestOut,
    operation_id="takeBackVote",
    summary="Take one's vote back",
    openapi_extra=_IN_PERSON,
)
def take_back(request: HttpRequest, project_id: UUID, number: int) -> Any:
    """In person. Without a vote of one's own nothing happens."""
    return governance.take_back(actor_of(request), project_id, number=number)


@router.post(
    f"{_REQUEST}/bypass",
    response=schemas.ChangeRequestOut,
    operation_id="bypassPolicy",
    summary="Go past the policy in an emergency",
    openapi_extra=_IN_PERSON,
)
def bypass(request: HttpRequest, project_id: UUID, number: int, payload: schemas.BypassIn) -> Any:
    """In person, by a role that `emergency.bypass_roles` names; somebody else has to review it
    afterwards. What guards the policy itself is never passed."""
    return governance.bypass(
        actor_of(request),
        project_id,
        number=number,
        head=payload.head,
        justification=payload.justification,
    )


@router.get(
    f"{_BASE}/post-reviews",
    response=Page[schemas.PostReviewOut],
    operation_id="listPostReviews",
    summary="List what emergencies owe",
)
def list_post_reviews(
    request: HttpRequest, response: HttpResponse, project_id: UUID, paging: WholePagingQuery
) -> dict[str, Any]:
    """The one due first first."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = governance.post_reviews(access)
    return whole_page(request, response, paging, found)


@router.post(
    f"{_BASE}/post-reviews/{{uuid:post_review_id}}",
    response=schemas.PostReviewOut,
    operation_id="reviewBypass",
    summary="Review an emergency afterwards",
    openapi_extra=_IN_PERSON,
)
def review_bypass(
    request: HttpRequest, project_id: UUID, post_review_id: UUID, payload: schemas.ReviewIn
) -> Any:
    """In person; never by who went past the policy or wrote the change."""
    return governance.review_bypass(
        actor_of(request),
        project_id,
        review_id=post_review_id,
        outcome=payload.outcome,
        note=payload.note,
    )


@router.get(
    f"{_BASE}/waivers",
    response=Page[schemas.WaiverOut],
    operation_id="listWaivers",
    summary="List waivers",
)
def list_waivers(
    request: HttpRequest, response: HttpResponse, project_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Newest first; expired and revoked ones too."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = governance.list_waivers(access, before=after_id(paging), limit=paging.limit + 1)
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    f"{_BASE}/waivers",
    response={201: schemas.WaiverOut},
    operation_id="grantWaiver",
    summary="Set a denial aside until a day",
    openapi_extra=_IN_PERSON,
)
def grant_waiver(request: HttpRequest, project_id: UUID, payload: schemas.WaiverIn) -> Status[Any]:
    """In person, with `policy.manage`."""
    made = governance.grant_waiver(actor_of(request), project_id, **payload.dict())
    return Status(201, made)


@router.delete(
    f"{_BASE}/waivers/{{uuid:waiver_id}}",
    response=schemas.WaiverOut,
    operation_id="revokeWaiver",
    summary="Revoke a waiver",
    openapi_extra=_IN_PERSON,
)
def revoke_waiver(request: HttpRequest, project_id: UUID, waiver_id: UUID) -> Any:
    """In person, with `policy.manage`. What it set aside fails again."""
    return governance.revoke_waiver(actor_of(request), project_id, waiver_id=waiver_id)

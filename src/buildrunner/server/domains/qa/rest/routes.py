"""Evidence, proof, sign-offs and quarantines of one project."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.qa.rest import schemas
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    WholePagingQuery,
    after_id,
    page,
    whole_page,
)

router = Router(tags=["proof"])
_BASE = "/projects/{uuid:project_id}"
_IN_PERSON = (
    "`in_person_only`: keys, agents and service accounts cannot do this, whatever their rights"
)


def _refusals(**words: str) -> dict[str, Any]:
    return {"responses": {int(name[1:]): {"description": text} for name, text in words.items()}}


@router.post(
    f"{_BASE}/evidence",
    response={200: schemas.TakenOut, 201: schemas.TakenOut},
    operation_id="uploadEvidence",
    summary="Upload evidence",
    openapi_extra=_refusals(s404="`plan_absent`: push the plan first"),
)
def upload_evidence(
    request: HttpRequest, project_id: UUID, payload: schemas.EvidenceIn
) -> Status[Any]:
    """Up to 100 signed records. Each is kept once, by its address: sending again changes nothing.

    What is malformed, altered, of another project or from the future is listed in `rejected`; the
    others are kept. A record that says `ci` counts as such where a service account sends it, or a
    key with narrow scopes (`qa.run`, `builder.run`).
    """
    taken = qa.take_evidence(
        actor_of(request), project_id, records=payload.records, run_group=payload.run
    )
    return Status(201 if taken.stored else 200, taken)


@router.get(
    f"{_BASE}/evidence",
    response=Page[schemas.EvidenceOut],
    operation_id="listEvidence",
    summary="List evidence, newest first",
)
def list_evidence(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    paging: PagingQuery,
    microstep_id: Annotated[
        str | None, Query(max_length=512, description="Only of this microstep")
    ] = None,
    state: Annotated[
        Literal["passed", "failed", "error"] | None, Query(description="Only with this outcome")
    ] = None,
) -> dict[str, Any]:
    """What was uploaded, in the order of its arrival."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = qa.list_evidence(
            access,
            microstep_id=microstep_id,
            state=state,
            before=after_id(paging),
            limit=paging.limit + 1,
        )
    return page(request, response, paging, found, lambda view: [view.id])


@router.get(
    f"{_BASE}/evidence/{{str:address}}",
    response=schemas.EvidenceDetailOut,
    operation_id="getEvidence",
    summary="Read a record",
)
def read_evidence(
    request: HttpRequest, project_id: UUID, address: str
) -> schemas.EvidenceDetailOut:
    """The record as it was signed; hash its RFC 8785 form to check that it is the one named."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return schemas.EvidenceDetailOut.of(qa.read_evidence(access, address))


@router.get(
    f"{_BASE}/proof",
    response=schemas.ProofOut,
    operation_id="getProof",
    summary="What is proven",
)
def read_proof(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    paging: WholePagingQuery,
    microstep_id: Annotated[
        str | None, Query(max_length=512, description="Only this microstep, with its history")
    ] = None,
    state: Annotated[
        Literal["evidence", "signed", "attested", "failed", "stale", "unproven"] | None,
        Query(description="Only microsteps with this proof"),
    ] = None,
) -> dict[str, Any]:
    """The state of every criterion, and how many microsteps are done and, of these, proven."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        survey = qa.Survey(access)
        only = None if microstep_id is None else survey.find(microstep_id)
        chosen = [
            line
            for line in survey.lines
            if state in (None, line.proof) and only in (None, line.microstep_id)
        ]
        found = whole_page(request, response, paging, chosen, name="microstep_id")
        items = survey.details([line.microstep_id for line in found["items"]])
        if only is not None:
            items = qa.with_histories(access, items)
    return {
        "revision": survey.revision,
        "mode": survey.mode,
        "classes": survey.classes,
        "counts": survey.counts,
        "items": items,
        "next_cursor": found["next_cursor"],
    }


@router.get(
    f"{_BASE}/sign-offs",
    response=Page[schemas.SignOffOut],
    operation_id="listSignOffs",
    summary="List sign-offs, newest first",
)
def list_sign_offs(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    paging: PagingQuery,
    microstep_id: Annotated[
        str | None, Query(max_length=512, description="Only of this microstep")
    ] = None,
) -> dict[str, Any]:
    """Who vouched for what; revoked ones too."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = qa.sign_offs(
            access, microstep_id=microstep_id, before=after_id(paging), limit=paging.limit + 1
        )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    f"{_BASE}/sign-offs",
    response={201: schemas.SignOffOut},
    operation_id="signOff",
    summary="Sign off a criterion",
    openapi_extra=_refusals(
        s403=f"{_IN_PERSON}; `author_alone` with the `people` who may",
        s409="`criterion_changed`: it does not read any more as `seen`",
    ),
)
def sign_off(request: HttpRequest, project_id: UUID, payload: schemas.SignOffIn) -> Status[Any]:
    """Vouch in person, in the role QA, TechLead or PM. Needs a browser session; the author, who
    held the claim or moved the status, does not sign alone."""
    made = qa.sign_off(actor_of(request), project_id, **payload.model_dump())
    return Status(201, made)


@router.delete(
    f"{_BASE}/sign-offs/{{uuid:sign_off_id}}",
    response={204: None},
    operation_id="revokeSignOff",
    summary="Revoke a sign-off",
    openapi_extra=_refusals(s403=_IN_PERSON),
)
def revoke_sign_off(request: HttpRequest, project_id: UUID, sign_off_id: UUID) -> Status[None]:
    """One's own, or with `project.manage` another's. It stays on the record and counts no more."""
    qa.revoke_sign_off(actor_of(request), project_id, sign_off_id=sign_off_id)
    return Status(204, None)


@router.get(
    f"{_BASE}/quarantines",
    response=Page[schemas.QuarantineOut],
    operation_id="listQuarantines",
    summary="List quarantines in force",
)
def list_quarantines(
    request: HttpRequest, response: HttpResponse, project_id: UUID, paging: WholePagingQuery
) -> dict[str, Any]:
    """Those that end first in front."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = qa.quarantines(access)
    return whole_page(request, response, paging, found)


@router.post(
    f"{_BASE}/quarantines",
    response={201: schemas.QuarantineOut},
    operation_id="quarantineCheck",
    summary="Set a flaky check aside",
    openapi_extra=_refusals(
        s403=_IN_PERSON, s409="`not_flaky`: it had one outcome on each tree", s404="`check_absent`"
    ),
)
def quarantine_check(
    request: HttpRequest, project_id: UUID, payload: schemas.QuarantineIn
) -> Status[Any]:
    """Until then it neither proves nor blocks: what it alone proved needs other proof."""
    made = qa.quarantine_check(actor_of(request), project_id, **payload.model_dump())
    return Status(201, made)


@router.delete(
    f"{_BASE}/quarantines/{{uuid:quarantine_id}}",
    response={204: None},
    operation_id="liftQuarantine",
    summary="Lift a quarantine",
    openapi_extra=_refusals(s403=_IN_PERSON),
)
def lift_quarantine(request: HttpRequest, project_id: UUID, quarantine_id: UUID) -> Status[None]:
    """Let the check count again before its time."""
    qa.lift_quarantine(actor_of(request), project_id, quarantine_id=quarantine_id)
    return Status(204, None)


@router.post(
    f"{_BASE}/checks/rerun-requests",
    response={202: schemas.RerunOut},
    operation_id="requestRerun",
    summary="Ask for checks to run again",
    openapi_extra=_refusals(s404="`entity_absent`, `check_absent`"),
)
def request_rerun(request: HttpRequest, project_id: UUID, payload: schemas.RerunIn) -> Status[Any]:
    """Leaves the event `check.rerun_requested`, which runners and webhooks hear of. The server runs
    no check itself."""
    asked = qa.request_rerun(actor_of(request), project_id, **payload.model_dump())
    return Status(202, asked)

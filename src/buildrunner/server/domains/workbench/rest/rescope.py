"""Proposals to change what is planned, and context packs."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, ConfigDict, Field

from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page
from buildrunner.spec.briefing import DEFAULT_BUDGET, LEAST_BUDGET
from buildrunner.spec.rescope import MAX_ACTS, MAX_INSTRUCTION

router = Router(tags=["workbench"])
_BASE = "/projects/{uuid:project_id}"
_ID = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b10"
_UNCLEAR = (
    "`instruction_unclear` with `choices`, instructions that mean one thing each; or what stands "
    "against the change: `done_stays`, `budget_too_small`, `not_later`, `nothing_to_do`"
)
_CLOSED = (
    "`rescope_closed`; `sync_conflict`: others changed the same fields since its base, and nothing "
    "was written; `rescope_unready`: the pre-check says no"
)
_ACT: dict[str, Any] = {"act": "defer", "ids": ["m2"]}


class RescopeIn(Body):
    """What shall change: acts, an instruction in plain words, or both in this order."""

    model_config = ConfigDict(json_schema_extra={"example": {"instruction": "defer billing"}})

    instruction: str = Field(
        "", max_length=MAX_INSTRUCTION, description="Such as “defer billing” or “cut to 40 points”"
    )
    acts: list[dict[str, Any]] = Field(
        default_factory=list,
        max_length=MAX_ACTS,
        description="`{act, …}`: split, defer, drop, set, cut, criteria, merge, unblock",
    )
    by: Literal["rules", "model"] = Field(
        "rules",
        description="`model`: a model names the acts, in whatever words or language the "
        "instruction is; needs `model.use`",
    )
    dry_run: bool = Field(False, description="Answer (200) and keep nothing")


class RescopeNoteIn(Body):
    """Why not."""

    model_config = ConfigDict(json_schema_extra={"example": {"note": "billing stays in"}})

    note: str = Field("", max_length=500)


class RescopeOut(Schema):
    """A proposal: a patch of the plan at `base_revision`, with what it would do."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": _ID,
                "state": "open",
                "instruction": "defer billing",
                "acts": [_ACT],
                "base_revision": 4,
                "operations": [{"op": "move", "id": "m2", "parent": "", "after": "m3"}],
                "reasons": ["m2 comes last"],
                "impact": {"criteria_removed": 0, "effort": {"before": 40, "after": 40}},
                "precheck": {"ok": True, "checks": [], "warnings": []},
                "by": {"id": _ID, "name": "Ada", "kind": "person"},
                "created_at": "2026-01-01T09:00:00Z",
                "note": "",
                "revision": None,
                "decided_by": None,
                "decided_at": None,
                "behind": 0,
            }
        }
    )

    id: UUID | None = Field(description="null for a dry run")
    state: str = Field(description="open, applied or discarded")
    instruction: str
    acts: list[dict[str, Any]]
    base_revision: int
    operations: list[dict[str, Any]] = Field(description="As `POST …/sync` takes them")
    reasons: list[str] = Field(description="Why each thing is in it")
    impact: dict[str, Any] = Field(
        description="criteria, evidence that no longer counts, done items touched, dependants, "
        "effort, critical path, milestones: before and after"
    )
    precheck: dict[str, Any] = Field(description="`{ok, checks: [{name, title, ok, problems}]}`")
    by: dict[str, Any]
    created_at: AwareDatetime
    note: str
    revision: int | None = Field(description="The revision that applied it")
    decided_by: dict[str, Any] | None
    decided_at: AwareDatetime | None
    behind: int = Field(description="Revisions since its base; applying merges")


class ContextOut(Schema):
    """What is needed to do a microstep, in few words."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "microstep_id": "m1.s1.ms1",
                "title": "Open the door",
                "budget": 2000,
                "tokens": 120,
                "text": "# m1.s1.ms1: Open the door\n",
                "left_out": {"neighbours": 3},
                "sections": [
                    {
                        "name": "criteria",
                        "heading": "Done when",
                        "lines": ["it opens"],
                        "left_out": 0,
                        "why": "always first: they say when it is done",
                    }
                ],
            }
        }
    )

    microstep_id: str
    title: str
    budget: int
    tokens: int = Field(description="Upper estimate of the text: a third of its bytes")
    text: str = Field(description="Markdown")
    left_out: dict[str, int] = Field(description="Lines that did not fit, by section")
    sections: list[dict[str, Any]] = Field(description="`{name, heading, lines, left_out, why}`")


@router.get(
    f"{_BASE}/microsteps/{{path:microstep_id}}/context",
    response=ContextOut,
    operation_id="getContext",
    summary="The context pack of a microstep",
    openapi_extra={"responses": {404: {"description": "`entity_absent`, `plan_absent`"}}},
)
def context(
    request: HttpRequest,
    project_id: UUID,
    microstep_id: str,
    budget: Annotated[
        int, Query(ge=LEAST_BUDGET, le=workbench.MOST_BUDGET, description="Tokens at most")
    ] = DEFAULT_BUDGET,
) -> workbench.ContextPack:
    """Goal, criteria, checks, dependencies, evidence, files and neighbours, the needed first."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return workbench.context_pack(access, microstep_id, budget=budget)


@router.get(
    f"{_BASE}/rescopes",
    response=Page[RescopeOut],
    operation_id="listRescopes",
    summary="List proposals, newest first",
)
def list_rescopes(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    paging: PagingQuery,
    state: Annotated[
        Literal["open", "applied", "discarded"] | None, Query(description="Only in this state")
    ] = None,
) -> dict[str, Any]:
    """Every proposal is kept, whatever became of it."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = workbench.list_rescopes(
            access, state=state, before=after_id(paging), limit=paging.limit + 1
        )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    f"{_BASE}/rescopes",
    response={200: RescopeOut, 201: RescopeOut},
    operation_id="proposeRescope",
    summary="Propose a change of scope",
    openapi_extra={"responses": {422: {"description": _UNCLEAR}}},
)
def propose_rescope(request: HttpRequest, project_id: UUID, payload: RescopeIn) -> Status[Any]:
    """The plan does not change. What is ambiguous is asked and never guessed; a model's acts are
    held to the same rules as a person's."""
    if payload.by == "model":
        if payload.acts:
            raise Invalid("A model names the acts: leave `acts` out.", field="acts")
        told = workbench.rescope_by_model(
            actor_of(request),
            project_id,
            instruction=payload.instruction,
            dry_run=payload.dry_run,
        )
        return Status(200 if payload.dry_run else 201, told)
    made = workbench.propose_rescope(
        actor_of(request),
        project_id,
        instruction=payload.instruction,
        acts=payload.acts,
        dry_run=payload.dry_run,
    )
    return Status(200 if payload.dry_run else 201, made)


@router.get(
    f"{_BASE}/rescopes/{{uuid:rescope_id}}",
    response=RescopeOut,
    operation_id="getRescope",
    summary="Read a proposal",
)
def read_rescope(request: HttpRequest, project_id: UUID, rescope_id: UUID) -> workbench.RescopeView:
    """With its operations, impact and pre-check as they were when it was made."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return workbench.read_rescope(access, rescope_id)


@router.post(
    f"{_BASE}/rescopes/{{uuid:rescope_id}}/apply",
    response=RescopeOut,
    operation_id="applyRescope",
    summary="Apply a proposal",
    openapi_extra={"responses": {409: {"description": _CLOSED}}},
)
def apply_rescope(
    request: HttpRequest, project_id: UUID, rescope_id: UUID
) -> workbench.RescopeView:
    """One revision, which can be undone. Where the plan moved on, both are merged."""
    return workbench.apply_rescope(actor_of(request), project_id, rescope_id=rescope_id)


@router.post(
    f"{_BASE}/rescopes/{{uuid:rescope_id}}/discard",
    response=RescopeOut,
    operation_id="discardRescope",
    summary="Discard a proposal",
    openapi_extra={"responses": {409: {"description": "`rescope_closed`"}}},
)
def discard_rescope(
    request: HttpRequest, project_id: UUID, rescope_id: UUID, payload: RescopeNoteIn
) -> workbench.RescopeView:
    """Its record stays, with the note."""
    return workbench.discard_rescope(
        actor_of(request), project_id, rescope_id=rescope_id, note=payload.note
    )

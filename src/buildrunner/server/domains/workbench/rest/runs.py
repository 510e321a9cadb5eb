"""The journal of agents' runs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, ConfigDict, Field

from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["workbench"])
_ALL = "/projects/{uuid:project_id}/runs"
_ONE = _ALL + "/{uuid:run_id}"
_ID = "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b21"
_SHA = "1f0c2b6d9e"
_RUN: dict[str, Any] = {
    "id": _ID,
    "project_id": _ID,
    "name": "20261123T100000Z-5c1e",
    "program": "claude-code",
    "state": "open",
    "actor": {"kind": "service", "id": _ID, "name": "claude"},
    "agent": True,
    "branch": "main",
    "commit_start": _SHA,
    "commit_end": "",
    "summary": "",
    "started_at": "2026-11-23T10:00:00Z",
    "seen_at": "2026-11-23T10:05:00Z",
    "expires_at": "2026-11-23T10:35:00Z",
    "ended_at": None,
    "freed": [],
}
_CLOSED: dict[str, Any] = {
    "responses": {409: {"description": "`run_closed`: `missing` names what it held"}}
}
Commit = Annotated[str, Field(max_length=64, description="The commit checked out")]
Word = Annotated[str, Field(max_length=200)]


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class AgentRunIn(Body):
    """A run begins. Under the `name` of an open run of the same key that one goes on."""

    model_config: ClassVar[ConfigDict] = _example({"program": "claude-code", "commit": _SHA})

    name: Word = Field("", description="The caller's own name for it")
    program: Word = Field("", description="The agent's program")
    commit: Commit = ""
    branch: Word = ""
    ttl_seconds: int = Field(
        workbench.DEFAULT_TTL,
        ge=workbench.MIN_TTL,
        le=workbench.MAX_TTL,
        description="How long it may be silent before it counts as lost",
    )
    silent: bool = Field(False, description="No end will be told; silence ends it")


class AgentRunBeatIn(Body):
    """A sign of life."""

    model_config: ClassVar[ConfigDict] = _example({"commit": _SHA})

    commit: Commit = ""


class AgentRunEndIn(Body):
    """The end of a run."""

    model_config: ClassVar[ConfigDict] = _example({"commit": _SHA, "summary": "ms1 is done"})

    commit: Commit = ""
    summary: Annotated[str, Field(max_length=2000, description="What came of it")] = ""


class AgentRunOut(Schema):
    """Who worked, from when to when, from which commit to which."""

    model_config: ClassVar[ConfigDict] = _example(_RUN)

    id: UUID
    project_id: UUID
    name: str
    program: str
    state: str = Field(description="open, ended, or lost: its signs of life stopped")
    actor: dict[str, Any]
    agent: bool = Field(description="Whether a member that is no person worked")
    branch: str
    commit_start: str
    commit_end: str
    summary: str
    started_at: AwareDatetime
    seen_at: AwareDatetime = Field(description="The last sign of life")
    expires_at: AwareDatetime | None = Field(description="When silence closes it; null once over")
    ended_at: AwareDatetime | None
    freed: list[str] = Field(description="Microsteps whose claims ended with it")


class AgentRunCostOut(Schema):
    """What it spent in one currency, by what was metered."""

    cost: Decimal | None = Field(description="null where the price of a part is not known")
    known: Decimal
    currency: str
    calls: int
    tokens: int


class AgentRunStoryOut(Schema):
    """A run with what it did, out of the events that name it."""

    model_config: ClassVar[ConfigDict] = _example(
        {
            "run": _RUN,
            "claimed": ["m1.s1.ms1"],
            "holds": ["m1.s1.ms1"],
            "revisions": [7],
            "changed": ["m1.s1.ms1"],
            "evidence": ["m1.s1.ms1"],
            "commented": [],
            "events": 4,
            "more": False,
            "costs": [],
        }
    )

    run: AgentRunOut
    claimed: list[str]
    holds: list[str] = Field(description="Of them those that it holds now")
    revisions: list[int] = Field(description="Revisions of the plan that it made")
    changed: list[str] = Field(description="Ids in the plan that those touched")
    evidence: list[str] = Field(description="Microsteps that it brought evidence for")
    commented: list[str]
    events: int
    more: bool = Field(description="It did more than is told here: it has over 5,000 events")
    costs: list[AgentRunCostOut] | None = Field(description="null without `usage.read`")


@router.get(
    _ALL, response=Page[AgentRunOut], operation_id="listAgentRuns", summary="List agents' runs"
)
def list_runs(
    request: HttpRequest,
    response: HttpResponse,
    project_id: UUID,
    paging: PagingQuery,
    state: Annotated[
        Literal["open", "ended", "lost"] | None, Query(description="Only in this state")
    ] = None,
    agent: Annotated[UUID | None, Query(description="Of one agent or person")] = None,
) -> dict[str, Any]:
    """Newest first."""
    with project_scope(actor_of(request), project_id, "event.read") as access:
        found = workbench.list_runs(
            access, agent=agent, state=state, before=after_id(paging), limit=paging.limit + 1
        )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    _ALL,
    response={200: AgentRunOut, 201: AgentRunOut},
    operation_id="startAgentRun",
    summary="Begin an agent's run",
)
def start_run(request: HttpRequest, project_id: UUID, payload: AgentRunIn) -> Status[Any]:
    """Requests that carry its id in `BR-Run` are told as part of it, and its claims end with it.
    Needs `claim.take`."""
    view, new = workbench.start_run(
        actor_of(request), project_id, workbench.RunIn(**payload.dict())
    )
    return Status(201 if new else 200, view)


@router.get(_ONE, response=AgentRunStoryOut, operation_id="getAgentRun", summary="Read a run")
def read_run(request: HttpRequest, project_id: UUID, run_id: UUID) -> workbench.RunStory:
    """What it claimed, changed, proved and spent."""
    with project_scope(actor_of(request), project_id, "event.read") as access:
        return workbench.read_run(access, run_id)


@router.post(
    f"{_ONE}/heartbeat",
    response=AgentRunOut,
    operation_id="beatAgentRun",
    summary="Give a sign of life",
    openapi_extra=_CLOSED,
)
def beat_run(
    request: HttpRequest, project_id: UUID, run_id: UUID, payload: AgentRunBeatIn
) -> workbench.RunView:
    """Whatever a run does is a sign of life as well; claims are renewed on their own."""
    return workbench.beat_run(actor_of(request), project_id, run_id, commit=payload.commit)


@router.post(
    f"{_ONE}/end",
    response=AgentRunOut,
    operation_id="endAgentRun",
    summary="End a run",
    openapi_extra=_CLOSED,
)
def end_run(
    request: HttpRequest, project_id: UUID, run_id: UUID, payload: AgentRunEndIn
) -> workbench.RunView:
    """What it holds is given back; statuses stay. Managers of the project end anybody's."""
    return workbench.end_run(
        actor_of(request), project_id, run_id, commit=payload.commit, summary=payload.summary
    )

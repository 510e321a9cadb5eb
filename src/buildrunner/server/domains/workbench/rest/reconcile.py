"""Drift of a project: what stands apart, what clones report, and what is decided."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    WholePagingQuery,
    after_id,
    page,
    whole_page,
)
from buildrunner.spec.values import ABSENT

router = Router(tags=["reconcile"])
_BASE = "/projects/{uuid:project_id}"
_CLONE = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:@/-]{1,64}$")]
_LINE = StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")
_FINDING: dict[str, Any] = {
    "code": "microstep_unknown",
    "level": "warning",
    "where": "commit 5e1c0f1a2b3c",
    "id": "m1.s1.ms9",
    "what": "5e1c0f1a2b3c “fix: door” names m1.s1.ms9, which no plan has",
    "command": "git show 5e1c0f1a2b3c",
}
_CONFLICT: dict[str, Any] = {
    "id": "m1.s1.ms1",
    "kind": "field",
    "field": "title",
    "base": "Open the door",
    "ours": "Open the front door",
    "theirs": "Open both doors",
    "title": "Open the door",
}
_DIGEST = "sha256:" + "5" * 64


class DriftReportIn(Body):
    """What a clone or CI found. A list that is left out stays as it was told before."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "clone": "8c5f2a90d1e3b746",
                "label": "ines@harbour:tide-tables",
                "branch": "gauge",
                "commit": "5e1c0f1a2b3c4d5e6f708192a3b4c5d6e7f80912",
                "since": "main",
                "base_revision": 12,
                "findings": [_FINDING],
                "conflicts": [_CONFLICT],
            }
        }
    )

    clone: _CLONE = Field(description="Names the clone; the same from run to run")
    label: Annotated[str, _LINE] = Field("", max_length=120, description="What people call it")
    branch: Annotated[str, _LINE] = Field("", max_length=255)
    commit: str = Field("", pattern=r"^[0-9a-f]{0,64}$")
    since: Annotated[str, _LINE] = Field("", max_length=200, description="What is compared with")
    base_revision: int = Field(0, ge=0, le=2**31 - 1, description="Of the last sync; 0: none yet")
    findings: list[dict[str, Any]] | None = Field(None, description="As `br drift --json` has them")
    conflicts: list[dict[str, Any]] | None = Field(None, description="As a refused sync has them")
    overlaps: list[dict[str, Any]] | None = Field(None, description="As `br overlap --json` does")


class DriftReportOut(Schema):
    """The newest report of one person or service, clone and branch."""

    id: UUID
    clone: str
    label: str
    branch: str
    commit: str
    since: str
    base_revision: int
    by: dict[str, Any]
    reported_at: AwareDatetime
    counts: dict[str, int] = Field(description="Findings by kind")
    findings: list[dict[str, Any]]
    conflicts: list[dict[str, Any]] = Field(description="Each with its `digest`")
    overlaps: list[dict[str, Any]]


class ConflictChoiceIn(Body):
    """What shall stand."""

    model_config = ConfigDict(json_schema_extra={"example": {"digest": _DIGEST, "choice": "ours"}})

    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$", description="That of the conflict")
    choice: Literal["ours", "theirs", "both", "value"] = Field(
        description="`ours` is the clone's, `theirs` the server's, `both` joins two lists"
    )
    value: Any = Field(None, description="With `value`; left out, the field is taken out")


class ConflictChoiceOut(Schema):
    """A decision; `resolution` is what `POST …/sync` takes as an answer to the conflict."""

    id: UUID
    digest: str
    answers: list[str] = Field(description="Digests of the conflicts that it answers")
    entity_id: str
    field: str
    title: str
    choice: str
    resolution: dict[str, Any]
    conflict: dict[str, Any]
    revision: int | None = Field(description="The revision it wrote, if it wrote one")
    clone: str
    branch: str
    by: dict[str, Any]
    at: AwareDatetime
    replaced_at: AwareDatetime | None = Field(description="When another decision took its place")


class SeenDriftOut(Schema):
    """A finding and where it was seen: by the `server`, or in the report of that id."""

    finding: dict[str, Any]
    source: str
    clone: str
    branch: str
    at: AwareDatetime | None
    milestone: str


class ContestedOut(Schema):
    """A conflict in the inbox, with the decision that answers it."""

    conflict: dict[str, Any]
    digest: str
    report_id: UUID
    clone: str
    label: str
    branch: str
    by: dict[str, Any]
    reported_at: AwareDatetime
    milestone: str
    choice: ConflictChoiceOut | None


class BranchMeetingOut(Schema):
    """Two branches that touch the same."""

    branches: list[str]
    items: list[dict[str, Any]]
    clone: str
    report_id: UUID
    at: AwareDatetime
    milestone: str


class ProjectDriftOut(Schema):
    """What drifted."""

    clean: bool
    revision: int
    kinds: dict[str, int] = Field(description="How many of each kind there are")
    findings: list[SeenDriftOut]
    conflicts: list[ContestedOut]
    meetings: list[BranchMeetingOut]


@router.get(
    f"{_BASE}/drift",
    response=ProjectDriftOut,
    operation_id="getProjectDrift",
    summary="What drifted in a project",
)
def get_drift(
    request: HttpRequest,
    project_id: UUID,
    kind: Annotated[str, Query(max_length=64, description="Only findings of this kind")] = "",
    milestone: Annotated[str, Query(max_length=250, description="Only what concerns it")] = "",
    clone: Annotated[str, Query(max_length=64, description="Only of it; `server`: seen here")] = "",
) -> Any:
    """Computed now from plan, proof and claims, with what clones and CI reported last."""
    filters = workbench.Filters(kind, milestone, clone)
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return workbench.drifted(access, filters)


@router.post(
    f"{_BASE}/drift-reports",
    response=DriftReportOut,
    operation_id="reportDrift",
    summary="Report the drift of a clone",
)
def report_drift(request: HttpRequest, project_id: UUID, payload: DriftReportIn) -> Any:
    """Takes the place of the caller's report on the same clone and branch. At most 2,000 findings,
    500 conflicts and 200 overlaps. Needs `plan.write` or `evidence.write`."""
    report = workbench.ReportIn(**payload.dict())
    return workbench.report_drift(actor_of(request), project_id, report=report)


@router.get(
    f"{_BASE}/drift-reports",
    response=Page[DriftReportOut],
    operation_id="listDriftReports",
    summary="List the reports of clones",
)
def list_reports(
    request: HttpRequest, response: HttpResponse, project_id: UUID, paging: WholePagingQuery
) -> dict[str, Any]:
    """Those of the last 90 days, newest first."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return whole_page(request, response, paging, workbench.list_reports(access))


@router.delete(
    f"{_BASE}/drift-reports/{{uuid:drift_report_id}}",
    response={204: None},
    operation_id="forgetDriftReport",
    summary="Forget the report of a clone",
)
def forget_report(request: HttpRequest, project_id: UUID, drift_report_id: UUID) -> Status[None]:
    """Of a clone that is gone. The event keeps what it counted. Needs `plan.write`."""
    workbench.forget_report(actor_of(request), project_id, report_id=drift_report_id)
    return Status(204, None)


@router.get(
    f"{_BASE}/conflict-choices",
    response=Page[ConflictChoiceOut],
    operation_id="listConflictChoices",
    summary="List decisions about conflicts",
)
def list_choices(
    request: HttpRequest, response: HttpResponse, project_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Newest first. `br sync` asks here before it reports a conflict."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = workbench.list_choices(access, before=after_id(paging), limit=paging.limit + 1)
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    f"{_BASE}/conflict-choices",
    response={201: ConflictChoiceOut},
    operation_id="chooseSide",
    summary="Decide a conflict",
    openapi_extra={
        "responses": {
            404: {"description": "`conflict_absent`: no clone reports it any more"},
            409: {"description": "`conflict_moved`: the plan holds another value by now"},
            422: {"description": "`choice_invalid`: that cannot stand there"},
        }
    },
)
def choose_side(request: HttpRequest, project_id: UUID, payload: ConflictChoiceIn) -> Status[Any]:
    """The value of a whole field is written into the plan at once, anything else by the clone's next
    sync. Both values stay on the record. Needs `plan.write`."""
    value = payload.value if "value" in payload.model_fields_set else ABSENT
    made = workbench.choose_side(
        actor_of(request), project_id, digest=payload.digest, choice=payload.choice, value=value
    )
    return Status(201, made)

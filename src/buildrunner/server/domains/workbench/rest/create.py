"""Drafts: from a prompt, a document, a repository or another tool's file to the plan."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.server.platform.http.pagination import Page, PagingQuery, after_id, page

router = Router(tags=["drafts"])
_BASE = "/projects/{uuid:project_id}/drafts"
_ONE = f"{_BASE}/{{uuid:draft_id}}"
_NAME = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
_ANSWER = Annotated[str, StringConstraints(max_length=300)]
_MOVED = "`draft_moved`: the plan has another revision; `draft_closed`: accepted or discarded"


class DraftRequestIn(Body):
    """What to draft from."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "prompt",
                "text": "Build a shop where customers pay with Stripe and get a receipt by email.",
            }
        }
    )

    kind: Literal["prompt", "prd", "repository", "tracker", "model"] = Field(
        description="`prd` is Markdown, `tracker` another tool's file, `model` JSON a model wrote"
    )
    text: str = Field("", max_length=1024 * 1024)
    name: str = Field("", max_length=200, description="What the text is called: a file's name")
    format: str | None = Field(None, max_length=40, description="Of a tracker's file")
    facts: dict[str, Any] = Field(
        default_factory=dict, description="Of a repository, as `br create --repo --json` has them"
    )
    answers: dict[_NAME, _ANSWER] = Field(
        default_factory=dict, max_length=100, description="To questions, by their id"
    )
    by: Literal["rules", "model"] = Field(
        "rules",
        description="Who drafts: `model` asks one for a prompt or PRD, for what its tokens cost",
    )


class DraftAnswersIn(Body):
    """Answers to questions by their id; an empty one takes an answer back."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"answers": {"fast": "Under 1 s for 50 people at once"}}}
    )

    answers: dict[_NAME, _ANSWER] = Field(default_factory=dict, max_length=100)


class DraftChoiceIn(Body):
    """Which items are taken."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"items": ["m1.s1"], "base_revision": 4}}
    )

    items: list[Annotated[str, StringConstraints(max_length=200)]] | None = Field(
        None,
        max_length=2000,
        description="Ids of the draft; a parent brings what is below it. None: all but optional",
    )
    base_revision: int = Field(ge=0, le=2**31 - 1, description="The draft's; must be the plan's")


class DraftSummaryOut(Schema):
    """A draft, as lists show it."""

    id: UUID
    kind: str
    name: str
    state: str = Field(description="open, accepted or discarded")
    title: str
    input_digest: str
    base_revision: int = Field(description="The revision it was made against; 0: no plan yet")
    revision: int | None = Field(description="The revision that accepting wrote")
    counts: dict[str, int]
    by: dict[str, Any]
    created_at: AwareDatetime
    updated_at: AwareDatetime


class DraftOut(DraftSummaryOut):
    """A draft whole."""

    items: list[dict[str, Any]] = Field(description="With id, kind, parent, title, fields, source")
    known: list[dict[str, Any]] = Field(description="What the plan has already")
    assumptions: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    suggestions: list[dict[str, Any]] = Field(description="Blueprints that fit")
    added: dict[str, str] = Field(description="Accepted items and their ids in the plan")

    @staticmethod
    def of(view: workbench.DraftView) -> dict[str, Any]:
        """A view with its content's parts beside the rest."""
        row = {name: getattr(view, name) for name in DraftSummaryOut.model_fields}
        parts = ("items", "known", "assumptions", "questions", "left_out", "suggestions")
        return {**row, **{name: view.content[name] for name in parts}, "added": view.added}


class DraftAcceptedOut(Schema):
    """What accepting did."""

    revision: int
    version: str
    added: dict[str, str]
    skipped: list[str] = Field(description="Items that the plan had by then")
    draft: DraftOut


def _refusals(**words: str) -> dict[str, Any]:
    return {"responses": {int(name[1:]): {"description": text} for name, text in words.items()}}


@router.post(
    _BASE,
    response={201: DraftOut},
    operation_id="startDraft",
    summary="Draft additions to a plan",
    openapi_extra=_refusals(s422="`draft_refused`: nothing can be drafted from it; names the line"),
)
def start_draft(request: HttpRequest, project_id: UUID, payload: DraftRequestIn) -> Any:
    """Rules and patterns draft, or a model where `by` says so. Nothing of it reaches the plan before
    items are accepted.

    The same input to the rules against the same revision answers the open draft that is there.
    """
    given = workbench.DraftIn(
        payload.kind, payload.text, payload.name, payload.format, payload.facts
    )
    draft = workbench.draft_by_model if payload.by == "model" else workbench.start_draft
    made = draft(actor_of(request), project_id, given=given, answers=dict(payload.answers))
    return Status(201, DraftOut.of(made))


@router.get(
    _BASE,
    response=Page[DraftSummaryOut],
    operation_id="listDrafts",
    summary="List drafts, newest first",
)
def list_drafts(
    request: HttpRequest, response: HttpResponse, project_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """The newest 200 of the project are kept."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = workbench.list_drafts(access, before=after_id(paging), limit=paging.limit + 1)
    return page(request, response, paging, found, lambda view: [view.id])


@router.get(_ONE, response=DraftOut, operation_id="getDraft", summary="Read a draft")
def get_draft(request: HttpRequest, project_id: UUID, draft_id: UUID) -> Any:
    """Items with their sources, assumptions, questions, and what was left out."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return DraftOut.of(workbench.read_draft(access, draft_id))


@router.post(
    f"{_ONE}/answers",
    response=DraftOut,
    operation_id="answerDraft",
    summary="Answer questions and draft anew",
    openapi_extra=_refusals(s409="`draft_closed`: accepted or discarded"),
)
def answer_draft(
    request: HttpRequest, project_id: UUID, draft_id: UUID, payload: DraftAnswersIn
) -> Any:
    """Against the plan as it is now; without answers it is only made anew."""
    made = workbench.answer_draft(
        actor_of(request), project_id, draft_id, answers=dict(payload.answers)
    )
    return DraftOut.of(made)


@router.post(
    f"{_ONE}/accept",
    response=DraftAcceptedOut,
    operation_id="acceptDraft",
    summary="Add items of a draft to the plan",
    openapi_extra=_refusals(s409=_MOVED, s422="`draft_refused`: an item is not in the draft"),
)
def accept_draft(
    request: HttpRequest, project_id: UUID, draft_id: UUID, payload: DraftChoiceIn
) -> Any:
    """One revision, which can be undone; the version's minor part rises."""
    done = workbench.accept_items(
        actor_of(request),
        project_id,
        draft_id,
        items=payload.items,
        base_revision=payload.base_revision,
    )
    return {
        "revision": done.revision,
        "version": done.version,
        "added": done.added,
        "skipped": done.skipped,
        "draft": DraftOut.of(done.draft),
    }


@router.post(
    f"{_ONE}/discard",
    response=DraftOut,
    operation_id="discardDraft",
    summary="Discard a draft",
    openapi_extra=_refusals(s409="`draft_closed`: accepted or discarded"),
)
def discard_draft(request: HttpRequest, project_id: UUID, draft_id: UUID) -> Any:
    """It stays in the list."""
    return DraftOut.of(workbench.discard_draft(actor_of(request), project_id, draft_id))

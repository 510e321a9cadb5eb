"""Revisions side by side, and going back: the history's part of the plan API."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import ConfigDict

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.plans.rest import schemas
from buildrunner.server.domains.plans.rest.documentation import refusals
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.spec.diff import describe
from buildrunner.spec.document import index

router = Router()
BASE = "/projects/{uuid:project_id}"
_HIGHEST = 2_147_483_647


class ComparisonOut(Schema):
    """What leads from one revision to another."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from_revision": 7,
                    "to_revision": 9,
                    "operations": [
                        {"op": "set", "id": "p1.s1.ms3", "field": "status", "value": "done"}
                    ],
                    "words": ["p1.s1.ms3 “Validate the card number”: status: doing → done"],
                }
            ]
        }
    )

    from_revision: int
    to_revision: int
    operations: list[dict[str, Any]] = Field(
        description="Applied to the document of the one they give that of the other."
    )
    words: list[str] = Field(description="Each operation in one line for people.")


class RestoreIn(Body):
    """A wish to go back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"expected_revision": 9}]})

    expected_revision: int = Field(
        ge=1,
        le=_HIGHEST,
        description="The newest revision that the caller knows of. Everything between is taken "
        "back; what came after it is not, since then nothing is written.",
    )


@router.get(
    f"{BASE}/compare",
    response=ComparisonOut,
    operation_id="compareRevisions",
    tags=["plans"],
    summary="Compare two revisions",
)
def compare_revisions(
    request: HttpRequest,
    project_id: UUID,
    from_: Annotated[
        int | None,
        Query(
            alias="from",
            ge=1,
            le=_HIGHEST,
            description="The revision to start from; by default the one before `to`.",
        ),
    ] = None,
    to: Annotated[
        int | None,
        Query(
            ge=1,
            le=_HIGHEST,
            description="The revision to end at, older or newer; by default the newest.",
        ),
    ] = None,
) -> dict[str, Any]:
    """The net difference: what was changed and changed back in between is not in it."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        head = plans.read_head(access).revision
        if head == 0:
            raise plans.PlanAbsent
        end = to or head
        found = plans.compare_revisions(access, from_ or max(1, end - 1), end)
    entities = index(found.before)
    return {
        "from_revision": found.first,
        "to_revision": found.second,
        "operations": found.operations,
        "words": [
            describe(operation, found.before, entities=entities) for operation in found.operations
        ],
    }


@router.post(
    f"{BASE}/revisions/{{int:number}}/restore",
    response=schemas.SavedOut,
    operation_id="restoreRevision",
    tags=["plans"],
    summary="Restore a revision",
    openapi_extra=refusals(422, s412="`plan_moved`: the plan has a newer revision than expected"),
)
def restore_revision(
    request: HttpRequest, project_id: UUID, number: int, payload: RestoreIn
) -> plans.SavedPlan:
    """Bring back the plan of an earlier revision, as a new one. The history keeps all of them.

    `GET …/compare?from=<head>&to=<number>` tells beforehand what it changes. Where somebody wrote
    after `expected_revision`, the answer is 412 and nothing of theirs is taken back unseen.
    """
    return plans.restore_revision(
        actor_of(request),
        project_id,
        number=number,
        expected_revision=payload.expected_revision,
    )


@router.post(
    f"{BASE}/revisions/{{int:number}}/undo",
    response=schemas.SavedOut,
    operation_id="undoRevision",
    tags=["plans"],
    summary="Undo a revision",
    openapi_extra=refusals(422, s409="`undo_conflict`: later revisions changed the same"),
)
def undo_revision(request: HttpRequest, project_id: UUID, number: int) -> plans.SavedPlan:
    """Take back what one revision did and keep what came later. An undo can be undone, too."""
    return plans.undo_revision(actor_of(request), project_id, number=number)

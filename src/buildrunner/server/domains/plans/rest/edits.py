"""Edits as people mean them: add, set, move, split, merge, remove, as one revision."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import ConfigDict

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.plans.rest import schemas
from buildrunner.server.domains.plans.rest.documentation import NOT_PROVEN, refusals
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body
from buildrunner.spec.values import ABSENT

router = Router()
_HIGHEST = 2_147_483_647
Ids = Annotated[list[str], Field(min_length=1, max_length=5000)]


class AddIn(Body):
    """A new milestone, step or microstep; its id follows those of its siblings."""

    do: Literal["add"]
    parent: str = Field(description='The id of what it goes into; "" for a milestone.')
    title: str
    after: str | None = Field(None, description="The sibling to stand behind; else the last place.")
    first: bool = Field(False, description="Before all siblings.")
    fields: dict[str, Any] = Field(default_factory=dict, description="Its other fields.")

    def edit(self) -> plans.PlanEdit:
        """As the room knows it."""
        return plans.AddEdit(self.parent, self.title, self.after, self.first, self.fields)


class SetIn(Body):
    """One value for a field of several entities."""

    do: Literal["set"]
    ids: Ids
    field: str
    value: Any = Field(None, description="Without a value, or with null, the field is taken away.")

    def edit(self) -> plans.PlanEdit:
        """As the room knows it."""
        return plans.SetEdit(self.ids, self.field, ABSENT if self.value is None else self.value)


class MoveIn(Body):
    """Entities of one kind to another place, in the order of the plan."""

    do: Literal["move"]
    ids: Ids
    parent: str
    after: str | None = None
    first: bool = False

    def edit(self) -> plans.PlanEdit:
        """As the room knows it."""
        return plans.MoveEdit(self.ids, self.parent, self.after, self.first)


class PartIn(Body):
    """One part of a split."""

    title: str
    members: list[int | str] = Field(
        default_factory=list,
        description="Indices of criteria, from 0; for a step the ids of microsteps.",
    )
    criteria: list[str] = Field(default_factory=list, description="New criteria of this part.")


class SplitIn(Body):
    """A microstep into several by its criteria, or a step by its microsteps."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "do": "split",
                    "id": "p1.s1.ms1",
                    "parts": [
                        {"title": "Check the number", "members": [0]},
                        {"title": "Check the date", "criteria": ["a past date is refused"]},
                    ],
                }
            ]
        },
    )

    do: Literal["split"]
    id: str
    parts: list[PartIn] = Field(min_length=2, max_length=50)

    def edit(self) -> plans.PlanEdit:
        """As the room knows it."""
        parts = [plans.Part(part.title, part.members, part.criteria) for part in self.parts]
        return plans.SplitEdit(self.id, parts)


class MergeIn(Body):
    """Several microsteps, or steps, into the first one named."""

    do: Literal["merge"]
    ids: Ids
    title: str | None = None

    def edit(self) -> plans.PlanEdit:
        """As the room knows it."""
        return plans.MergeEdit(self.ids, self.title)


class RemoveIn(Body):
    """Entities with all below them."""

    do: Literal["remove"]
    ids: Ids
    cascade: bool = Field(False, description="Also drop what others depend on among them.")

    def edit(self) -> plans.PlanEdit:
        """As the room knows it."""
        return plans.RemoveEdit(self.ids, self.cascade)


EditIn = Annotated[AddIn | SetIn | MoveIn | SplitIn | MergeIn | RemoveIn, Field(discriminator="do")]


class EditsIn(Body):
    """Edits in order, each of the plan as those before it leave it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "edits": [
                        {"do": "add", "parent": "p1.s1", "title": "Refuse a bad date"},
                        {"do": "set", "ids": ["p1.s1.ms1"], "field": "priority", "value": "P1"},
                        {"do": "move", "ids": ["p1.s1.ms2"], "parent": "p1.s2", "first": True},
                    ],
                    "message": "After the review",
                }
            ]
        },
    )

    edits: list[EditIn] = Field(min_length=1, max_length=plans.MAX_EDITS)
    expected_revision: int | None = Field(
        None, ge=1, le=_HIGHEST, description="Write only while this is the newest revision."
    )
    message: str = Field("", description="One line for the history; by default what was done.")


class EditedOut(Schema):
    """The head after the edits, and the operations they became."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "revision": 8,
                    "document_hash": "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98"
                    "a5e886266e7ae",
                    "created": True,
                    "operations": [
                        {"op": "set", "id": "p1.s1.ms1", "field": "priority", "value": "P1"}
                    ],
                }
            ]
        }
    )

    revision: int
    document_hash: str
    created: bool = Field(description="Whether a revision was written; false: it was so already.")
    operations: list[dict[str, Any]]
    warnings: list[schemas.RefusedOut] = Field(
        default_factory=list,
        description="Microsteps that became done without proof, where the policy only warns.",
    )


@router.post(
    "/projects/{uuid:project_id}/plan/edits",
    response=EditedOut,
    operation_id="editPlan",
    tags=["plans"],
    summary="Add, set, move, split, merge and remove",
    openapi_extra=refusals(
        s409=NOT_PROVEN,
        s412="`plan_moved`: the plan has a newer revision than `expected_revision`",
        s422="`unknown_id`, `wrong_kind`, `invalid_value`, `dependency_cycle`, or `still_needed` "
        "with the `ids` that depend on what would go; nothing is written",
    ),
)
def edit_plan(request: HttpRequest, project_id: UUID, payload: EditsIn) -> plans.SavedPlan:
    """Carry out edits as one revision, all of them or none; one call takes them all back.

    `POST /api/projects/{project_id}/revisions/{number}/undo` with the revision answered here
    restores the plan as it was.
    """
    return plans.change_plan(
        actor_of(request),
        project_id,
        edits=[edit.edit() for edit in payload.edits],
        expected_revision=payload.expected_revision,
        message=payload.message,
    )

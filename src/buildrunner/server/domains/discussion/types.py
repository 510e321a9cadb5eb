"""What the room tells others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

EntityType = Literal[
    "project", "milestone", "step", "microstep", "check_run", "finding", "revision"
]
MentionKind = Literal["user", "role", "team"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody who was named: `name` as it was written after the sign, `people` those it meant."""

    kind: MentionKind
    name: str
    people: tuple[UUID, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is stored and answered; who is meant stays inside."""
        return {"kind": self.kind, "name": self.name, "reaches": len(self.people)}


@dataclass(frozen=True, slots=True)
class Reactions:
    """One sign under a comment: how many gave it, and whether the reader did."""

    emoji: str
    count: int
    mine: bool


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment as its readers see it. A deleted one keeps its place and loses its words."""

    id: UUID
    project_id: UUID
    entity_type: str
    entity_id: str
    parent_id: UUID | None
    author: dict[str, Any]
    body: str
    body_html: str
    created_at: datetime
    edited_at: datetime | None
    resolved_at: datetime | None
    resolved_by: dict[str, Any] | None
    deleted: bool
    promoted_to: str | None
    mentions: list[dict[str, Any]] = field(default_factory=list)
    reactions: list[Reactions] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Thread:
    """The first comment and the answers to it, oldest first."""

    first: CommentView
    answers: list[CommentView]


@dataclass(frozen=True, slots=True)
class EditView:
    """What a comment said before an edit."""

    body: str
    body_html: str
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class IssueView:
    """A link to an issue elsewhere. `pending`: nothing was sent, no connector is set up."""

    id: UUID
    project_id: UUID
    provider: str
    entity_type: str
    entity_id: str
    title: str
    status: str
    url: str | None
    created_at: datetime

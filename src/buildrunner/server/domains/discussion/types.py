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
class AttachmentView:
    """A file under a comment; `picture` where a page may show it, `width` and `height` in pixels."""

    id: UUID
    comment_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    picture: bool
    width: int | None
    height: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """What a link in a comment leads to, told by its address and by what is known here.

    `kind`: pull_request, file, test_run, issue or plan. `state` is what is known of it now, as
    one word, else empty. Nothing is fetched to make one.
    """

    kind: str
    title: str
    detail: str = ""
    url: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A check run or finding that rooms above keep: its title, page and state."""

    title: str
    url: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Mentionable:
    """Who can be named in a project: `kind` user, role or team, `name` as it is written after the
    sign, `reaches` how many people that means."""

    kind: MentionKind
    name: str
    title: str
    reaches: int


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
    attachments: list[AttachmentView] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    client_id: UUID | None = None


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

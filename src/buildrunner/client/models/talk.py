"""Comments and links to issues elsewhere."""

from __future__ import annotations

from typing import Any

import msgspec


class Reaction(msgspec.Struct, frozen=True):
    """One sign under a comment, how many gave it, and whether the caller did."""

    emoji: str
    count: int
    mine: bool


class Comment(msgspec.Struct, frozen=True):
    """A comment; `body_html` is safe to show. A deleted one keeps its place without its words."""

    id: str
    project_id: str
    entity_type: str
    entity_id: str
    author: dict[str, Any]
    body: str
    body_html: str
    created_at: str
    deleted: bool
    mentions: list[dict[str, Any]]
    reactions: list[Reaction]
    url: str
    parent_id: str | None = None
    edited_at: str | None = None
    resolved_at: str | None = None
    resolved_by: dict[str, Any] | None = None
    promoted_to: str | None = None


class CommentEdit(msgspec.Struct, frozen=True):
    """What a comment said until `edited_at`."""

    body: str
    body_html: str
    edited_at: str


class Promotion(msgspec.Struct, frozen=True):
    """The microstep that a comment became, and the revision that has it."""

    comment_id: str
    microstep_id: str
    revision: int


class Issue(msgspec.Struct, frozen=True):
    """A link to an issue elsewhere; `pending`: nothing was sent, as `note` says."""

    id: str
    project_id: str
    provider: str
    entity_type: str
    entity_id: str
    title: str
    status: str
    created_at: str
    note: str
    url: str | None = None

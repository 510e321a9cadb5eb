"""Comments and links to issues elsewhere."""

from __future__ import annotations

from typing import Any

import msgspec


class Reaction(msgspec.Struct, frozen=True):
    """One sign under a comment, how many gave it, and whether the caller did."""

    emoji: str
    count: int
    mine: bool


class Attachment(msgspec.Struct, frozen=True):
    """A file under a comment; `url` answers its bytes to who may read the project."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    created_at: str
    url: str
    width: int | None = None
    height: int | None = None


class Card(msgspec.Struct, frozen=True):
    """What a link in a comment leads to; `state` is what is known of it, else empty."""

    kind: str
    title: str
    detail: str
    url: str
    state: str


class Mentionable(msgspec.Struct, frozen=True):
    """Who can be mentioned: `text` as it is written, `reaches` how many that means."""

    kind: str
    name: str
    title: str
    reaches: int
    text: str


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
    attachments: list[Attachment] = []
    cards: list[Card] = []
    client_id: str | None = None
    invite_url: str | None = None
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

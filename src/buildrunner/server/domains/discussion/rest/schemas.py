"""What the API takes and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from buildrunner.server.domains.discussion.rules.limits import EMOJI, PROVIDERS
from buildrunner.server.domains.discussion.types import EntityType
from buildrunner.server.platform.http.bodies import Body

_ID = "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77"
_COMMENT: dict[str, Any] = {
    "id": _ID,
    "project_id": "019aa0f2-1111-7d10-9a51-6f0c2b1e4d77",
    "entity_type": "microstep",
    "entity_id": "p1.s1.ms1",
    "parent_id": None,
    "author": {"kind": "person", "id": _ID, "name": "Grace"},
    "body": "Looks right. @role:QA please review.",
    "body_html": '<p>Looks right. <span class="mention">@role:QA</span> please review.</p>\n',
    "created_at": "2026-11-23T10:00:00Z",
    "edited_at": None,
    "resolved_at": None,
    "resolved_by": None,
    "deleted": False,
    "promoted_to": None,
    "mentions": [{"kind": "role", "name": "QA", "reaches": 2}],
    "reactions": [{"emoji": "👍", "count": 1, "mine": False}],
    "attachments": [],
    "cards": [],
    "client_id": None,
    "invite_url": None,
    "url": f"/projects/019aa0f2-1111-7d10-9a51-6f0c2b1e4d77/discussion/{_ID}",
}


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class ReactionOut(Schema):
    """One sign, how many gave it, and whether the caller did."""

    emoji: str
    count: int
    mine: bool


class AttachmentOut(Schema):
    """A file under a comment. `media_type` is what its bytes are; `url` answers them as a download
    to who may read the project."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    width: int | None
    height: int | None
    created_at: datetime
    url: str

    model_config: ClassVar[ConfigDict] = _example(
        {
            "id": _ID,
            "name": "trace.log",
            "media_type": "text/plain; charset=utf-8",
            "size": 5120,
            "sha256": "9f86d081" * 8,
            "width": None,
            "height": None,
            "created_at": "2026-11-23T10:00:00Z",
            "url": f"/api/comments/{_ID}/attachments/{_ID}",
        }
    )

    @staticmethod
    def resolve_url(file: Any) -> str:
        """Where its bytes are."""
        return f"/api/comments/{file.comment_id}/attachments/{file.id}"


class CardOut(Schema):
    """What a link in the words leads to, told by its address and by what is known here."""

    kind: str = Field(description="pull_request, issue, file, test_run or plan")
    title: str
    detail: str
    url: str = Field(description="Empty where the words name a file without an address")
    state: str = Field(description="What is known of it, such as a status; else empty")


class MentionableOut(Schema):
    """Somebody or several who can be mentioned; `name` stands after the sign."""

    kind: str = Field(description="user, role or team")
    name: str
    title: str
    reaches: int
    text: str = Field(description="As it is written")

    @staticmethod
    def resolve_text(one: Any) -> str:
        """The mention itself."""
        return f"@{one.name}" if one.kind == "user" else f"@{one.kind}:{one.name}"


class CommentOut(Schema):
    """A comment; `body_html` is safe to show. A deleted one keeps its place without its words."""

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
    mentions: list[dict[str, Any]]
    reactions: list[ReactionOut]
    attachments: list[AttachmentOut]
    cards: list[CardOut]
    client_id: UUID | None = Field(description="What its writer called it; told to nobody else")
    invite_url: str | None = Field(
        description="Where people are let in, when a mention reaches nobody; whether there is "
        "somebody of that name elsewhere is not told"
    )
    url: str

    model_config: ClassVar[ConfigDict] = _example(_COMMENT)

    @staticmethod
    def resolve_invite_url(comment: Any) -> str | None:
        """The page that lets people in."""
        lost = any(not one["reaches"] for one in comment.mentions)
        return f"/projects/{comment.project_id}/settings" if lost else None

    @staticmethod
    def resolve_url(comment: Any) -> str:
        """Where the comment can be seen."""
        return f"/projects/{comment.project_id}/discussion/{comment.id}"


class CommentIn(Body):
    """A comment on a part of a project, or with `parent_id` an answer in that thread."""

    project_id: UUID
    entity_type: EntityType = "project"
    entity_id: Annotated[str, Field(max_length=512)] = ""
    body: Annotated[str, Field(min_length=1, max_length=20_000)]
    parent_id: UUID | None = None
    client_id: UUID | None = Field(
        None, description="Made by the caller; sent again, it answers the comment that was made"
    )

    model_config: ClassVar[ConfigDict] = _example(
        {
            "project_id": _COMMENT["project_id"],
            "entity_type": "microstep",
            "entity_id": "p1.s1.ms1",
            "body": _COMMENT["body"],
        }
    )


class CommentPatch(Body):
    """Other words."""

    body: Annotated[str, Field(min_length=1, max_length=20_000)]

    model_config: ClassVar[ConfigDict] = _example({"body": "Looks right to me."})


class CommentPreviewIn(Body):
    """Words that are not said yet."""

    body: Annotated[str, Field(max_length=20_000)]

    model_config: ClassVar[ConfigDict] = _example({"body": "**Careful**: see `main.py`"})


class CommentPreviewOut(Schema):
    """As they would be shown."""

    body_html: str

    model_config: ClassVar[ConfigDict] = _example(
        {"body_html": "<p><strong>Careful</strong>: see <code>main.py</code></p>\n"}
    )


class CommentEditOut(Schema):
    """What a comment said until `edited_at`."""

    body: str
    body_html: str
    edited_at: datetime

    model_config: ClassVar[ConfigDict] = _example(
        {"body": "Lokks right.", "body_html": "<p>Lokks right.</p>\n",
         "edited_at": "2026-11-23T10:05:00Z"}
    )  # fmt: skip


class ReactionIn(Body):
    """A sign to put under a comment or to take away."""

    emoji: str = Field(description=f"one of {' '.join(EMOJI)}")
    added: bool = True

    model_config: ClassVar[ConfigDict] = _example({"emoji": "👍"})


class PromotionIn(Body):
    """The microstep that a comment becomes."""

    step_id: Annotated[str, Field(min_length=1, max_length=512)]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    criteria: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=2000)]], Field(max_length=50)
    ] = []

    model_config: ClassVar[ConfigDict] = _example(
        {
            "step_id": "p1.s2",
            "title": "Implement user authentication",
            "criteria": ["Login form works", "JWT tokens generated"],
        }
    )


class PromotionOut(Schema):
    """What was made of it, in which revision."""

    comment_id: UUID
    microstep_id: str
    revision: int

    model_config: ClassVar[ConfigDict] = _example(
        {"comment_id": _ID, "microstep_id": "p1.s2.ms4", "revision": 17}
    )


class IssueIn(Body):
    """An issue elsewhere to tie to a part of the plan."""

    provider: str = Field(description=f"one of {', '.join(PROVIDERS)}")
    project_id: UUID
    entity_type: EntityType = "project"
    entity_id: Annotated[str, Field(max_length=512)] = ""
    title: Annotated[str, Field(min_length=1, max_length=300)]

    model_config: ClassVar[ConfigDict] = _example(
        {
            "provider": "jira",
            "project_id": _COMMENT["project_id"],
            "entity_type": "microstep",
            "entity_id": "p1.s1.ms1",
            "title": "Fix authentication bug",
        }
    )


class IssueOut(Schema):
    """The link. `pending`: nothing was sent to the provider, which `note` says as well."""

    id: UUID
    project_id: UUID
    provider: str
    entity_type: str
    entity_id: str
    title: str
    status: str
    url: str | None
    created_at: datetime
    note: str

    model_config: ClassVar[ConfigDict] = _example(
        {
            "id": _ID,
            "project_id": _COMMENT["project_id"],
            "provider": "jira",
            "entity_type": "microstep",
            "entity_id": "p1.s1.ms1",
            "title": "Fix authentication bug",
            "status": "pending",
            "url": None,
            "created_at": "2026-11-23T10:00:00Z",
            "note": "Nothing was sent: no connector to jira is set up.",
        }
    )

    @staticmethod
    def resolve_note(issue: Any) -> str:
        """Why a pending link is pending."""
        if issue.status != "pending":
            return ""
        return f"Nothing was sent: no connector to {issue.provider} is set up."

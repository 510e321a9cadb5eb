"""The tables of the room."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models

from buildrunner.server.domains.discussion.models.attachment import Attachment, AttachmentPiece
from buildrunner.server.domains.discussion.models.presence import Presence
from buildrunner.server.domains.discussion.rules.archives import (
    CommentCheck,
    EditCheck,
    ReactionCheck,
)
from buildrunner.server.platform.db.archive import Archived, Left
from buildrunner.server.platform.db.rows import TenantRow

__all__ = [
    "Attachment",
    "AttachmentPiece",
    "Comment",
    "CommentEdit",
    "IssueLink",
    "Presence",
    "Reaction",
]


class Comment(TenantRow):
    """Something said about a part of a project. `parent_id` is the first comment of the thread.

    `client_id` is the writer's own name for it: sending it again makes no second comment. What came
    with an archive has no `person_id`: nobody here wrote it.
    """

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Archived(
        rank=40,
        references=("parent_id",),
        people=("person_id",),
        actors=("author", "resolved_by"),
        left_out=("client_id",),
        keeps=("deleted_at",),
        check=CommentCheck,
    )

    project_id = models.UUIDField()
    entity_type = models.CharField(max_length=16)
    entity_id = models.TextField()
    parent_id = models.UUIDField(null=True)
    author = models.JSONField()
    person_id = models.UUIDField(null=True)
    body = models.TextField()
    mentions = models.JSONField(default=list)
    edited_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.JSONField(null=True)
    deleted_at = models.DateTimeField(null=True)
    promoted_to = models.TextField(null=True)
    client_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="discussion_comment_row"),
            models.UniqueConstraint(
                fields=["org_id", "person_id", "client_id"], name="discussion_comment_said_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["project_id", "entity_type", "entity_id", "id"],
                name="discussion_comment_about",
            ),
            models.Index(fields=["project_id", "id"], name="discussion_comment_order"),
            GinIndex(SearchVector("body", config="simple"), name="discussion_comment_words"),
        ]


class CommentEdit(TenantRow):
    """What a comment said before an edit."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")
    in_archive = Archived(
        rank=41,
        project_column=None,
        within={"comment_id": "discussion_comment"},
        lasting=False,
        check=EditCheck,
    )

    comment_id = models.UUIDField()
    body = models.TextField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["comment_id", "id"], name="discussion_edit_comment")
        ]


class Reaction(TenantRow):
    """One sign of one person under a comment."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")
    in_archive = Archived(
        rank=41,
        project_column=None,
        within={"comment_id": "discussion_comment"},
        people=("person_id",),
        lasting=False,
        check=ReactionCheck,
    )

    comment_id = models.UUIDField()
    person_id = models.UUIDField(null=True)
    emoji = models.CharField(max_length=16)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "comment_id", "person_id", "emoji"],
                name="discussion_reaction_once",
            )
        ]


class IssueLink(TenantRow):
    """An issue in a tracker elsewhere that belongs to a part of the plan."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")
    in_archive = Left("it points into a tracker of this organization")

    project_id = models.UUIDField()
    provider = models.CharField(max_length=32)
    entity_type = models.CharField(max_length=16)
    entity_id = models.TextField()
    title = models.TextField()
    status = models.CharField(max_length=16, default="pending")
    url = models.TextField(null=True)
    actor = models.JSONField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "project_id", "provider", "entity_type", "entity_id"],
                name="discussion_issue_once",
            )
        ]

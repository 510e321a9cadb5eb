"""Comments, their edits and reactions, and links into trackers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models

from buildrunner.server.platform.db.operations import (
    definer_function,
    foreign_key,
    tenant_foreign_key,
)
from buildrunner.server.platform.db.rows import uuid7

TABLES = ("discussion_comment", "discussion_issuelink")
BELOW = ("discussion_commentedit", "discussion_reaction")


def row(**fields: Any) -> list[tuple[str, Any]]:
    """The columns that every tenant row has, then its own."""
    return [
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        *fields.items(),
    ]


COMMENT = migrations.CreateModel(
    name="Comment",
    fields=row(
        project_id=models.UUIDField(),
        entity_type=models.CharField(max_length=16),
        entity_id=models.TextField(),
        parent_id=models.UUIDField(null=True),
        author=models.JSONField(),
        person_id=models.UUIDField(),
        body=models.TextField(),
        mentions=models.JSONField(default=list),
        edited_at=models.DateTimeField(null=True),
        resolved_at=models.DateTimeField(null=True),
        resolved_by=models.JSONField(null=True),
        deleted_at=models.DateTimeField(null=True),
        promoted_to=models.TextField(null=True),
    ),
    options={
        "indexes": [
            models.Index(
                fields=["project_id", "entity_type", "entity_id", "id"],
                name="discussion_comment_about",
            ),
            models.Index(fields=["project_id", "id"], name="discussion_comment_order"),
            GinIndex(SearchVector("body", config="simple"), name="discussion_comment_words"),
        ],
        "constraints": [
            models.UniqueConstraint(fields=("org_id", "id"), name="discussion_comment_row")
        ],
    },
)

EDIT = migrations.CreateModel(
    name="CommentEdit",
    fields=row(comment_id=models.UUIDField(), body=models.TextField()),
    options={
        "indexes": [models.Index(fields=["comment_id", "id"], name="discussion_edit_comment")]
    },
)

REACTION = migrations.CreateModel(
    name="Reaction",
    fields=row(
        comment_id=models.UUIDField(),
        person_id=models.UUIDField(),
        emoji=models.CharField(max_length=16),
    ),
    options={
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "comment_id", "person_id", "emoji"),
                name="discussion_reaction_once",
            )
        ]
    },
)

ISSUE = migrations.CreateModel(
    name="IssueLink",
    fields=row(
        project_id=models.UUIDField(),
        provider=models.CharField(max_length=32),
        entity_type=models.CharField(max_length=16),
        entity_id=models.TextField(),
        title=models.TextField(),
        status=models.CharField(default="pending", max_length=16),
        url=models.TextField(null=True),
        actor=models.JSONField(),
    ),
    options={
        "constraints": [
            models.UniqueConstraint(
                fields=("org_id", "project_id", "provider", "entity_type", "entity_id"),
                name="discussion_issue_once",
            )
        ]
    },
)

# Asked before the tenant is known: the project then judges who asks.
PROJECT_OF = definer_function(
    "discussion_project_of(uuid)",
    "uuid",
    "SELECT c.project_id FROM public.discussion_comment c WHERE c.id = wanted",
    header="wanted uuid",
)


class Migration(migrations.Migration):
    """The first tables of the room."""

    initial = True
    dependencies: ClassVar = [("tenancy", "0002_integrity")]
    operations: ClassVar = [
        COMMENT,
        EDIT,
        REACTION,
        ISSUE,
        *(foreign_key(table, "org_id", "tenancy_organization") for table in (*TABLES, *BELOW)),
        *(tenant_foreign_key(table, "project_id", "tenancy_project") for table in TABLES),
        *(tenant_foreign_key(table, "comment_id", "discussion_comment") for table in BELOW),
        PROJECT_OF,
    ]

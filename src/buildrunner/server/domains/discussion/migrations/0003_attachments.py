"""Files under comments, and the id that a comment's writer gives it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

from buildrunner.server.platform.db.operations import foreign_key, tenant_foreign_key
from buildrunner.server.platform.db.rows import uuid7


def _row(**fields: Any) -> list[tuple[str, Any]]:
    return [
        ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("org_id", models.UUIDField(editable=False)),
        *fields.items(),
    ]


class Migration(migrations.Migration):
    """A piece dies with its file, a file with its comment."""

    dependencies: ClassVar = [("discussion", "0002_presence")]
    operations: ClassVar = [
        migrations.AddField("comment", "client_id", models.UUIDField(null=True)),
        migrations.AddConstraint(
            "comment",
            models.UniqueConstraint(
                fields=("org_id", "person_id", "client_id"), name="discussion_comment_said_once"
            ),
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=_row(
                project_id=models.UUIDField(),
                comment_id=models.UUIDField(),
                name=models.CharField(max_length=120),
                media_type=models.CharField(max_length=100),
                size=models.PositiveIntegerField(),
                width=models.PositiveIntegerField(null=True),
                height=models.PositiveIntegerField(null=True),
                sha256=models.CharField(max_length=64),
                person_id=models.UUIDField(),
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "id"), name="discussion_attachment_row"
                    )
                ],
                "indexes": [
                    models.Index(fields=["comment_id", "id"], name="discussion_attachment_comment")
                ],
            },
        ),
        migrations.CreateModel(
            name="AttachmentPiece",
            fields=_row(
                attachment_id=models.UUIDField(),
                number=models.PositiveIntegerField(),
                data=models.BinaryField(),
            ),
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org_id", "attachment_id", "number"),
                        name="discussion_piece_number",
                    )
                ]
            },
        ),
        foreign_key("discussion_attachment", "org_id", "tenancy_organization"),
        tenant_foreign_key("discussion_attachment", "project_id", "tenancy_project"),
        tenant_foreign_key("discussion_attachment", "comment_id", "discussion_comment"),
        foreign_key("discussion_attachmentpiece", "org_id", "tenancy_organization"),
        tenant_foreign_key("discussion_attachmentpiece", "attachment_id", "discussion_attachment"),
    ]

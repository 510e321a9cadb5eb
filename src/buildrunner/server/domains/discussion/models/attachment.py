"""Files under comments."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.domains.discussion.rules.archives import FileCheck, PieceCheck
from buildrunner.server.platform.db.archive import Archived
from buildrunner.server.platform.db.rows import TenantRow


class Attachment(TenantRow):
    """A file under a comment, looked through before it was kept. `media_type` is what its bytes
    say, never what was claimed; `sha256` is that of the bytes. Gone with the comment's words."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")
    in_archive = Archived(
        rank=42,
        within={"comment_id": "discussion_comment"},
        sized="size",
        keeps=("name", "media_type", "size", "width", "height", "sha256"),
        people=("person_id",),
        lasting=False,
        check=FileCheck,
    )

    project_id = models.UUIDField()
    comment_id = models.UUIDField()
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64)
    person_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["org_id", "id"], name="discussion_attachment_row")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["comment_id", "id"], name="discussion_attachment_comment")
        ]


class AttachmentPiece(TenantRow):
    """A part of a file, so that none is ever in memory for an export or a reader as a whole."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")
    in_archive = Archived(
        order=("attachment_id", "number"),
        rank=43,
        project_column=None,
        within={"attachment_id": "discussion_attachment"},
        lasting=False,
        check=PieceCheck,
    )

    attachment_id = models.UUIDField()
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["org_id", "attachment_id", "number"], name="discussion_piece_number"
            )
        ]

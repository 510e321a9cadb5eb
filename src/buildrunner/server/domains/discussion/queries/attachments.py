"""Files under comments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from buildrunner.server.domains.discussion import policies
from buildrunner.server.domains.discussion.errors import AttachmentAbsent
from buildrunner.server.domains.discussion.models import Attachment, AttachmentPiece
from buildrunner.server.domains.discussion.queries.places import comment_scope
from buildrunner.server.domains.discussion.rules.files import is_picture
from buildrunner.server.domains.discussion.types import AttachmentView
from buildrunner.server.platform.actor import Actor


def attachments_of(ids: Iterable[UUID]) -> dict[UUID, list[AttachmentView]]:
    """The files under comments of the organization in scope, oldest first, by comment."""
    found: dict[UUID, list[AttachmentView]] = defaultdict(list)
    for row in Attachment.objects.filter(comment_id__in=list(ids)).order_by("id"):
        found[row.comment_id].append(attachment_view(row))
    return found


def read_attachment(
    actor: Actor, comment_id: UUID, attachment_id: UUID
) -> tuple[AttachmentView, bytes]:
    """A file with its bytes, for who reads the project. Raises CommentAbsent, AttachmentAbsent."""
    with comment_scope(actor, comment_id, policies.READ):
        row = Attachment.objects.filter(comment_id=comment_id, id=attachment_id).first()
        if row is None:
            raise AttachmentAbsent(f"There is no file {attachment_id} under this comment.")
        pieces = AttachmentPiece.objects.filter(attachment_id=row.id).order_by("number")
        data = b"".join(bytes(one) for one in pieces.values_list("data", flat=True))
        return attachment_view(row), data


def attachment_view(row: Attachment) -> AttachmentView:
    """A row as it is told."""
    return AttachmentView(
        id=row.id,
        comment_id=row.comment_id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        picture=is_picture(row.media_type),
        width=row.width,
        height=row.height,
        created_at=row.created_at,
    )

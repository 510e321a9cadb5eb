"""Put files under a comment, and take them away."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast
from uuid import UUID

from buildrunner.server.domains.discussion import events, policies
from buildrunner.server.domains.discussion.errors import (
    AttachmentAbsent,
    NotTheAuthor,
    TooManyAttachments,
)
from buildrunner.server.domains.discussion.models import Attachment, AttachmentPiece, Comment
from buildrunner.server.domains.discussion.policies import wrote
from buildrunner.server.domains.discussion.queries.attachments import attachment_view
from buildrunner.server.domains.discussion.queries.places import comment_scope
from buildrunner.server.domains.discussion.rules.files import MOST, File, checked_file
from buildrunner.server.domains.discussion.types import AttachmentView
from buildrunner.server.domains.tenancy.facade import take_storage
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit

_PIECE = 64 * 1024


def attach_file(actor: Actor, comment_id: UUID, *, name: str, data: bytes) -> AttachmentView:
    """Put a file under one's own comment.

    Raises AttachmentRefused, TooManyAttachments, NotTheAuthor; QuotaExceeded without room for it.
    """
    file = checked_file(name, data)
    with comment_scope(actor, comment_id, policies.WRITE) as (_, row):
        if not wrote(actor, row):
            raise NotTheAuthor("Only who wrote a comment puts files under it.")
        return keep_files(actor, row, [file])[0]


def detach_file(actor: Actor, comment_id: UUID, attachment_id: UUID) -> None:
    """Take one's own file away, or with `project.manage` another's; its bytes are gone."""
    with comment_scope(actor, comment_id, policies.READ) as (access, row):
        if not wrote(actor, row):
            access.require("project.manage")
        gone = Attachment.objects.filter(comment_id=row.id, id=attachment_id).first()
        if gone is None:
            raise AttachmentAbsent(f"There is no file {attachment_id} under this comment.")
        gone.delete()
        take_storage(row.org_id, -gone.size)
        _tell(events.DETACHED, actor, row, attachment=str(attachment_id))


def keep_files(actor: Actor, row: Comment, files: Sequence[File]) -> list[AttachmentView]:
    """Write looked-through files under a comment whose scope is open."""
    if not files:
        return []
    if Attachment.objects.filter(comment_id=row.id).count() + len(files) > MOST:
        raise TooManyAttachments(f"A comment has at most {MOST} files.", limit=MOST)
    kept = []
    for file in files:
        made = Attachment.objects.create(
            org_id=row.org_id,
            project_id=row.project_id,
            comment_id=row.id,
            name=file.name,
            media_type=file.media_type,
            size=len(file.data),
            width=file.width,
            height=file.height,
            sha256=hashlib.sha256(file.data).hexdigest(),
            person_id=cast("UUID", actor.person_id),
        )
        AttachmentPiece.objects.bulk_create(
            AttachmentPiece(
                org_id=row.org_id,
                attachment_id=made.id,
                number=at // _PIECE,
                data=file.data[at : at + _PIECE],
            )
            for at in range(0, len(file.data), _PIECE)
        )
        told = {"media_type": made.media_type, "size": made.size}
        _tell(events.ATTACHED, actor, row, attachment=str(made.id), **told)
        kept.append(attachment_view(made))
    take_storage(row.org_id, sum(one.size for one in kept))
    return kept


def _tell(kind: str, actor: Actor, row: Comment, **data: object) -> None:
    emit(
        kind,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=row.entity_id,
        data={"comment": str(row.id), **data},
    )

"""Resolve a thread, open it again, react."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.discussion import events, policies
from buildrunner.server.domains.discussion.models import Comment, Reaction
from buildrunner.server.domains.discussion.queries.comments import views
from buildrunner.server.domains.discussion.queries.places import comment_scope
from buildrunner.server.domains.discussion.rules.limits import EMOJI
from buildrunner.server.domains.discussion.types import CommentView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit


def resolve_comment(actor: Actor, comment_id: UUID) -> CommentView:
    """Say that a thread is settled. Of a resolved one nothing changes."""
    return _settle(actor, comment_id, resolved=True)


def reopen_comment(actor: Actor, comment_id: UUID) -> CommentView:
    """Say that it is not."""
    return _settle(actor, comment_id, resolved=False)


def react(actor: Actor, comment_id: UUID, *, emoji: str, added: bool = True) -> CommentView:
    """Put a sign under a comment, or take it away; twice is once."""
    if emoji not in EMOJI:
        raise Invalid(f"A reaction is one of {' '.join(EMOJI)}", field="emoji")
    with comment_scope(actor, comment_id, policies.WRITE) as (access, row):
        mine = {
            "org_id": row.org_id,
            "comment_id": row.id,
            "person_id": cast("UUID", actor.person_id),
        }
        given = Reaction.objects.filter(**mine, emoji=emoji)
        if given.exists() != added:
            if added:
                Reaction.objects.create(**mine, emoji=emoji)
            else:
                given.delete()
            _tell(events.REACTED, actor, row, emoji=emoji, added=added)
        return views(actor, access, [row])[0]


def _settle(actor: Actor, comment_id: UUID, *, resolved: bool) -> CommentView:
    with comment_scope(actor, comment_id, policies.WRITE) as (access, row):
        first = row
        if row.parent_id is not None:
            first = Comment.objects.select_for_update().get(id=row.parent_id)
        if (first.resolved_at is not None) != resolved:
            first.resolved_at = timezone.now() if resolved else None
            first.resolved_by = actor.record() if resolved else None
            first.save(update_fields=["resolved_at", "resolved_by"])
            kind = events.RESOLVED if resolved else events.REOPENED
            _tell(kind, actor, first, entity_type=first.entity_type)
        return views(actor, access, [first])[0]


def _tell(kind: str, actor: Actor, row: Comment, **data: object) -> None:
    emit(
        kind,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=row.entity_id,
        data={"comment": str(row.id), **data},
    )

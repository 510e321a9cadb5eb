"""Say something, say it otherwise, take it back."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.discussion import events, policies
from buildrunner.server.domains.discussion.errors import CommentAbsent, NotTheAuthor
from buildrunner.server.domains.discussion.models import Comment, CommentEdit, Reaction
from buildrunner.server.domains.discussion.queries.comments import readers_of, views
from buildrunner.server.domains.discussion.queries.places import comment_scope, place_of
from buildrunner.server.domains.discussion.rules.limits import checked_body, checked_entity
from buildrunner.server.domains.discussion.rules.mentions import mentions_in
from buildrunner.server.domains.discussion.types import CommentView
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit


def write_comment(
    actor: Actor,
    project_id: UUID,
    *,
    entity_type: str,
    entity_id: str,
    body: str,
    parent_id: UUID | None = None,
) -> CommentView:
    """Comment on a part of a project, or answer in a thread.

    Raises Invalid, CommentedAbsent, CommentAbsent for a parent that is not there.
    """
    body = checked_body(body)
    entity_type, entity_id = checked_entity(entity_type, entity_id)
    with project_scope(actor, project_id, policies.READ) as access:
        access.require(policies.WRITE)
        thread = _thread(access, parent_id)
        if thread is not None:
            entity_type, entity_id = thread.entity_type, thread.entity_id
        else:
            entity_id = place_of(access, entity_type, entity_id)
        mentions = mentions_in(body, readers_of(access))
        row = Comment.objects.create(
            org_id=access.org_id,
            project_id=project_id,
            entity_type=entity_type,
            entity_id=entity_id,
            parent_id=thread.id if thread else None,
            author=actor.record(),
            person_id=cast("UUID", actor.person_id),
            body=body,
            mentions=[one.as_json() for one in mentions],
        )
        people = sorted({str(person) for one in mentions for person in one.people})
        _tell(
            events.WRITTEN,
            actor,
            row,
            parent=str(row.parent_id) if row.parent_id else None,
            mentions=[one for one in people if one != str(actor.person_id)],
        )
        return views(actor, [row])[0]


def edit_comment(actor: Actor, comment_id: UUID, *, body: str) -> CommentView:
    """Change one's own words; what was said before stays in the history. The same changes nothing."""
    body = checked_body(body)
    with comment_scope(actor, comment_id, policies.WRITE) as (access, row):
        if row.person_id != actor.person_id:
            raise NotTheAuthor("Only who wrote a comment changes its words.")
        if row.body != body:
            CommentEdit.objects.create(org_id=row.org_id, comment_id=row.id, body=row.body)
            row.body, row.edited_at = body, timezone.now()
            row.mentions = [one.as_json() for one in mentions_in(body, readers_of(access))]
            row.save(update_fields=["body", "edited_at", "mentions"])
            _tell(events.EDITED, actor, row)
        return views(actor, [row])[0]


def delete_comment(actor: Actor, comment_id: UUID) -> None:
    """Take one's own words back, or with `project.manage` another's: text and history go for good,
    the place in the thread stays."""
    with comment_scope(actor, comment_id, policies.READ) as (access, row):
        if row.person_id != actor.person_id:
            access.require("project.manage")
        CommentEdit.objects.filter(comment_id=row.id).delete()
        Reaction.objects.filter(comment_id=row.id).delete()
        row.body, row.mentions, row.deleted_at = "", [], timezone.now()
        row.save(update_fields=["body", "mentions", "deleted_at"])
        _tell(events.DELETED, actor, row)


def _thread(access: ProjectAccess, parent_id: UUID | None) -> Comment | None:
    """The first comment of the thread that a parent belongs to."""
    if parent_id is None:
        return None
    parent = Comment.objects.filter(project_id=access.project_id, id=parent_id).first()
    if parent is None:
        raise CommentAbsent(f"There is no comment {parent_id} to answer.")
    return Comment.objects.get(id=parent.parent_id) if parent.parent_id else parent


def _tell(kind: str, actor: Actor, row: Comment, **data: object) -> None:
    emit(
        kind,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=row.entity_id,
        data={"comment": str(row.id), "entity_type": row.entity_type, **data},
    )

"""Say something, say it otherwise, take it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from django.db import connection
from django.utils import timezone

from buildrunner.server.domains.discussion import events, policies
from buildrunner.server.domains.discussion.actions.attach import keep_files
from buildrunner.server.domains.discussion.errors import CommentAbsent, NotTheAuthor
from buildrunner.server.domains.discussion.models import Attachment, Comment, CommentEdit, Reaction
from buildrunner.server.domains.discussion.policies import wrote
from buildrunner.server.domains.discussion.queries.comments import mentions_of, views
from buildrunner.server.domains.discussion.queries.places import comment_scope, place_of
from buildrunner.server.domains.discussion.rules.files import checked_file
from buildrunner.server.domains.discussion.rules.limits import (
    checked_body,
    checked_entity,
    subject_of,
)
from buildrunner.server.domains.discussion.rules.mentions import people_in
from buildrunner.server.domains.discussion.types import CommentView
from buildrunner.server.domains.notifications.facade import watch
from buildrunner.server.domains.tenancy.facade import (
    ProjectAccess,
    agents_who_may,
    project_scope,
    take_storage,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit


def write_comment(
    actor: Actor,
    project_id: UUID,
    *,
    entity_type: str,
    entity_id: str,
    body: str,
    parent_id: UUID | None = None,
    client_id: UUID | None = None,
    files: Sequence[tuple[str, bytes]] = (),
) -> CommentView:
    """Comment on a part of a project, or answer in a thread.

    `client_id` is made by whoever writes: sent again, it answers the comment that was made.
    `files` are names and bytes. Raises Invalid, CommentedAbsent, CommentAbsent for a parent that is
    not there, and what `attach_file` raises; then nothing is said.
    """
    body = checked_body(body)
    entity_type, entity_id = checked_entity(entity_type, entity_id)
    checked = [checked_file(name, data) for name, data in files]
    with project_scope(actor, project_id, policies.READ) as access:
        access.require(policies.WRITE)
        if client_id is not None and (said := _said(access, actor, client_id)):
            return views(actor, access, [said])[0]
        thread = _thread(access, parent_id)
        if thread is not None:
            entity_type, entity_id = thread.entity_type, thread.entity_id
        else:
            entity_id = place_of(access, entity_type, entity_id)
        mentions = mentions_of(access, body)
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
            client_id=client_id,
        )
        keep_files(actor, row, checked)
        named = [one for one in people_in(mentions) if one != actor.person_id]
        _tell(
            events.WRITTEN,
            actor,
            row,
            parent=str(row.parent_id) if row.parent_id else None,
            mentions=[str(one) for one in named],
        )
        _follow(access, actor, row, named)
        return views(actor, access, [row])[0]


def _said(access: ProjectAccess, actor: Actor, client_id: UUID) -> Comment | None:
    """What was said under this id before; a second sending at the same moment waits for the first."""
    with connection.cursor() as cursor:
        name = f"said:{actor.person_id}:{client_id}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
    mine = Comment.objects.filter(person_id=cast("UUID", actor.person_id))
    found = mine.filter(client_id=client_id).first()
    if found is not None and found.project_id != access.project_id:
        raise Invalid("This client_id was used in another project.", field="client_id")
    return found


def _follow(access: ProjectAccess, actor: Actor, row: Comment, named: Sequence[UUID]) -> None:
    """Who takes part or is named follows by himself what is talked about."""
    subject = subject_of(access.project_id, row.entity_type, row.entity_id)
    thread = f"comment:{row.parent_id or row.id}"
    if actor.person_id is not None and actor.kind in ("person", "key"):
        watch(access, actor.person_id, subject, "auto")
        watch(access, actor.person_id, thread, "auto")
    # Agents hear what is said to them; they follow nothing.
    agents = agents_who_may("plan.read", access.project_id, among=named) if named else {}
    for person_id in named:
        if person_id not in agents:
            watch(access, person_id, thread, "auto")


def edit_comment(actor: Actor, comment_id: UUID, *, body: str) -> CommentView:
    """Change one's own words; what was said before stays in the history. The same changes nothing.

    Whom only the new words name is told as by a new comment.
    """
    body = checked_body(body)
    with comment_scope(actor, comment_id, policies.WRITE) as (access, row):
        if not wrote(actor, row):
            raise NotTheAuthor("Only who wrote a comment changes its words.")
        if row.body != body:
            before = {*people_in(mentions_of(access, row.body)), actor.person_id}
            CommentEdit.objects.create(org_id=row.org_id, comment_id=row.id, body=row.body)
            mentions = mentions_of(access, body)
            row.body, row.edited_at = body, timezone.now()
            row.mentions = [one.as_json() for one in mentions]
            row.save(update_fields=["body", "edited_at", "mentions"])
            named = [one for one in people_in(mentions) if one not in before]
            _tell(events.EDITED, actor, row, mentions=[str(one) for one in named])
            _follow(access, actor, row, named)
        return views(actor, access, [row])[0]


def delete_comment(actor: Actor, comment_id: UUID) -> None:
    """Take one's own words back, or with `project.manage` another's: text and history go for good,
    the place in the thread stays."""
    with comment_scope(actor, comment_id, policies.READ) as (access, row):
        if not wrote(actor, row):
            access.require("project.manage")
        CommentEdit.objects.filter(comment_id=row.id).delete()
        Reaction.objects.filter(comment_id=row.id).delete()
        files = Attachment.objects.filter(comment_id=row.id)
        size = sum(files.values_list("size", flat=True))
        files.delete()
        take_storage(row.org_id, -size)
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

"""What people are told of a comment."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from buildrunner.server.domains.discussion.models import Comment
from buildrunner.server.domains.discussion.rules.limits import subject_of
from buildrunner.server.platform.db.scope import tenant_scope

_EXCERPT = 400


class Said(NamedTuple):
    """A comment for those who were not there: `about` says where, `thread` and `subject` name what
    can be followed or muted, `thread_people` wrote in the thread."""

    org_id: UUID
    project_id: UUID
    author: str
    about: str
    excerpt: str
    url: str
    thread: str
    subject: str
    answers: bool
    thread_people: tuple[UUID, ...]


def said_in(org_id: UUID, project_id: UUID, comment_id: UUID) -> Said | None:
    """A comment and its thread; None where it is deleted."""
    with tenant_scope(org_id):
        row = Comment.objects.filter(project_id=project_id, id=comment_id).first()
        if row is None or row.deleted_at is not None:
            return None
        first = row.parent_id or row.id
        inside = Comment.objects.filter(project_id=project_id, deleted_at__isnull=True)
        answers = inside.filter(parent_id=first).values_list("person_id", flat=True)
        began = inside.filter(id=first).values_list("person_id", flat=True)
        place = {"project": "in the project", "finding": "on a finding"}
        return Said(
            org_id=org_id,
            project_id=project_id,
            author=str(row.author.get("name") or "Somebody"),
            about=place.get(row.entity_type, f"on {row.entity_id[:60]}"),
            excerpt=row.body[:_EXCERPT],
            url=f"/projects/{project_id}/discussion/{row.id}",
            thread=f"comment:{first}",
            subject=subject_of(project_id, row.entity_type, row.entity_id),
            answers=row.parent_id is not None,
            thread_people=tuple({one for one in (*answers, *began) if one}),
        )

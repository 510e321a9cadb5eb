"""A person's inbox, over all organizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.notifications.models import Notice
from buildrunner.server.domains.notifications.types import NoticeView, Unread
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor

MOST = 10_000


def inbox(
    actor: Actor,
    *,
    unread: bool = False,
    priorities: Sequence[str] | None = None,
    project_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[NoticeView]:
    """The notices of the actor's person that may be seen now, newest first.

    A key bound to an organization or a project shows what belongs there.
    """
    rows = visible(
        actor,
        unread=unread,
        priorities=priorities,
        project_id=project_id,
        before=before,
        limit=limit,
    )
    return views(rows)


def unread(actor: Actor) -> Unread:
    """How much of the inbox is unread."""
    if actor.person_id is None:
        return Unread(0, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unread, urgent FROM notifications_unread(%s, %s, %s, %s, %s)", _who(actor)
        )
        found = cursor.fetchone()
    return Unread(*found) if found else Unread(0, 0)


def visible(
    actor: Actor,
    *,
    unread: bool = False,
    priorities: Sequence[str] | None = None,
    project_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = MOST,
    ids: Sequence[UUID] | None = None,
) -> list[Notice]:
    """The rows themselves; `ids` asks for these alone."""
    if project_id is not None:
        with project_scope(actor, project_id):
            pass  # a stranger's question is refused as everywhere
    if actor.person_id is None:
        return []
    who = _who(actor, project_id)
    statement = (
        "SELECT * FROM notifications_inbox(%s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 (constants)
        + (" WHERE id = ANY(%s)" if ids is not None else "")
        + " ORDER BY id DESC"
    )
    values: list[Any] = [*who, unread, list(priorities) if priorities else None, before, limit]
    if ids is not None:
        values.append(list(ids))
    return list(Notice.objects.raw(statement, values))


def views(rows: Sequence[Notice]) -> list[NoticeView]:
    """Rows as they are handed out, with the names of who did it."""
    actors = identity.people({row.actor_id for row in rows if row.actor_id})
    return [
        NoticeView(
            id=row.id,
            org_id=row.org_id,
            project_id=row.project_id,
            kind=row.kind,
            priority=row.priority,
            subject=row.subject,
            title=row.title,
            body=row.body,
            url=row.url,
            actor_id=row.actor_id,
            actor_name=actors[row.actor_id].name if row.actor_id in actors else "",
            read_at=row.read_at,
            created_at=row.created_at,
        )
        for row in rows
    ]


def _who(actor: Actor, project_id: UUID | None = None) -> list[Any]:
    # A key needs no second factor, as everywhere.
    proven = actor.kind != "person" or actor.second_factor
    return [actor.person_id, actor.org_id, actor.project_id or project_id, proven, actor.secure]

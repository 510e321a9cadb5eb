"""Who follows what."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from buildrunner.server.domains.notifications.models import Watch
from buildrunner.server.domains.notifications.rules.following import (
    AUTO,
    MANUAL,
    MUTED,
    whole_project,
)
from buildrunner.server.domains.notifications.types import WatchView
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import tenant_scope


def watchers(org_id: UUID, project_id: UUID, subject: str) -> set[UUID]:
    """The people who follow a subject, or the whole project, and have not muted either.

    Whether they may still see it is `notify`'s to judge.
    """
    with tenant_scope(org_id):
        rows = Watch.objects.filter(
            project_id=project_id, subject__in=[subject, whole_project(project_id)]
        )
        said = [(row.person_id, row.how) for row in rows]
    silent = {person_id for person_id, how in said if how == MUTED}
    return {person_id for person_id, how in said if how in (AUTO, MANUAL)} - silent


def muted(project_id: UUID | None, subject: str, people: Iterable[UUID]) -> set[UUID]:
    """Who of these people wants to hear nothing of a subject or its project; in scope."""
    if project_id is None:
        return set()
    rows = Watch.objects.filter(
        project_id=project_id,
        subject__in=[subject, whole_project(project_id)],
        person_id__in=list(people),
        how=MUTED,
    )
    return set(rows.values_list("person_id", flat=True))


def watches_of(
    actor: Actor,
    project_id: UUID,
    *,
    subject: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[WatchView]:
    """What the actor follows or has muted in a project, newest first."""
    with project_scope(actor, project_id):
        if actor.person_id is None:
            return []
        rows = Watch.objects.filter(project_id=project_id, person_id=actor.person_id)
        if subject:
            rows = rows.filter(subject=subject)
        if before:
            rows = rows.filter(id__lt=before)
        return [
            WatchView(row.id, row.project_id, row.subject, row.how, row.created_at)
            for row in rows.order_by("-id")[:limit]
        ]

"""Follow, follow no more, hear nothing of."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.notifications import events
from buildrunner.server.domains.notifications.models import Watch
from buildrunner.server.domains.notifications.rules import following
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit


def watch(access: ProjectAccess, person_id: UUID, subject: str, how: str) -> str:
    """Note that somebody follows a subject of the project; answers what holds now.

    `auto` is for who takes part and changes nothing that was chosen before; `manual` and `muted`
    are choices. A part of actions that are on the record themselves.
    """
    with tenant_scope(access.org_id):
        row, made = Watch.objects.get_or_create(
            org_id=access.org_id,
            project_id=access.project_id,
            subject=subject,
            person_id=person_id,
            defaults={"how": how},
        )
        holds = how if made else following.after(row.how, how)
        if holds != row.how:
            row.how = holds
            row.save(update_fields=["how"])
        return holds


def choose_watch(actor: Actor, project_id: UUID, *, subject: str, how: str | None) -> str | None:
    """Follow a subject (`manual`), hear nothing of it (`muted`), or leave it open (`None`).

    Raises `Invalid` for a subject that cannot be one. Answers what holds.
    """
    subject = subject.strip()
    if not subject or ":" not in subject or len(subject) > following.LONGEST_SUBJECT:
        raise Invalid(
            "Name what it is, such as `microstep:m1.s1.ms1` or `project:<id>`.",
            code="subject_unreadable",
            field="subject",
        )
    if how not in (None, following.MANUAL, following.MUTED):
        raise Invalid("Choose `manual` or `muted`.", code="watch_unknown", field="how")
    with project_scope(actor, project_id) as access:
        if actor.person_id is None:
            raise Invalid("Only a person follows.", code="watch_unknown")
        if how is None:
            Watch.objects.filter(
                project_id=project_id, subject=subject, person_id=actor.person_id
            ).delete()
        else:
            watch(access, actor.person_id, subject, how)
        emit(
            events.WATCH_CHOSEN,
            actor=actor,
            org_id=access.org_id,
            project_id=project_id,
            subject=subject,
            data={"how": how or "open"},
        )
    return how

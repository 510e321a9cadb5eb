"""Who is here, and what programs hold."""

from __future__ import annotations

from django.utils import timezone

from buildrunner.server.domains.discussion.models import Presence
from buildrunner.server.domains.discussion.rules.presence import PresenceView, kind_of, name_of
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess


def who_is_here(access: ProjectAccess) -> list[PresenceView]:
    """People and programs that have shown a sign of life, then who holds a microstep, each in the
    order of their names.
    """
    access.require("plan.read")
    now = timezone.now()
    rows = Presence.objects.filter(project_id=access.project_id, expires_at__gt=now)
    here = [_view(row, typing=bool(row.typing_until and row.typing_until > now)) for row in rows]
    return sorted([*here, *_holders(access)], key=lambda one: (one.doing == "holding", one.name))


def _view(row: Presence, *, typing: bool) -> PresenceView:
    return PresenceView(
        id=str(row.id),
        kind=kind_of(row.actor),
        name=name_of(row.actor),
        person_id=row.actor.get("id"),
        entity_type=row.entity_type,
        entity_id=row.entity_id,
        page=row.page,
        doing="typing" if typing else "viewing",
        since=row.created_at,
        expires_at=row.expires_at,
    )


def _holders(access: ProjectAccess) -> list[PresenceView]:
    """A claim is taken by a program, whoever lent it the key."""
    return [
        PresenceView(
            id=str(claim.id),
            kind="agent",
            name=claim.holder,
            person_id=claim.person_id,
            entity_type="microstep",
            entity_id=claim.microstep_id,
            page="",
            doing="holding",
            since=None,
            expires_at=claim.expires_at,
        )
        for claim in plans.list_claims(access)
    ]

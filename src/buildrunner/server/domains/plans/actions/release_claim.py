"""Give a lease back, or take it from somebody."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.plans import events, queries
from buildrunner.server.domains.plans.errors import ClaimAbsent, ClaimHeld
from buildrunner.server.domains.plans.models import Claim
from buildrunner.server.domains.plans.types import ClaimView
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit


def release_claim(
    actor: Actor, project_id: UUID, *, microstep_id: str, holder: str | None = None
) -> ClaimView:
    """End the lease on a microstep before it expires.

    A person releases what was claimed in their name; another's lease needs `project.manage`.
    With `holder`, only a lease of that label. Raises ClaimAbsent, ClaimHeld, Forbidden.
    """
    with project_scope(actor, project_id) as access:
        access.require("claim.take")
        held = (
            Claim.objects.select_for_update()
            .filter(
                org_id=access.org_id,
                project_id=access.project_id,
                microstep_id=microstep_id,
                released_at__isnull=True,
            )
            .first()
        )
        if held is None or held.expires_at <= timezone.now():
            raise ClaimAbsent(microstep_id)
        if holder is not None and holder != held.holder:
            raise ClaimHeld(microstep_id, held.holder, held.expires_at)
        if held.person_id != actor.person_id:
            access.require("project.manage")
        held.released_at = timezone.now()
        held.save(update_fields=["released_at"])
        emit(
            events.CLAIM_RELEASED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=microstep_id,
            data=events.claim(held.holder, held.expires_at),
        )
        return queries.claim_view(held)

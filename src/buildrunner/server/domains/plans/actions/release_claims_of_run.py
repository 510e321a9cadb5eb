"""Take back what an agent's run held."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.plans import events
from buildrunner.server.domains.plans.models import Claim
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit


def release_claims_of_run(
    actor: Actor, *, org_id: UUID, project_id: UUID, person_id: UUID | None, run: str
) -> list[str]:
    """End every lease that a run of that person or service account took or renewed last; their
    microsteps. In scope; whoever calls has made sure that the run is over."""
    held = list(
        Claim.objects.select_for_update().filter(
            org_id=org_id,
            project_id=project_id,
            person_id=person_id,
            actor__run=run,
            released_at__isnull=True,
        )
    )
    Claim.objects.filter(org_id=org_id, id__in=[claim.id for claim in held]).update(
        released_at=timezone.now()
    )
    for claim in held:
        emit(
            events.CLAIM_RELEASED,
            actor=actor,
            org_id=org_id,
            project_id=project_id,
            subject=claim.microstep_id,
            data=events.claim(claim.holder, claim.expires_at),
        )
    return sorted(claim.microstep_id for claim in held)

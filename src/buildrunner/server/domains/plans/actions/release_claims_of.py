"""Take back what somebody held who has gone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.plans import events
from buildrunner.server.domains.plans.models import Claim
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit


def release_claims_of(
    person_id: UUID, *, org_id: UUID, until: datetime, project_id: UUID | None = None
) -> int:
    """End every lease that a person or service account took up to a moment in an organization, or
    in one project of it; how many there were. Once more changes nothing, and who came back since
    keeps what they took since."""
    with tenant_scope(org_id):
        rows = Claim.objects.filter(
            org_id=org_id,
            person_id=person_id,
            released_at__isnull=True,
            created_at__lte=until,
        ).select_for_update()
        if project_id is not None:
            rows = rows.filter(project_id=project_id)
        held = list(rows)
        Claim.objects.filter(org_id=org_id, id__in=[claim.id for claim in held]).update(
            released_at=timezone.now()
        )
        for claim in held:
            emit(
                events.CLAIM_RELEASED,
                actor=SYSTEM,
                org_id=org_id,
                project_id=claim.project_id,
                subject=claim.microstep_id,
                data=events.claim(claim.holder, claim.expires_at),
            )
    return len(held)

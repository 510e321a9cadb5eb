"""Close leases that have run out."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.plans import events
from buildrunner.server.domains.plans.models import Claim
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit

BATCH = 500


def expire_claims() -> int:
    """Close every expired lease of every organization; how many were closed.

    One transaction an organization; what another worker holds at the moment is left to it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT plans_orgs_with_expired_claims()")
        organizations = [row[0] for row in cursor.fetchall()]
    closed = 0
    for org_id in organizations:
        with tenant_scope(org_id):
            closed += close_expired(org_id)
    return closed


def close_expired(
    org_id: UUID, project_id: UUID | None = None, microstep_id: str | None = None
) -> int:
    """Close the expired leases in scope, of one microstep if given, and emit `claim.expired`."""
    rows = Claim.objects.filter(
        org_id=org_id, released_at__isnull=True, expires_at__lte=timezone.now()
    )
    if project_id is not None:
        rows = rows.filter(project_id=project_id, microstep_id=microstep_id)
    expired = list(rows.select_for_update(skip_locked=project_id is None)[:BATCH])
    for claim in expired:
        emit(
            events.CLAIM_EXPIRED,
            actor=SYSTEM,
            org_id=org_id,
            project_id=claim.project_id,
            subject=claim.microstep_id,
            data=events.claim(claim.holder, claim.expires_at),
        )
    Claim.objects.filter(org_id=org_id, id__in=[claim.id for claim in expired]).update(
        released_at=timezone.now()
    )
    return len(expired)

"""Take or renew the lease on a microstep."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.plans import events, queries
from buildrunner.server.domains.plans.actions.expire_claims import close_expired
from buildrunner.server.domains.plans.errors import ClaimHeld, EntityAbsent
from buildrunner.server.domains.plans.models import Claim
from buildrunner.server.domains.plans.rules import limits
from buildrunner.server.domains.plans.types import ClaimView
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.spec.ids import resolve

DEFAULT_TTL = 2 * 60 * 60
MIN_TTL = 30
MAX_TTL = 7 * 24 * 60 * 60
ATTEMPTS = 5


def claim_microstep(
    actor: Actor,
    project_id: UUID,
    *,
    microstep_id: str,
    holder: str = "",
    ttl_seconds: int = DEFAULT_TTL,
) -> ClaimView:
    """Lease a microstep to `holder` (the actor's name by default) for `ttl_seconds`.

    The same holder of the same person renews the lease. Raises ClaimHeld while another holds it,
    EntityAbsent when the plan has no such microstep. An alias stands for its microstep.
    """
    if not MIN_TTL <= ttl_seconds <= MAX_TTL:
        raise Invalid(f"ttl_seconds must lie between {MIN_TTL} and {MAX_TTL}", field="ttl_seconds")
    label = limits.line(holder, "holder", limits.MAX_HOLDER) or actor.on_behalf or actor.name
    with project_scope(actor, project_id) as access:
        access.require("claim.take")
        found = _microstep(access, microstep_id)
        claim = Claim(
            org_id=access.org_id,
            project_id=access.project_id,
            microstep_id=found,
            holder=label,
            actor=actor.record(),
            person_id=actor.person_id,
            expires_at=timezone.now() + timedelta(seconds=ttl_seconds),
        )
        held = _take(claim)
        if held.id != claim.id:
            if held.holder != label or held.person_id != actor.person_id:
                raise ClaimHeld(found, held.holder, held.expires_at)
            # The run that renewed it last answers for it.
            held.expires_at, held.actor = claim.expires_at, claim.actor
            held.save(update_fields=["expires_at", "actor"])
        emit(
            events.CLAIM_TAKEN,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=found,
            data=events.claim(held.holder, held.expires_at, renewed=held.id != claim.id),
        )
        return queries.claim_view(held)


def _take(claim: Claim) -> Claim:
    """The active claim on the microstep, locked: this one, or the one that was there first.

    The partial unique index decides a race; its loser waits in the insert for the winner's
    commit. A claim that is released between the insert and the look leaves the place free, so
    the insert is tried again.
    """
    for _ in range(ATTEMPTS):
        close_expired(claim.org_id, claim.project_id, claim.microstep_id)
        Claim.objects.bulk_create([claim], ignore_conflicts=True)
        held = (
            Claim.objects.select_for_update()
            .filter(
                org_id=claim.org_id,
                project_id=claim.project_id,
                microstep_id=claim.microstep_id,
                released_at__isnull=True,
            )
            .first()
        )
        if held is not None:
            return held
    raise Conflict(f"{claim.microstep_id} changes hands too quickly; try again", code="claim_busy")


def _microstep(access: ProjectAccess, microstep_id: str) -> str:
    entity = resolve(queries.read_plan(access).plan(), microstep_id)
    if entity is None or entity.kind != "microstep":
        raise EntityAbsent(microstep_id, "microstep")
    return entity.id

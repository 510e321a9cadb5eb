"""Put an organization on a tier."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.entitlements import events
from buildrunner.server.domains.entitlements.models import OrganizationTier
from buildrunner.server.domains.entitlements.queries.tiers import tier_of
from buildrunner.server.domains.entitlements.rules import catalogue
from buildrunner.server.domains.entitlements.types import Tier
from buildrunner.server.domains.tenancy.facade import Organization
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Forbidden, Invalid, NotFound
from buildrunner.server.platform.events.emit import emit


def set_tier(actor: Actor, org_id: UUID, *, tier: str) -> Tier:
    """The operator's or billing's word; who has more people than seats keeps them, and adds none.

    Raises Forbidden to everybody else, Invalid for an unknown tier, NotFound.
    """
    if actor.kind != "system":
        raise Forbidden("Only the operator of the server or billing puts organizations on tiers.")
    wanted = catalogue.tiers().get(tier)
    if wanted is None:
        known = ", ".join(catalogue.tiers())
        raise Invalid(f"{tier!r} is no tier; there are {known}.", field="tier")
    with tenant_scope(org_id):
        if not Organization.objects.filter(id=org_id).exists():
            raise NotFound(f"There is no organization {org_id}.")
        before = tier_of(org_id)
        OrganizationTier.objects.update_or_create(org_id=org_id, defaults={"tier": tier})
        if before.name != tier:
            emit(
                events.TIER_CHANGED,
                actor=actor,
                org_id=org_id,
                subject=str(org_id),
                data={"tier": tier, "before": before.name},
            )
        return wanted

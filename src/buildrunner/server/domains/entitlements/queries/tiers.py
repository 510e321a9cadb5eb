"""Which tier an organization has, and what that includes."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from buildrunner.server.domains.entitlements.errors import FeatureNotIncluded
from buildrunner.server.domains.entitlements.models import OrganizationTier
from buildrunner.server.domains.entitlements.rules import catalogue
from buildrunner.server.domains.entitlements.types import FeatureLine, Tier
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor


def get_tier(actor: Actor, org_id: UUID) -> Tier:
    """The tier of an organization, for its members. Raises NotFound to strangers."""
    with organization_scope(actor, org_id):
        return tier_of(org_id)


def tier_of(org_id: UUID) -> Tier:
    """The tier of the organization in scope; one that left the catalogue counts as the server's."""
    known = catalogue.tiers()
    name = OrganizationTier.objects.filter(org_id=org_id).values_list("tier", flat=True).first()
    return known.get(name or settings.BR_PLAN) or known[settings.BR_PLAN]


def feature_lines(tier: Tier) -> list[FeatureLine]:
    """Every feature there is, and whether a tier has it."""
    return [
        FeatureLine(name, title, name in tier.features, catalogue.smallest_with(name).title)
        for name, title in catalogue.features().items()
    ]


def seat_limit(org_id: UUID) -> int | None:
    """The answer to tenancy: how many seats there are."""
    return tier_of(org_id).limits.get("seats")


def more_seats(org_id: UUID) -> str:
    """The answer to tenancy: which tier has more."""
    larger = catalogue.next_with_more("seats", tier_of(org_id).limits.get("seats", 0))
    return f"{larger.title} has {larger.limits['seats']} seats." if larger else ""


def require_feature(org_id: UUID, feature: str) -> None:
    """Raise FeatureNotIncluded unless the organization in scope has a feature."""
    tier = tier_of(org_id)
    if feature in tier.features:
        return
    needed = catalogue.smallest_with(feature)
    raise FeatureNotIncluded(
        f"{catalogue.features()[feature]}: not part of {tier.title}. {needed.title} has it.",
        feature=feature,
        tier=tier.name,
        tier_needed=needed.name,
        setup_url=f"/orgs/{org_id}/tier",
    )

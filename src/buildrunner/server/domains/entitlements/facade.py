"""The door to tiers, limits and features."""

from buildrunner.server.domains.entitlements.actions.set_tier import set_tier
from buildrunner.server.domains.entitlements.errors import FeatureNotIncluded
from buildrunner.server.domains.entitlements.queries.tiers import (
    feature_lines,
    get_tier,
    more_seats,
    require_feature,
    seat_limit,
    tier_of,
)
from buildrunner.server.domains.entitlements.rules.catalogue import features, overage_prices, tiers
from buildrunner.server.domains.entitlements.types import FeatureLine, Tier

__all__ = [
    "FeatureLine",
    "FeatureNotIncluded",
    "Tier",
    "feature_lines",
    "features",
    "get_tier",
    "more_seats",
    "overage_prices",
    "require_feature",
    "seat_limit",
    "set_tier",
    "tier_of",
    "tiers",
]

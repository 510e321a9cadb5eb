"""Tiers by API."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.entitlements.rest.schemas import TierOut
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import Page

router = Router(tags=["organizations"])


@router.get(
    "/tiers", response=Page[TierOut], operation_id="listTiers", summary="List the tiers there are"
)
def list_tiers(request: HttpRequest) -> Page[TierOut]:
    """Prices, limits and features, from small to large."""
    actor_of(request)
    return Page(items=[TierOut.of(tier) for tier in entitlements.tiers().values()])


@router.get(
    "/orgs/{uuid:org_id}/tier",
    response=TierOut,
    operation_id="getOrganizationTier",
    summary="Get the tier of an organization",
)
def get_tier(request: HttpRequest, org_id: UUID) -> TierOut:
    """What the organization may use. Without billing every organization is on `self_hosted`."""
    return TierOut.of(entitlements.get_tier(actor_of(request), org_id))

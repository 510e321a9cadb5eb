"""Tiers: what is limited, who says so, and what a refusal tells."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import override_settings

from buildrunner.server.config import gates
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _wired() -> Iterator[None]:
    """The gates as they are in the product: other tests put their own answers there."""
    gates.wire()
    return


def test_the_catalogue_says_what_the_price_list_says() -> None:
    tiers = entitlements.tiers()
    assert [(tier.name, tier.monthly_usd, tier.limits.get("seats")) for tier in tiers.values()] == [
        ("free", Decimal(0), 1),
        ("pro", Decimal(29), 5),
        ("team", Decimal(99), 25),
        ("enterprise", Decimal(299), 100),
        ("self_hosted", None, None),
    ]
    grown = list(tiers.values())[:4]
    for smaller, larger in itertools.pairwise(grown):
        assert smaller.features < larger.features
        assert all(smaller.limits[name] < larger.limits[name] for name in smaller.limits)
    assert tiers["self_hosted"].features == set(entitlements.features())
    assert tiers["self_hosted"].limits == {}


def test_nothing_is_limited_where_nobody_bills(tenant: Tenant) -> None:
    assert entitlements.get_tier(tenant.actor, tenant.org_id).name == "self_hosted"
    assert tenancy.get_organization(tenant.actor, tenant.org_id).seats.limit is None
    for number in range(6):
        tenancy.invite(tenant.actor, tenant.org_id, email=f"p{number}@example.test", role="member")
    audit.open_access_review(tenant.actor, tenant.org_id)


@override_settings(BR_PLAN="free")
def test_the_seat_after_the_last_is_refused_and_told_where_more_are(tenant: Tenant) -> None:
    with pytest.raises(Conflict, match=r"Pro has 5 seats\.") as refusal:
        tenancy.invite(tenant.actor, tenant.org_id, email="in@example.test", role="member")
    assert (refusal.value.code, refusal.value.extensions["limit"]) == ("seats_taken", 1)
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="enterprise")
    tenancy.invite(tenant.actor, tenant.org_id, email="in@example.test", role="member")


def test_a_refused_feature_names_the_tier_that_has_it(tenant: Tenant, api: Api) -> None:
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="pro")
    answer = api.post(f"/api/orgs/{tenant.org_id}/access-reviews", {})
    told = answer.json()
    assert (answer.status_code, told["code"]) == (402, "feature_not_included")
    assert (told["feature"], told["tier"], told["tier_needed"]) == ("compliance", "pro", "team")
    assert "Team has it" in told["detail"]
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="team")
    assert api.post(f"/api/orgs/{tenant.org_id}/access-reviews", {}).status_code == 201


def test_a_smaller_tier_takes_nobody_s_seat(tenant: Tenant) -> None:
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="pro")
    _, token = tenancy.invite(tenant.actor, tenant.org_id, email="in@example.test", role="member")
    assert token
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="free")
    seats = tenancy.get_organization(tenant.actor, tenant.org_id).seats
    assert (seats.people, seats.pending, seats.limit, seats.free) == (1, 1, 1, 0)


def test_only_the_operator_and_billing_say_who_has_what(tenant: Tenant) -> None:
    with pytest.raises(Forbidden):
        entitlements.set_tier(tenant.actor, tenant.org_id, tier="enterprise")
    with pytest.raises(Invalid, match="free, pro, team, enterprise, self_hosted"):
        entitlements.set_tier(SYSTEM, tenant.org_id, tier="gold")
    assert entitlements.get_tier(tenant.actor, tenant.org_id).name == "self_hosted"


def test_a_change_is_on_the_record_once(tenant: Tenant) -> None:
    for _ in range(2):
        entitlements.set_tier(SYSTEM, tenant.org_id, tier="team")
    with tenant_scope(tenant.org_id):
        found = Event.objects.filter(kind="entitlement.tier_changed")
        assert [one.data for one in found] == [{"tier": "team", "before": "self_hosted"}]


def test_members_see_their_tier_and_strangers_nothing(tenant: Tenant, api: Api) -> None:
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="pro")
    told = api.get(f"/api/orgs/{tenant.org_id}/tier").json()
    assert (told["name"], told["limits"]["seats"], told["monthly_usd"]) == ("pro", 5, "29")
    assert next(tier["name"] for tier in api.get("/api/tiers").json()["items"]) == "free"
    stranger = Api(make_tenant(name="Other").key)
    assert stranger.get(f"/api/orgs/{tenant.org_id}/tier").status_code == 404

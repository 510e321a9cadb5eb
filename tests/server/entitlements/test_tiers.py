"""Tiers: what is limited, who says so, and what a refusal tells."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import override_settings

from buildrunner.server.config import gates
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit import policies as audit_policies
from buildrunner.server.domains.discussion.actions import presence
from buildrunner.server.domains.entitlements import facade as entitlements
from buildrunner.server.domains.entitlements.rules import catalogue
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.rest.calls import KNOWN, CallLimits
from buildrunner.server.domains.notifications import policies as notification_policies
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy import policies as tenancy_policies
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.http import quotas
from factories import Api, Tenant, make_tenant
from kits.visitor import sign_in

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


def refused(answer: HttpResponse) -> tuple[str, str, str]:
    """What a refusal of a feature tells."""
    told = answer.json()
    assert (answer.status_code, told["code"]) == (402, "feature_not_included")
    assert "Pro has it" in told["detail"]
    return told["feature"], told["tier_needed"], told["setup_url"]


def test_working_together_begins_with_pro(tenant: Tenant, api: Api) -> None:
    home = f"/api/orgs/{tenant.org_id}"
    channel = {"service": "slack", "url": "https://hooks.example.com/T0/B0/x"}
    place = f"/api/projects/{tenant.project_id}/presence/{uuid4()}"
    here = {"entity_type": "project", "entity_id": ""}
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="pro")
    team = api.post(f"{home}/teams", {"name": "core"}).json()["id"]
    member = f"{home}/teams/{team}/members/{tenant.person.id}"
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="free")
    told = ("collaboration", "pro", f"/orgs/{tenant.org_id}/tier")
    assert refused(api.post(f"{home}/teams", {"name": "frontend"})) == told
    assert refused(api.call("PUT", member)) == told
    assert refused(api.post(f"{home}/channels", channel)) == told
    assert api.call("PUT", place, here).json()["shown"] is False
    weekly = {"project_id": str(tenant.project_id), "frequency": "weekly"}
    more = ("analytics", "pro", f"/orgs/{tenant.org_id}/tier")
    assert refused(api.post("/api/analytics/reports/schedule", weekly)) == more
    # What was made stays; and talk itself is everywhere.
    assert [one["name"] for one in api.get(f"{home}/teams").json()["items"]] == ["core"]
    comment = {"project_id": str(tenant.project_id), "body": "@team:core, look"}
    assert api.post("/api/comments", comment).status_code == 201
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="self_hosted")
    assert api.call("PUT", member).status_code < 300
    assert api.post(f"{home}/teams", {"name": "frontend"}).status_code == 201
    assert api.post("/api/analytics/reports/schedule", weekly).status_code == 201
    assert api.call("PUT", place, here).json()["shown"] is True


def test_pages_say_kindly_what_a_plan_lacks(tenant: Tenant) -> None:
    entitlements.set_tier(SYSTEM, tenant.org_id, tier="free")
    visitor = sign_in(tenant.person)
    home, plans = (
        f"/orgs/{tenant.org_id}",
        f'<a href="/orgs/{tenant.org_id}/tier">See the plans</a>',
    )
    for path, form, status, words in (
        ("teams", {"name": "frontend"}, 402, "Pro has it."),
        ("members", {"email": "in@example.test", "role": "member"}, 409, "Pro has 5 seats."),
        ("channels", {"service": "slack", "url": "https://hooks.example.com/x", "least": "low",
                      "group": "Work"}, 402, "Pro has it."),
    ):  # fmt: skip
        answer = visitor.post(f"{home}/{path}", form)
        page = answer.content.decode()
        assert answer.status_code == status, page
        assert words in page
        assert plans in page
        assert form[next(iter(form))] in page  # what was typed is not lost
    tier = visitor.get(f"{home}/tier").content.decode()
    assert "All seats are taken" in tier


def test_features_that_are_asked_for_are_in_the_catalogue() -> None:
    asked = {audit_policies.COMPLIANCE, tenancy_policies.COLLABORATION,
             notification_policies.COLLABORATION, presence.COLLABORATION}  # fmt: skip
    assert asked <= set(entitlements.features())


def test_calls_by_key_end_where_the_month_s_calls_do(tenant: Tenant, api: Api) -> None:
    now = [0.0]
    limits = CallLimits(clock=lambda: now[0])
    quotas.call_judges.append(limits.judge)
    try:
        path = f"/api/projects/{tenant.project_id}"
        assert api.get(path).status_code == 200
        entitlements.set_tier(SYSTEM, tenant.org_id, tier="free")
        allowed = catalogue.tiers()["free"].limits["api_calls"]
        made = metering.Usage(
            id=str(uuid4()), source="test", type="api_calls", time=None, quantity=Decimal(allowed),
            model=None, provider=None, tokens=None,
            attribution=metering.Attribution(org_id=tenant.org_id), data={},
        )  # fmt: skip
        metering.record_usage(None, tenant.org_id, [made])
        assert api.get(path).status_code == 200  # known for some seconds more
        now[0] = KNOWN + 1
        told = api.get(path)
        assert (told.status_code, told.json()["code"]) == (402, "quota_exceeded")
        assert told.json()["tier_with_more"] == "Pro"
        assert api.get(f"/api/orgs/{tenant.org_id}/tier").status_code == 200
        # What was spent has to be known, and what is left as well.
        spent = {"project_id": str(tenant.project_id), "event_type": "tokens", "quantity": 7}
        assert api.post("/api/billing/usage", spent).status_code == 201
        assert api.get(f"/api/billing/usage?org_id={tenant.org_id}").status_code == 200
        assert api.get(f"/api/usage/summary?org_id={tenant.org_id}").status_code == 200
        lifted = {"overage": True}
        answer = api.call("PUT", f"/api/orgs/{tenant.org_id}/quotas/api_calls", lifted)
        assert answer.status_code == 200, answer.content
        assert sign_in(tenant.person).get(path).status_code == 200
        now[0] += KNOWN + 1
        assert api.get(path).status_code == 200
    finally:
        quotas.call_judges.remove(limits.judge)

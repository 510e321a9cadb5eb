"""Which events are told to whom, and what a project's policy adds or silences."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.identity.facade import Person
from buildrunner.server.domains.notifications import facade as notifications
from buildrunner.server.domains.notifications.models import Delivery
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.models import Event
from factories import Tenant, add_person, make_person, make_tenant, small_plan
from factories.notices import make_channel, notices
from factories.webhooks import record_of, tell


def happened(tenant: Tenant, kind: str, *, actor: Actor = SYSTEM, **more: Any) -> None:
    """An event, and the handler's turn, twice."""
    fields = {"project_id": tenant.project_id, "subject": "", "data": {}} | more
    with tenant_scope(tenant.org_id):
        event = emit(kind, actor=actor, org_id=tenant.org_id, **fields)
        record = record_of(Event.objects.get(id=event.id))
    notifications.tell(record)
    notifications.tell(record)


def told(tenant: Tenant) -> dict[UUID, list[str]]:
    """Kinds by person."""
    found: dict[UUID, list[str]] = {}
    for row in notices(tenant):
        found.setdefault(row.person_id, []).append(row.kind)
    return found


def acting(person: Person) -> Actor:
    return tenancy.actor_for_person(person)


def test_whoever_may_approve_is_asked_and_whoever_asked_is_answered(tenant: Tenant) -> None:
    asker = add_person(tenant, project_role="contributor", name="Asker")
    lead = add_person(tenant, project_role="techlead")
    add_person(tenant, project_role="viewer")
    data = {"number": 7, "title": "Passkeys", "allowed": False}
    happened(tenant, "approval.requested", actor=acting(asker), subject="7", data=data)
    assert told(tenant) == {
        lead.id: ["approval.requested"],
        tenant.person.id: ["approval.requested"],
    }
    row = notices(tenant)[0]
    assert (row.title, row.body) == ("Asker asks for approval of #7", "Passkeys")
    assert row.url == f"/projects/{tenant.project_id}/governance/requests/7"
    happened(tenant, "approval.given", actor=acting(lead), subject="7", data={"allowed": True})
    assert told(tenant)[asker.id] == ["approval.given"]


def test_the_holder_hears_of_a_lost_claim_and_of_failing_checks(db: None) -> None:
    tenant = make_tenant(plan=small_plan())
    holder = add_person(tenant, project_role="contributor")
    plans.claim_microstep(acting(holder), tenant.project_id, microstep_id="m1.s1.ms1")
    failing = {"outcomes": {"failed": 2, "passed": 1}, "microsteps": ["m1.s1.ms1"]}
    happened(tenant, "evidence.received", actor=acting(holder), subject="m1.s1.ms1", data=failing)
    passing = failing | {"outcomes": {"passed": 3}}
    happened(tenant, "evidence.received", subject="m1.s1.ms1", data=passing)
    happened(tenant, "claim.expired", subject="m1.s1.ms1", data={"holder": "laptop"})
    assert told(tenant) == {holder.id: ["check.failed", "claim.lost"]}
    assert [row.title for row in notices(tenant)] == [
        "2 checks failed",
        "You lost the claim of m1.s1.ms1",
    ]


def test_a_budget_tells_those_who_keep_it(tenant: Tenant) -> None:
    add_person(tenant, project_role="contributor")
    data = {"name": "Models", "level": "0.8", "spent": "8.0", "cap": "10", "period": "month"}
    happened(tenant, "budget.alert", data=data)
    happened(tenant, "budget.alert", data=data | {"level": "1"})
    happened(tenant, "budget.blocked", data=data)
    rows = notices(tenant)
    assert {row.person_id for row in rows} == {tenant.person.id}
    assert [(row.kind, row.priority) for row in rows] == [
        ("budget.alert", "high"),
        ("budget.exhausted", "urgent"),
        ("budget.exhausted", "urgent"),
    ]
    assert rows[0].title == "Models is at 80 %"
    assert rows[0].body == "USD 8.00 of 10.00 spent this month"


def test_a_limit_of_the_tier_tells_those_who_can_lift_it(tenant: Tenant) -> None:
    admin = add_person(tenant, org_role="admin")
    add_person(tenant, project_role="pm")
    for level, used in (("0.8", "8000"), ("1", "10000")):
        happened(
            tenant,
            "quota.alert",
            project_id=None,
            subject="api_calls",
            data={"type": "api_calls", "level": level, "used": used, "limit": 10_000,
                  "tier": "Free", "tier_with_more": "Pro", "overage": False},
        )  # fmt: skip
    both = ["quota.alert", "quota.reached"]
    assert told(tenant) == {admin.id: both, tenant.person.id: both}
    last = notices(tenant)[-1]
    assert (last.priority, last.title) == ("urgent", "This month's API calls are used up")
    assert last.body == "10,000 of 10,000 of Free. Pro has more. What asks for more is refused."
    assert last.url == f"/orgs/{tenant.org_id}/usage"


def test_an_invitation_reaches_the_inbox_of_who_has_an_account(tenant: Tenant) -> None:
    guest = make_person()
    tenancy.invite(tenant.actor, tenant.org_id, email=guest.email, role="member")
    with tenant_scope(tenant.org_id):
        record = record_of(Event.objects.get(kind="invitation.sent"))
    notifications.tell(record)
    (shown,) = notifications.inbox(acting(guest))
    assert (shown.kind, shown.url) == ("invitation.received", "/invitations")
    with tenant_scope(tenant.org_id):
        assert not Delivery.objects.exists()  # the invitation is a mail of its own


def test_followers_hear_of_what_they_follow(tenant: Tenant) -> None:
    person = add_person(tenant, project_role="viewer")
    notifications.choose_watch(
        acting(person), tenant.project_id, subject="microstep:m1.s1.ms1", how="manual"
    )
    happened(tenant, "plan.revised", data={"revision": 3, "changed": ["m1.s1.ms2"]})
    assert told(tenant) == {}
    happened(tenant, "plan.revised", data={"revision": 4, "changed": ["m1.s1.ms1"]})
    assert told(tenant) == {person.id: ["plan.revised"]}


@pytest.fixture
def policy(tenant: Tenant) -> Tenant:
    """A tenant whose project keeps a policy on telling."""
    text = (
        "version: 1\nnotifications:\n  email: {enabled: false}\n  slack: {enabled: false}\n"
        "  governance_alerts:\n    approval_requested: [Viewer]\n"
    )
    governance.save_policy(tenant.actor, tenant.project_id, text=text, expected=governance.ANY)
    return tenant


def keep(tenant: Tenant, text: str) -> None:
    text = "version: 1\nnotifications:\n" + text
    governance.save_policy(tenant.actor, tenant.project_id, text=text, expected=governance.ANY)


def test_what_the_policy_wants_told_cannot_be_muted_or_switched_off(tenant: Tenant) -> None:
    viewer = add_person(tenant, project_role="viewer")
    other = add_person(tenant, project_role="qa")
    for person in (viewer, other):
        actor = tenancy.actor_for_person(person)
        notifications.choose_watch(
            actor, tenant.project_id, subject=f"project:{tenant.project_id}", how="muted"
        )
        notifications.change_preferences(
            actor, choices={"waiver.granted": {"inbox": False, "email": False}}
        )
    keep(tenant, "  governance_alerts: {waiver_granted: [Viewer]}\n")
    happened(tenant, "waiver.granted", data={"rule": "secrets", "path": "a.py", "reason": "x"})
    assert viewer.id in told(tenant)
    assert other.id not in told(tenant)
    with tenant_scope(tenant.org_id):
        assert not Delivery.objects.exists()  # the way by mail stays the person's own choice
    assert [one.title for one in notices(tenant) if one.person_id == viewer.id] == [
        "BuildRunner waived secrets in a.py"
    ]


def test_whom_the_policy_mails_is_mailed_whatever_they_chose(tenant: Tenant) -> None:
    grace, quiet = add_person(tenant, project_role="qa"), add_person(tenant, project_role="qa")
    outside = make_person()
    notifications.change_preferences(
        tenancy.actor_for_person(grace), choices={"policy.saved": {"email": False, "inbox": False}}
    )
    notifications.change_preferences(tenancy.actor_for_person(quiet), mail=False)
    keep(tenant, f"  email: {{recipients: [{grace.email}, {quiet.email}, {outside.email}]}}\n")
    happened(tenant, "policy.saved", data={"number": 3})
    assert {grace.id, quiet.id} <= set(told(tenant))
    assert outside.id not in told(tenant)
    with tenant_scope(tenant.org_id):
        assert [one.person_id for one in Delivery.objects.all()] == [grace.id]
    keep(tenant, f"  email: {{enabled: false, recipients: [{grace.email}]}}\n")
    happened(tenant, "policy.saved", data={"number": 4})
    with tenant_scope(tenant.org_id):
        assert Delivery.objects.count() == 1


def test_the_policy_names_teams_as_well(tenant: Tenant) -> None:
    member = add_person(tenant, project_role="viewer")
    team = tenancy.create_team(tenant.actor, tenant.org_id, name="on-call")
    tenancy.add_team_member(tenant.actor, tenant.org_id, team.id, member.id)
    keep(tenant, "  cost_alerts: {all: [on-call]}\n")
    happened(tenant, "budget.alert", data={"name": "All", "level": "0.8"})
    assert member.id in told(tenant)


def test_the_policy_adds_roles_and_closes_ways(policy: Tenant) -> None:
    viewer = add_person(policy, project_role="viewer")
    asker = add_person(policy, project_role="contributor")
    slack = make_channel(policy, kinds=["approval.*"])
    discord = make_channel(policy, kinds=["approval.*"], service="discord")
    happened(policy, "approval.requested", actor=acting(asker), subject="7")
    assert viewer.id in told(policy)
    with tenant_scope(policy.org_id):
        event = Event.objects.get(kind="approval.requested")
        assert not Delivery.objects.exists()  # nothing is mailed
    tell(record_of(event))
    with tenant_scope(policy.org_id):
        assert not Delivery.objects.filter(endpoint_id=slack.id).exists()
        assert Delivery.objects.filter(endpoint_id=discord.id).count() == 1

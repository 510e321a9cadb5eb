"""Who is asked to join, and who may say yes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy import policies
from buildrunner.server.domains.tenancy.models import Invitation
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
)
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person, make_key, make_person, make_project


@pytest.fixture
def seats() -> Iterator[list[int]]:
    """A limit of seats: the one number in the list."""
    limit = [2]
    policies.seat_limit.wire(lambda _: limit[0])
    yield limit
    policies.seat_limit.wire(lambda _: None)


def kinds(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.org_id):
        return list(Event.objects.order_by("id").values_list("kind", flat=True))


def age(tenant: Tenant, invitation_id: object, **lives: timedelta) -> None:
    with tenant_scope(tenant.org_id):
        Invitation.objects.filter(id=invitation_id).update(
            **{name: timezone.now() - life for name, life in lives.items()}
        )


def send(tenant: Tenant, email: str, role: str = "member", **more: object) -> tuple[object, str]:
    view, token = tenancy.invite(tenant.actor, tenant.org_id, email=email, role=role, **more)  # type: ignore[arg-type]
    return view.id, token


def test_an_invited_person_joins_with_the_roles_promised(tenant: Tenant) -> None:
    gone = make_project(tenant.person, org_id=tenant.org_id, title="Other")
    roles = [
        {"project_id": str(tenant.project_id), "role": "qa"},
        {"project_id": str(gone.id), "role": "viewer"},
    ]
    person = make_person(email="grace@example.test", name="Grace")
    _, token = send(tenant, " Grace@Example.test ", project_roles=roles)
    actor = tenancy.actor_for_person(person)
    assert [one.organization for one in tenancy.own_invitations(actor)] == ["Ada's organization"]
    joined = tenancy.accept_invitation(actor, token=token)
    assert (joined.id, joined.role) == (tenant.org_id, "member")
    with tenancy.project_scope(actor, tenant.project_id) as access:
        assert access.project_role == "qa"
    assert tenancy.own_invitations(actor) == []
    assert kinds(tenant)[-4:] == [
        "member.added",
        "invitation.accepted",
        "project.member_set",
        "project.member_set",
    ]


def test_accepting_twice_changes_nothing(tenant: Tenant) -> None:
    person = make_person()
    _, token = send(tenant, person.email)
    actor = tenancy.actor_for_person(person)
    first = tenancy.accept_invitation(actor, token=token)
    before = kinds(tenant)
    assert tenancy.accept_invitation(actor, token=token) == first
    assert kinds(tenant) == before


def test_only_the_invited_address_opens_it(tenant: Tenant) -> None:
    _, token = send(tenant, "grace@example.test")
    other = tenancy.actor_for_person(make_person())
    with pytest.raises(Forbidden) as refusal:
        tenancy.accept_invitation(other, token=token)
    assert refusal.value.code == "invitation_for_another"
    with pytest.raises(NotFound):
        tenancy.accept_invitation(other, token="inv_invented")
    grace = make_person(email="grace@example.test")
    _, narrow = make_key(grace, scopes=["planner.read"])
    key = tenancy.actor_for_key(narrow)
    assert key
    assert tenancy.own_invitations(key) == []
    with pytest.raises(Forbidden):
        tenancy.accept_invitation(key, token=token)


def test_it_ends_after_a_week_and_lives_again_when_sent_again(tenant: Tenant) -> None:
    person = make_person()
    name, token = send(tenant, person.email)
    actor = tenancy.actor_for_person(person)
    with pytest.raises(TooManyRequests):
        tenancy.resend_invitation(tenant.actor, tenant.org_id, name)  # type: ignore[arg-type]
    age(tenant, name, expires_at=timedelta(seconds=1), sent_at=timedelta(days=7))
    (listed,) = tenancy.organization_invitations(tenant.actor, tenant.org_id)
    assert listed.expired
    assert tenancy.own_invitations(actor) == []
    with pytest.raises(NotFound):
        tenancy.accept_invitation(actor, token=token)
    view, fresh = tenancy.resend_invitation(tenant.actor, tenant.org_id, listed.id)
    assert view.expires_at - timezone.now() > timedelta(days=6, hours=23)
    with pytest.raises(NotFound):
        tenancy.accept_invitation(actor, token=token)
    tenancy.accept_invitation(actor, token=fresh)


def test_an_expired_one_gives_way_to_a_new_one(tenant: Tenant) -> None:
    name, _ = send(tenant, "grace@example.test")
    with pytest.raises(Conflict) as refusal:
        send(tenant, "GRACE@example.test")
    assert refusal.value.extensions["invitation_id"] == str(name)
    age(tenant, name, expires_at=timedelta(seconds=1))
    send(tenant, "grace@example.test", role="admin")
    (listed,) = tenancy.organization_invitations(tenant.actor, tenant.org_id)
    assert listed.role == "admin"


def test_a_withdrawn_one_opens_nothing(tenant: Tenant) -> None:
    person = make_person()
    name, token = send(tenant, person.email)
    tenancy.withdraw_invitation(tenant.actor, tenant.org_id, name)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        tenancy.accept_invitation(tenancy.actor_for_person(person), token=token)
    with pytest.raises(NotFound):
        tenancy.withdraw_invitation(tenant.actor, tenant.org_id, name)  # type: ignore[arg-type]


def test_what_is_sent_is_checked(tenant: Tenant, stranger: Tenant) -> None:
    for email in ("nobody", "a@b@c.test", "", "x" * 250 + "@example.test"):
        with pytest.raises(Invalid):
            send(tenant, email)
    with pytest.raises(Invalid):
        send(tenant, "in@example.test", role="emperor")
    with pytest.raises(Conflict, match="member already"):
        send(tenant, tenant.person.email)
    foreign = [{"project_id": str(stranger.project_id), "role": "pm"}]
    with pytest.raises(NotFound):
        send(tenant, "in@example.test", project_roles=foreign)
    admin = tenancy.actor_for_person(add_person(tenant, org_role="admin"))
    with pytest.raises(Forbidden, match="Only an owner"):
        tenancy.invite(admin, tenant.org_id, email="in@example.test", role="owner")
    pm = tenancy.actor_for_person(add_person(tenant, project_role="pm"))
    with pytest.raises(Forbidden) as refusal:
        tenancy.invite(pm, tenant.org_id, email="in@example.test", role="member")
    assert refusal.value.extensions["granted_by"] == ["owner", "admin"]


def test_seats_are_people_and_open_invitations(tenant: Tenant, seats: list[int]) -> None:
    name, _ = send(tenant, "one@example.test")
    with pytest.raises(Conflict) as refusal:
        send(tenant, "two@example.test")
    assert refusal.value.code == "seats_taken"
    plans = f"/orgs/{tenant.org_id}/tier"
    told = {"limit": 2, "people": 1, "pending": 1, "setup_url": plans}
    assert refusal.value.extensions == told
    with pytest.raises(Conflict):
        tenancy.set_org_member(
            tenant.actor, tenant.org_id, email=make_person().email, role="member"
        )
    view = tenancy.get_organization(tenant.actor, tenant.org_id)
    assert (view.seats.people, view.seats.pending, view.seats.free) == (1, 1, 0)
    tenancy.create_service_account(tenant.actor, tenant.org_id, name="robots take none")
    age(tenant, name, expires_at=timedelta(seconds=1))
    send(tenant, "two@example.test")


def test_a_seat_that_is_gone_is_not_taken_by_an_old_invitation(
    tenant: Tenant, seats: list[int]
) -> None:
    person = make_person()
    _, token = send(tenant, person.email)
    seats[0] = 1
    with pytest.raises(Conflict):
        tenancy.accept_invitation(tenancy.actor_for_person(person), token=token)


def test_who_is_put_out_cannot_come_back_by_his_own_invitation(tenant: Tenant) -> None:
    admin = add_person(tenant, org_role="admin")
    other = make_person()
    _, token = tenancy.invite(
        tenancy.actor_for_person(admin), tenant.org_id, email=other.email, role="admin"
    )
    tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=admin.id)
    with pytest.raises(NotFound):
        tenancy.accept_invitation(tenancy.actor_for_person(other), token=token)


def test_the_whole_way_by_api(tenant: Tenant, api: Api) -> None:
    path = f"/api/orgs/{tenant.org_id}/invitations"
    made = api.post(path, {"email": "grace@example.test"})
    assert made.status_code == 201
    sent = made.json()
    token = sent["url"].rpartition("/")[2]
    (listed,) = api.get(path).json()["items"]
    assert "url" not in listed
    assert token not in api.get(path).content.decode()
    assert api.post(f"{path}/{sent['id']}/resend").status_code == 429
    grace = Api(make_key(make_person(email="grace@example.test"))[1])
    assert [one["id"] for one in grace.get("/api/invitations").json()["items"]] == [sent["id"]]
    assert grace.post("/api/invitations/accept", {}).status_code == 404
    answer = grace.post("/api/invitations/accept", {"invitation_id": sent["id"]})
    assert answer.json() == {
        "id": str(tenant.org_id),
        "name": "Ada's organization",
        "role": "member",
    }
    assert api.delete(f"{path}/{sent['id']}").status_code == 404
    people = api.get(f"/api/orgs/{tenant.org_id}/members?limit=1")
    assert [one["name"] for one in people.json()["items"]] == ["Ada"]
    following = api.get(
        f"/api/orgs/{tenant.org_id}/members?limit=1&cursor={people.json()['next_cursor']}"
    ).json()
    assert [one["email"] for one in following["items"]] == ["grace@example.test"]
    assert following["next_cursor"] is None


def test_an_address_that_is_not_confirmed_opens_nothing(tenant: Tenant) -> None:
    from allauth.account.models import EmailAddress

    person = make_person(email="grace@example.test")
    _, token = send(tenant, "grace@example.test")
    actor = tenancy.actor_for_person(person)
    EmailAddress.objects.filter(user=person).update(verified=False)
    assert tenancy.own_invitations(actor) == []
    with pytest.raises(Forbidden):
        tenancy.accept_invitation(actor, token=token)
    EmailAddress.objects.filter(user=person).update(verified=True)
    tenancy.accept_invitation(actor, token=token)

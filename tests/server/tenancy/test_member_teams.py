"""Teams: members of an organization under one name."""

from __future__ import annotations

import pytest

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid, NotFound
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person, make_key, make_tenant
from factories.teams import make_team
from kits.visitor import sign_in


def test_a_team_from_its_making_to_its_end(api: Api, tenant: Tenant) -> None:
    grace = add_person(tenant, org_role="member")
    base = f"/api/orgs/{tenant.org_id}/teams"
    made = api.post(base, {"name": "Front-End", "title": "Frontend"})
    assert made.status_code == 201, made.content
    team = made.json()
    assert (team["name"], team["title"], team["members"]) == ("front-end", "Frontend", 0)
    one = f"{base}/{team['id']}"
    for _ in range(2):
        assert api.put(f"{one}/members/{grace.id}", {}).status_code == 204
    (member,) = api.get(f"{one}/members").json()["items"]
    assert (member["person_id"], member["kind"]) == (str(grace.id), "person")
    assert api.patch(one, {"title": "Pages"}).json()["title"] == "Pages"
    assert [(row["title"], row["members"]) for row in api.get(base).json()["items"]] == [
        ("Pages", 1)
    ]
    assert api.delete(f"{one}/members/{grace.id}").status_code == 204
    assert api.delete(f"{one}/members/{grace.id}").status_code == 404
    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404
    with tenant_scope(tenant.org_id):
        kinds = list(
            Event.objects.filter(kind__startswith="team.")
            .order_by("id")
            .values_list("kind", flat=True)
        )
    assert kinds == [
        "team.created",
        "team.member_added",
        "team.changed",
        "team.member_removed",
        "team.removed",
    ]


@pytest.mark.parametrize(
    "name", ["", "two words", "-a", "a-", "ä", "TechLead", "tech-lead", "Q-A", "owner", "a" * 41]
)
def test_names_that_no_team_has(tenant: Tenant, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        tenancy.create_team(tenant.actor, tenant.org_id, name=name)
    assert refusal.value.extensions["field"] == "name"


def test_a_name_is_given_once(tenant: Tenant) -> None:
    make_team(tenant)
    with pytest.raises(Conflict):
        tenancy.create_team(tenant.actor, tenant.org_id, name="FRONTEND")


def test_only_who_manages_members_manages_teams(tenant: Tenant) -> None:
    grace = add_person(tenant, org_role="member")
    team = make_team(tenant, "frontend", grace.id)
    actor = tenancy.actor_for_person(grace)
    with pytest.raises(Forbidden):
        tenancy.create_team(actor, tenant.org_id, name="mine")
    with pytest.raises(Forbidden):
        tenancy.add_team_member(actor, tenant.org_id, team, tenant.person.id)
    with pytest.raises(Forbidden):
        tenancy.remove_team(actor, tenant.org_id, team)
    assert Api(make_key(grace)[1]).get(f"/api/orgs/{tenant.org_id}/teams").status_code == 200
    tenancy.remove_team_member(actor, tenant.org_id, team, grace.id)
    assert tenancy.team_members(tenant.actor, tenant.org_id, team) == []


def test_strangers_are_in_no_team(tenant: Tenant) -> None:
    other = make_tenant()
    team = make_team(tenant)
    with pytest.raises(NotFound):
        tenancy.add_team_member(tenant.actor, tenant.org_id, team, other.person.id)
    with pytest.raises(NotFound):
        tenancy.get_team(other.actor, tenant.org_id, team)
    with pytest.raises(NotFound):
        tenancy.get_team(other.actor, other.org_id, team)


def test_who_leaves_the_organization_leaves_its_teams(tenant: Tenant) -> None:
    grace = add_person(tenant, org_role="member")
    team = make_team(tenant, "frontend", grace.id, tenant.person.id)
    tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=grace.id)
    left = tenancy.team_members(tenant.actor, tenant.org_id, team)
    assert [one.person_id for one in left] == [tenant.person.id]


def test_the_pages_of_teams(tenant: Tenant) -> None:
    owner = sign_in(tenant.person)
    grace = add_person(tenant, org_role="member")
    home = f"/orgs/{tenant.org_id}/teams"
    assert "No team yet" in owner.get(home).content.decode()
    wrong = owner.post(home, {"name": "QA", "title": "<b>"})
    assert (wrong.status_code, "not the name of a role" in wrong.content.decode()) == (422, True)
    assert "<b>" not in wrong.content.decode().partition("<main")[2]
    made = owner.post(home, {"name": "frontend", "title": "Frontend"}, follow=True)
    one = made.redirect_chain[-1][0]
    assert "@team:frontend" in made.content.decode()
    added = owner.post(f"{one}/members", {"person_id": str(grace.id)}, follow=True)
    assert "one more member" in added.content.decode()
    assert "Choose who joins" in owner.post(f"{one}/members", {}, follow=True).content.decode()
    assert (
        "is changed" in owner.post(one, {"name": "ui", "title": "UI"}, follow=True).content.decode()
    )
    member = sign_in(grace)
    assert "New team" not in member.get(home).content.decode()
    assert member.post(one, {"name": "x", "title": "X"}).status_code == 403
    left = member.post(f"{one}/members/{grace.id}", follow=True)
    assert "one member less" in left.content.decode()
    assert "means nobody" in owner.get(f"{one}/remove").content.decode()
    assert "is removed" in owner.post(f"{one}/remove", follow=True).content.decode()

"""The permission table and how refusals are worded."""

from __future__ import annotations

import pytest

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy import rules
from buildrunner.server.platform.errors import Forbidden
from factories import Api, Tenant, add_person, make_key

# What each may, written out once more so that a slip in the table is seen.
READ = {"project.read", "plan.read", "event.read"}
REPORT = {"evidence.write", "approval.request"}
JUDGE = {"evidence.sign_off", "approval.give"}
PUBLISH = {"blueprint.publish"}
TALK = {"comment.write"}
COSTS = {"usage.read", "analytics.read"}
SPEND = {"usage.write", "model.use"}
WORK = READ | REPORT | TALK | SPEND | {"plan.write", "claim.take"}
EXPECTED = {
    "pm": WORK
    | JUDGE
    | PUBLISH
    | COSTS
    | {"comment.promote", "project.manage", "member.manage", "policy.manage"}
    | {"budget.manage", "model.manage"},
    "techlead": WORK | JUDGE | PUBLISH | COSTS | {"comment.promote"},
    "qa": READ | REPORT | TALK | JUDGE,
    "contributor": WORK,
    "viewer": READ,
}


def test_the_table() -> None:
    assert {role: set(allowed) for role, allowed in rules.PROJECT_ROLES.items()} == EXPECTED
    assert rules.ORG_ROLES["owner"] == rules.EVERYTHING
    assert rules.ORG_ROLES["admin"] == rules.EVERYTHING - {"org.own"}
    assert rules.ORG_ROLES["member"] == {"org.read", "project.create"}
    for allowed in (*rules.PROJECT_ROLES.values(), *rules.SCOPES.values()):
        assert allowed <= rules.EVERYTHING


def test_scopes() -> None:
    assert rules.of_scopes(frozenset({"*"})) == rules.EVERYTHING
    assert rules.of_scopes(frozenset({"nonsense"})) == frozenset()
    assert "plan.write" not in rules.of_scopes(frozenset({"planner.read", "builder.run"}))
    assert "claim.take" not in rules.of_scopes(frozenset({"planner.write"}))
    for narrow in ("planner.read", "planner.write", "builder.run", "qa.run", "analytics.read"):
        assert not rules.of_scopes(frozenset({narrow})) & {"key.manage", "member.manage"}


@pytest.mark.parametrize("role", EXPECTED)
def test_each_role_gets_what_the_table_says(tenant: Tenant, role: str) -> None:
    actor = tenancy.actor_for_person(add_person(tenant, project_role=role))
    with tenancy.project_scope(actor, tenant.project_id) as access:
        assert access.permissions - {"org.read", "project.create"} == EXPECTED[role]
        assert (access.org_role, access.project_role) == ("member", role)


def test_a_member_without_a_role_is_told_who_can_help(tenant: Tenant) -> None:
    actor = tenancy.actor_for_person(add_person(tenant))
    with (
        pytest.raises(Forbidden) as refusal,
        tenancy.project_scope(actor, tenant.project_id),
    ):
        pass
    assert refusal.value.extensions["permission"] == "project.read"
    assert refusal.value.extensions["granted_by"] == ["owner", "admin", "pm"]
    assert refusal.value.extensions["people"] == [{"name": "Ada", "role": "owner"}]
    assert refusal.value.detail.endswith("the project's PM can grant it: Ada.")
    assert tenancy.list_projects(actor) == []


def test_a_viewer_is_refused_by_permission_over_http(tenant: Tenant) -> None:
    viewer = add_person(tenant, project_role="viewer")
    api = Api(make_key(viewer)[1])
    assert api.get(f"/api/projects/{tenant.project_id}").json()["role"] == "viewer"
    response = api.patch(f"/api/projects/{tenant.project_id}", {"title": "Mine"})
    assert response.status_code == 403
    body = response.json()
    assert body["code"] == "forbidden"
    assert body["missing"] == ["project.manage"]
    assert body["granted_by"] == ["owner", "admin", "pm"]


def test_a_narrow_key_is_told_its_scope_is_missing(tenant: Tenant) -> None:
    _, secret = make_key(tenant.person, scopes=["planner.read"])
    response = Api(secret).patch(f"/api/projects/{tenant.project_id}", {"title": "x"})
    assert response.status_code == 403
    assert response.json()["code"] == "scope_missing"
    assert response.json()["scopes"] == ["*"]


def test_owners_and_admins_see_every_project(tenant: Tenant) -> None:
    for role in ("admin", "owner"):
        actor = tenancy.actor_for_person(add_person(tenant, org_role=role))
        assert [view.role for view in tenancy.list_projects(actor)] == [role]
        with tenancy.project_scope(actor, tenant.project_id, "plan.write"):
            pass

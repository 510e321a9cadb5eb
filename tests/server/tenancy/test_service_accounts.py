"""Members that are no people."""

from __future__ import annotations

import pytest

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Forbidden, Invalid, NotFound
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person, make_key, small_plan


def robot(api: Api, tenant: Tenant, role: str = "member") -> tuple[str, Api, dict[str, object]]:
    made = api.post(
        f"/api/orgs/{tenant.org_id}/service-accounts", {"name": "Build server", "role": role}
    )
    assert made.status_code == 201
    name = made.json()["id"]
    key = api.post(
        f"/api/orgs/{tenant.org_id}/api-keys", {"name": "k", "scopes": ["*"], "service_id": name}
    ).json()
    return name, Api(key["key"]), key


def test_its_keys_act_as_itself(api: Api, tenant: Tenant) -> None:
    name, own, key = robot(api, tenant)
    me = own.get("/api/me").json()
    assert (me["id"], me["kind"], me["name"], me["email"]) == (name, "service", "Build server", "")
    assert [org["role"] for org in me["organizations"]] == ["member"]
    assert key["service_id"] == name
    project = f"/api/projects/{tenant.project_id}"
    assert own.get(project).status_code == 403
    assert api.put(f"{project}/members/{name}", {"role": "contributor"}).json()["kind"] == "service"
    assert own.get(project).json()["role"] == "contributor"
    assert own.put(f"{project}/plan", small_plan()).status_code == 201
    (revision,) = own.get(f"{project}/revisions").json()["items"]
    author = revision["author"]
    assert (author["id"], author["name"], author["kind"]) == (name, "Build server", "service")
    with tenant_scope(tenant.org_id):
        actor = Event.objects.filter(kind="plan.revised").latest("id").actor
    assert (actor["kind"], actor["id"]) == ("service", name)


def test_it_outlives_whoever_made_it(api: Api, tenant: Tenant) -> None:
    admin = add_person(tenant, org_role="admin")
    name, own, _ = robot(Api(make_key(admin)[1]), tenant)
    tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=admin.id)
    assert own.get("/api/me").json()["id"] == name


def test_removing_it_ends_its_keys(api: Api, tenant: Tenant) -> None:
    name, own, _ = robot(api, tenant)
    path = f"/api/orgs/{tenant.org_id}/service-accounts"
    assert [(one["name"], one["keys"]) for one in api.get(path).json()["items"]] == [
        ("Build server", 1)
    ]
    assert api.delete(f"{path}/{name}").status_code == 204
    assert own.get("/api/me").status_code == 401
    assert api.get(path).json()["items"] == []
    assert api.delete(f"{path}/{name}").status_code == 404
    assert api.post(path, {"name": "Build server"}).status_code == 201


def test_name_and_role_change(api: Api, tenant: Tenant) -> None:
    name, own, _ = robot(api, tenant)
    path = f"/api/orgs/{tenant.org_id}/service-accounts"
    other = api.post(path, {"name": "Other"}).json()["id"]
    assert api.patch(f"{path}/{other}", {"name": "Build server"}).status_code == 409
    changed = api.patch(f"{path}/{name}", {"role": "admin"}).json()
    assert (changed["name"], changed["role"]) == ("Build server", "admin")
    assert own.get(f"/api/projects/{tenant.project_id}").status_code == 200
    assert api.patch(f"{path}/{name}", {"role": "owner"}).status_code == 422


def test_it_makes_no_other_and_no_personal_key(api: Api, tenant: Tenant) -> None:
    _, own, _ = robot(api, tenant, role="admin")
    path = f"/api/orgs/{tenant.org_id}/service-accounts"
    assert own.post(path, {"name": "Child"}).json()["code"] == "service_account_maker"
    assert own.post("/api/keys", {"name": "x", "scopes": ["*"]}).status_code == 403
    assert own.post("/api/orgs", {"name": "x"}).status_code == 403
    assert own.get("/api/keys").json()["items"] == []
    made = own.post("/api/projects", {"title": "By a robot"})
    assert made.status_code == 201


def test_who_may_make_one(tenant: Tenant) -> None:
    member = tenancy.actor_for_person(add_person(tenant))
    with pytest.raises(Forbidden):
        tenancy.create_service_account(member, tenant.org_id, name="x")
    with pytest.raises(Invalid):
        tenancy.create_service_account(tenant.actor, tenant.org_id, name="x", role="owner")
    tenancy.create_service_account(tenant.actor, tenant.org_id, name="x")
    with pytest.raises(Conflict, match="called x already"):
        tenancy.create_service_account(tenant.actor, tenant.org_id, name="x")


def test_a_person_is_no_service_account(tenant: Tenant) -> None:
    with pytest.raises(NotFound):
        tenancy.create_api_key(
            tenant.actor,
            name="x",
            scopes=["*"],
            org_id=tenant.org_id,
            service_id=tenant.person.id,
        )
    with pytest.raises(Invalid):
        tenancy.create_api_key(tenant.actor, name="x", scopes=["*"], service_id=tenant.person.id)

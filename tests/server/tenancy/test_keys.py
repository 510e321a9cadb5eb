"""API keys: what they open, and what they cannot beget."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Forbidden, Invalid, NotFound
from factories import Api, Tenant, add_person, make_key, make_org, make_project


def actor_of(secret: str) -> Actor:
    actor = tenancy.actor_for_key(secret)
    assert actor
    return actor


def test_a_key_is_shown_once_and_then_by_its_prefix(api: Api, tenant: Tenant) -> None:
    made = api.post("/api/keys", {"name": "ci", "scopes": ["planner.read"]})
    assert made.status_code == 201
    key = made.json()
    assert key["key"].startswith("br_")
    assert key["key"].startswith(key["prefix"])
    assert len(key["key"]) - len(key["prefix"]) >= 32
    listed = api.get("/api/keys").json()["items"]
    assert [item["id"] for item in listed] == [key["id"], str(tenant.key_id)]
    assert all("key" not in item for item in listed)
    assert Api(key["key"]).get("/api/me").json()["key"] == {
        "prefix": key["prefix"],
        "scopes": ["planner.read"],
        "expires_at": None,
    }


def test_only_the_hash_is_stored(commits: None, owner_sql: psycopg.Connection) -> None:
    from factories import make_tenant

    tenant = make_tenant()
    _, org_key = make_key(tenant.person, org_id=tenant.org_id)
    everything = ""
    for table in ("tenancy_apikey", "events_event"):
        everything += repr(owner_sql.execute(f"SELECT t::text FROM {table} t").fetchall())
    for secret in (tenant.key, org_key):
        assert secret not in everything
        assert secret[12:] not in everything


def test_a_personal_key_acts_in_every_organization(tenant: Tenant) -> None:
    other = make_org(tenant.person, name="Second")
    project = make_project(tenant.person, org_id=other.id)
    api = Api(tenant.key)
    assert {item["id"] for item in api.get("/api/projects").json()["items"]} == {
        str(project.id),
        str(tenant.project_id),
    }
    assert [org["name"] for org in api.get("/api/me").json()["organizations"]] == [
        "Ada's organization",
        "Second",
    ]


def test_an_organizations_key_stays_there(tenant: Tenant) -> None:
    other = make_org(tenant.person, name="Second")
    project = make_project(tenant.person, org_id=other.id)
    _, secret = make_key(tenant.person, org_id=tenant.org_id)
    api = Api(secret)
    assert api.get(f"/api/projects/{tenant.project_id}").status_code == 200
    assert api.get(f"/api/projects/{project.id}").status_code == 404
    assert len(api.get("/api/projects").json()["items"]) == 1
    assert api.get(f"/api/projects?org_id={other.id}").json()["items"] == []
    assert len(api.get("/api/orgs").json()["items"]) == 1
    assert api.post("/api/projects", {"title": "x"}).json()["org_id"] == str(tenant.org_id)
    assert api.post("/api/projects", {"title": "x", "org_id": str(other.id)}).status_code == 404
    assert api.post("/api/orgs", {"name": "x"}).status_code == 403


def test_a_projects_key_sees_one_project(tenant: Tenant) -> None:
    second = make_project(tenant.person, org_id=tenant.org_id)
    _, secret = make_key(tenant.person, org_id=tenant.org_id, project_id=tenant.project_id)
    api = Api(secret)
    assert api.get(f"/api/projects/{tenant.project_id}").status_code == 200
    assert api.get(f"/api/projects/{second.id}").status_code == 404
    assert len(api.get("/api/projects").json()["items"]) == 1
    assert api.post("/api/projects", {"title": "x"}).status_code == 404
    assert api.get(f"/api/orgs/{tenant.org_id}/api-keys").status_code == 404


def test_a_revoked_key_is_nobody(api: Api, tenant: Tenant) -> None:
    made = api.post(f"/api/orgs/{tenant.org_id}/api-keys", {"name": "a", "scopes": ["*"]}).json()
    assert made["org_id"] == str(tenant.org_id)
    other = Api(made["key"])
    assert other.get("/api/me").status_code == 200
    path = f"/api/orgs/{tenant.org_id}/api-keys/{made['id']}"
    assert api.delete(path).status_code == 204
    assert other.get("/api/me").status_code == 401
    assert api.delete(path).status_code == 404
    assert api.get(f"/api/orgs/{tenant.org_id}/api-keys").json()["items"] == []


def test_a_key_may_end_itself_and_nothing_else(tenant: Tenant) -> None:
    view, secret = make_key(tenant.person, scopes=["planner.read"])
    api = Api(secret)
    assert [item["id"] for item in api.get("/api/keys").json()["items"]] == [str(view.id)]
    assert api.delete(f"/api/keys/{tenant.key_id}").status_code == 403
    assert api.delete(f"/api/keys/{view.id}").status_code == 204
    assert api.get("/api/me").status_code == 401
    assert Api(tenant.key).get("/api/me").status_code == 200


def test_an_expired_key_is_nobody(tenant: Tenant) -> None:
    _, secret = make_key(tenant.person, expires_at=timezone.now() + timedelta(minutes=1))
    assert tenancy.actor_for_key(secret)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    with pytest.raises(Invalid):
        make_key(tenant.person, expires_at=timezone.now())


def test_expiry_is_judged_by_the_database(commits: None, owner_sql: psycopg.Connection) -> None:
    from factories import make_tenant

    tenant = make_tenant()
    assert tenancy.actor_for_key(tenant.key)
    owner_sql.execute(
        "UPDATE tenancy_apikey SET expires_at = now() - interval '1 second' WHERE id = %s",
        [tenant.key_id],
    )
    assert tenancy.actor_for_key(tenant.key) is None


def test_last_use_is_noted_once_a_minute(commits: None, owner_sql: psycopg.Connection) -> None:
    from factories import make_tenant

    tenant = make_tenant()

    def last_use() -> object:
        row = owner_sql.execute(
            "SELECT last_used_at FROM tenancy_apikey WHERE id = %s", [tenant.key_id]
        ).fetchone()
        return row and row[0]

    assert last_use() is None
    tenancy.actor_for_key(tenant.key)
    first = last_use()
    assert first is not None
    tenancy.actor_for_key(tenant.key)
    assert last_use() == first
    owner_sql.execute(
        "UPDATE tenancy_apikey SET last_used_at = now() - interval '61 seconds' WHERE id = %s",
        [tenant.key_id],
    )
    tenancy.actor_for_key(tenant.key)
    assert last_use() > first  # type: ignore[operator]


def test_a_key_begets_no_wider_and_no_longer_lived_one(tenant: Tenant) -> None:
    soon = timezone.now() + timedelta(hours=1)
    _, secret = make_key(tenant.person, expires_at=soon)
    actor = actor_of(secret)
    made, _ = tenancy.create_api_key(actor, name="x", scopes=["*"])
    assert made.expires_at == soon
    with pytest.raises(Forbidden):
        tenancy.create_api_key(
            actor, name="x", scopes=["*"], expires_at=soon + timedelta(seconds=1)
        )
    _, narrow = make_key(tenant.person, scopes=["planner.read"])
    for scopes in (["*"], ["planner.read"], ["planner.write"]):
        with pytest.raises(Forbidden):
            tenancy.create_api_key(actor_of(narrow), name="x", scopes=scopes)
        with pytest.raises(Forbidden):
            tenancy.create_api_key(actor_of(narrow), name="x", scopes=scopes, org_id=tenant.org_id)
    _, bound = make_key(tenant.person, org_id=tenant.org_id)
    with pytest.raises(Forbidden):
        tenancy.create_api_key(actor_of(bound), name="personal", scopes=["*"])


@pytest.mark.parametrize("scopes", [[], ["root"], ["planner.read", "*", "nonsense"]])
def test_unknown_scopes(tenant: Tenant, scopes: list[str]) -> None:
    with pytest.raises(Invalid):
        make_key(tenant.person, scopes=scopes)


def test_members_make_no_keys_of_the_organization(tenant: Tenant) -> None:
    actor = tenancy.actor_for_person(add_person(tenant))
    with pytest.raises(Forbidden) as refusal:
        tenancy.create_api_key(actor, name="x", scopes=["*"], org_id=tenant.org_id)
    assert refusal.value.extensions["permission"] == "key.manage"
    tenancy.create_api_key(actor, name="own", scopes=["*"])


def test_a_key_dies_with_its_persons_membership(tenant: Tenant) -> None:
    person = add_person(tenant, org_role="admin")
    _, secret = make_key(person, org_id=tenant.org_id)
    _, personal = make_key(person)
    assert Api(personal).get(f"/api/projects/{tenant.project_id}").status_code == 200
    tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=person.id)
    assert tenancy.actor_for_key(secret) is None
    assert Api(personal).get(f"/api/projects/{tenant.project_id}").status_code == 404


def test_a_project_of_another_organization_binds_no_key(tenant: Tenant, stranger: Tenant) -> None:
    with pytest.raises(NotFound):
        make_key(tenant.person, org_id=tenant.org_id, project_id=stranger.project_id)
    with pytest.raises(Invalid):
        make_key(tenant.person, project_id=tenant.project_id)


def test_device_sign_in_over_http(tenant: Tenant, anonymous: Api) -> None:
    from buildrunner.server.domains.identity import facade as identity

    begun = anonymous.post("/api/auth/device", {"client_name": "br on laptop"})
    assert begun.status_code == 200
    start = begun.json()
    assert start["verification_uri_complete"].endswith(f"/device?user_code={start['user_code']}")
    pending = anonymous.post("/api/auth/device/token", {"device_code": start["device_code"]})
    assert (pending.status_code, pending.json()["code"]) == (400, "authorization_pending")
    again = anonymous.post("/api/auth/device/token", {"device_code": start["device_code"]})
    assert again.json()["code"] == "slow_down"
    assert again.json()["interval"] == 10
    identity.decide_device_grant(tenant.actor, start["user_code"], approve=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE identity_devicegrant SET polled_at = now() - interval '1 minute'")
    done = anonymous.post("/api/auth/device/token", {"device_code": start["device_code"]})
    assert done.status_code == 200
    assert done.json()["person"]["email"] == tenant.person.email
    api = Api(done.json()["api_key"])
    assert api.get("/api/me").json()["id"] == str(tenant.person.id)
    assert api.get("/api/keys").json()["items"][0]["name"] == "br on laptop"
    spent = anonymous.post("/api/auth/device/token", {"device_code": start["device_code"]})
    assert spent.json()["code"] == "expired_token"

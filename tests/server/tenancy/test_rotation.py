"""A new secret in place of an old one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.models import ApiKey
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Forbidden
from factories import Api, Tenant, add_person, make_key


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("personal", [True, False])
def test_both_keys_work_until_the_grace_ends(api: Api, tenant: Tenant, personal: bool) -> None:
    base = "/api/keys" if personal else f"/api/orgs/{tenant.org_id}/api-keys"
    ends = (timezone.now() + timedelta(days=30)).isoformat()
    wish = {"name": "ci", "scopes": ["planner.write"], "expires_at": ends}
    old = api.post(base, wish).json()
    made = api.post(f"{base}/{old['id']}/rotate", {"grace_hours": 48})
    assert made.status_code == 201
    new = made.json()
    assert (new["name"], new["scopes"]) == ("ci", ["planner.write"])
    assert abs(when(new["expires_at"]) - when(ends)) < timedelta(minutes=1)
    for key in (old, new):
        assert Api(key["key"]).get("/api/me").status_code == 200
    listed = {item["id"]: item for item in api.get(base).json()["items"]}
    left = when(listed[old["id"]]["expires_at"]) - timezone.now()
    assert timedelta(hours=47) < left < timedelta(hours=49)
    assert listed[old["id"]]["replaced_by"] == new["id"]
    again = api.post(f"{base}/{old['id']}/rotate", {})
    assert (again.status_code, again.json()["replaced_by"]) == (409, new["id"])
    # The emergency exit stands open during the grace too.
    assert api.delete(f"{base}/{old['id']}").status_code == 204
    assert Api(old["key"]).get("/api/me").status_code == 401
    assert Api(new["key"]).get("/api/me").status_code == 200


@pytest.mark.parametrize("personal", [True, False])
def test_no_grace_ends_the_old_one_at_once(api: Api, tenant: Tenant, personal: bool) -> None:
    base = "/api/keys" if personal else f"/api/orgs/{tenant.org_id}/api-keys"
    old = api.post(base, {"name": "ci", "scopes": ["*"]}).json()
    new = api.post(f"{base}/{old['id']}/rotate", {"grace_hours": 0}).json()
    assert Api(old["key"]).get("/api/me").status_code == 401
    assert Api(new["key"]).get("/api/me").status_code == 200
    assert old["id"] not in {item["id"] for item in api.get(base).json()["items"]}


def test_the_grace_lengthens_no_life(tenant: Tenant) -> None:
    soon = timezone.now() + timedelta(hours=1)
    old, _ = make_key(tenant.person, org_id=tenant.org_id, expires_at=soon)
    tenancy.rotate_api_key(tenant.actor, old.id, org_id=tenant.org_id, grace_hours=168)
    listed = {view.id: view for view in tenancy.organization_keys(tenant.actor, tenant.org_id)}
    assert listed[old.id].expires_at == soon


def test_grace_is_a_week_at_most(api: Api, tenant: Tenant) -> None:
    for hours in (-1, 169):
        answer = api.post(f"/api/keys/{tenant.key_id}/rotate", {"grace_hours": hours})
        assert answer.status_code == 422


def test_nobody_gets_the_secret_of_a_key_that_acts_as_somebody_else(tenant: Tenant) -> None:
    key, _ = make_key(tenant.person, org_id=tenant.org_id)
    admin = tenancy.actor_for_person(add_person(tenant, org_role="admin"))
    with pytest.raises(Forbidden) as refusal:
        tenancy.rotate_api_key(admin, key.id, org_id=tenant.org_id)
    assert refusal.value.code == "key_of_another"
    tenancy.revoke_api_key(admin, key.id, org_id=tenant.org_id)


def test_a_narrow_key_rotates_no_wider_one(tenant: Tenant) -> None:
    _, secret = make_key(tenant.person, scopes=["planner.read"])
    answer = Api(secret).post(f"/api/keys/{tenant.key_id}/rotate", {})
    assert answer.status_code == 403


def test_binding_and_service_account_stay(tenant: Tenant) -> None:
    robot = tenancy.create_service_account(tenant.actor, tenant.org_id, name="Robot")
    old, _ = tenancy.create_api_key(
        tenant.actor,
        name="ci",
        scopes=["builder.run"],
        org_id=tenant.org_id,
        project_id=tenant.project_id,
        service_id=robot.id,
    )
    admin = tenancy.actor_for_person(add_person(tenant, org_role="admin"))
    new, secret = tenancy.rotate_api_key(admin, old.id, org_id=tenant.org_id)
    assert (new.service_id, new.project_id) == (robot.id, tenant.project_id)
    actor = tenancy.actor_for_key(secret)
    assert actor
    assert (actor.kind, actor.person_id) == ("service", robot.id)


def test_who_leaves_takes_no_key_back_by_coming_again(tenant: Tenant) -> None:
    admin = add_person(tenant, org_role="admin")
    _, secret = make_key(admin, org_id=tenant.org_id)
    tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=admin.id)
    assert tenancy.actor_for_key(secret) is None
    tenancy.set_org_member(tenant.actor, tenant.org_id, email=admin.email, role="admin")
    assert tenancy.actor_for_key(secret) is None


def test_a_terminals_key_ends_without_use_and_is_renewed_by_it(tenant: Tenant) -> None:
    view, secret = tenancy.create_api_key(tenant.actor, name="laptop", scopes=["*"], idle_days=90)
    assert view.idle_days == 90
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert tenancy.actor_for_key(secret)
    (key, *_) = tenancy.own_personal_keys(tenant.actor)
    assert key.expires_at
    assert key.expires_at - timezone.now() > timedelta(days=89)


def test_a_used_key_is_renewed(commits: None, owner_sql: object) -> None:
    from factories import make_tenant

    tenant = make_tenant()
    view, secret = tenancy.create_api_key(tenant.actor, name="laptop", scopes=["*"], idle_days=90)
    owner_sql.execute(  # type: ignore[attr-defined]
        "UPDATE tenancy_apikey SET expires_at = now() + interval '1 day', last_used_at ="
        " now() - interval '89 days' WHERE id = %s",
        [view.id],
    )
    assert tenancy.actor_for_key(secret)
    renewed = next(key for key in tenancy.own_personal_keys(tenant.actor) if key.id == view.id)
    assert renewed.expires_at
    assert renewed.expires_at - timezone.now() > timedelta(days=89)
    owner_sql.execute(  # type: ignore[attr-defined]
        "UPDATE tenancy_apikey SET expires_at = now() - interval '1 second' WHERE id = %s",
        [view.id],
    )
    assert tenancy.actor_for_key(secret) is None


def test_only_hashes_of_the_new_ones_are_kept(tenant: Tenant) -> None:
    old, _ = make_key(tenant.person, org_id=tenant.org_id)
    new, secret = tenancy.rotate_api_key(tenant.actor, old.id, org_id=tenant.org_id)
    with tenant_scope(tenant.org_id):
        row = ApiKey.objects.get(id=new.id)
    assert secret.encode() not in bytes(row.key_hash)
    with pytest.raises(Conflict):
        tenancy.rotate_api_key(tenant.actor, old.id, org_id=tenant.org_id)

"""An organization's name, owner and demands."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from buildrunner.server.config.event_rights import judge
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from factories import Api, Tenant, add_person, make_key, make_org, make_person
from kits.visitor import sign_in

PROVEN = {"second_factor": True}


def demand(tenant: Tenant, **changes: object) -> None:
    actor = replace(tenant.actor, second_factor=True)
    tenancy.change_security(actor, tenant.org_id, **changes)  # type: ignore[arg-type]


def test_renaming(tenant: Tenant, api: Api) -> None:
    path = f"/api/orgs/{tenant.org_id}"
    assert api.patch(path, {"name": "Difference Engines"}).json()["name"] == "Difference Engines"
    view = api.get(path).json()
    assert view["role"] == "owner"
    assert "org.own" in view["permissions"]
    assert view["seats"] == {"people": 1, "pending": 0, "limit": None}
    member = Api(make_key(add_person(tenant))[1])
    refused = member.patch(path, {"name": "Mine"})
    assert refused.status_code == 403
    assert refused.json()["permission"] == "org.manage"
    assert refused.json()["granted_by"] == ["owner", "admin"]
    assert refused.json()["people"] == [{"name": "Ada", "role": "owner"}]
    assert member.get(path).status_code == 200


def test_handing_over(tenant: Tenant, api: Api) -> None:
    heir = add_person(tenant)
    path = f"/api/orgs/{tenant.org_id}/transfer"
    admin = tenancy.actor_for_person(add_person(tenant, org_role="admin"))
    with pytest.raises(Forbidden) as refusal:
        tenancy.transfer_organization(admin, tenant.org_id, person_id=heir.id)
    assert refusal.value.extensions["granted_by"] == ["owner"]
    assert api.post(path, {"person_id": str(make_person().id)}).status_code == 404
    assert api.post(path, {"person_id": str(tenant.person.id)}).status_code == 409
    assert api.post(path, {"person_id": str(heir.id)}).status_code == 204
    roles = {
        view.person_id: view.role
        for view in tenancy.organization_members(tenant.actor, tenant.org_id)
    }
    assert (roles[heir.id], roles[tenant.person.id]) == ("owner", "admin")
    assert api.post(path, {"person_id": str(heir.id)}).status_code == 403


def test_a_robot_inherits_nothing(tenant: Tenant) -> None:
    robot = tenancy.create_service_account(tenant.actor, tenant.org_id, name="Robot", role="admin")
    with pytest.raises(NotFound):
        tenancy.transfer_organization(tenant.actor, tenant.org_id, person_id=robot.id)
    with pytest.raises(NotFound):
        tenancy.remove_org_member(tenant.actor, tenant.org_id, person_id=robot.id)
    with pytest.raises(NotFound):
        tenancy.change_org_member(tenant.actor, tenant.org_id, robot.id, role="owner")


def test_settings_have_defaults_and_bounds(tenant: Tenant, api: Api) -> None:
    path = f"/api/orgs/{tenant.org_id}/security"
    assert api.get(path).json() == {
        "require_mfa": False,
        "session_timeout": 3600,
        "max_login_attempts": 5,
        "enforce_https": False,
    }
    changed = api.patch(path, {"session_timeout": 600, "max_login_attempts": 3}).json()
    assert (changed["session_timeout"], changed["max_login_attempts"]) == (600, 3)
    for wrong in ({"session_timeout": 10}, {"max_login_attempts": 0}, {"max_login_attempts": 101}):
        assert api.patch(path, wrong).status_code == 422
    for role in ("member", "pm"):
        someone = add_person(tenant, project_role="pm" if role == "pm" else None)
        key = Api(make_key(someone)[1])
        assert key.patch(path, {"session_timeout": 900}).status_code == 403
        assert key.get(path).status_code == 200
    with pytest.raises(Invalid):
        tenancy.change_security(tenant.actor, tenant.org_id, session_timeout=299)


def test_the_strictest_of_a_persons_organizations_counts(tenant: Tenant) -> None:
    assert tenancy.strictest_security_of(make_person().id) == tenancy.Security()
    other = make_org(tenant.person)
    demand(tenant, session_timeout=7200, max_login_attempts=3, require_mfa=True)
    actor = replace(tenant.actor, second_factor=True)
    tenancy.change_security(actor, other.id, session_timeout=1800, max_login_attempts=9)
    assert tenancy.strictest_security_of(tenant.person.id) == tenancy.Security(
        require_mfa=True, session_timeout=1800, max_login_attempts=3, enforce_https=False
    )


def test_nobody_locks_himself_out(tenant: Tenant, api: Api) -> None:
    path = f"/api/orgs/{tenant.org_id}/security"
    refused = api.patch(path, {"require_mfa": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "second_factor_missing")
    assert refused.json()["setup_url"] == "/account/security"
    plain = replace(tenant.actor, secure=False)
    with pytest.raises(Conflict, match="plain HTTP"):
        tenancy.change_security(plain, tenant.org_id, enforce_https=True)
    demand(tenant, require_mfa=True)
    # What is on already may stay on in a change of something else.
    assert api.patch(path, {"require_mfa": True, "session_timeout": 900}).status_code == 200


def entries(actor: Actor, tenant: Tenant) -> list[object]:
    """Every kind of door into an organization."""

    def through_project() -> None:
        with tenancy.project_scope(actor, tenant.project_id):
            pass

    def through_organization() -> None:
        with tenancy.organization_scope(actor, tenant.org_id):
            pass

    return [
        through_project,
        through_organization,
        lambda: tenancy.create_project(actor, title="x", org_id=tenant.org_id),
        lambda: tenancy.organization_members(actor, tenant.org_id),
        lambda: tenancy.create_api_key(actor, name="x", scopes=["*"], org_id=tenant.org_id),
    ]


def test_a_second_factor_is_demanded_of_sessions_and_not_of_keys(tenant: Tenant, api: Api) -> None:
    demand(tenant, require_mfa=True)
    for enter in entries(tenant.actor, tenant):
        with pytest.raises(Forbidden) as refusal:
            enter()  # type: ignore[operator]
        assert refusal.value.code == "second_factor_required"
        assert "/account/security" in refusal.value.detail
    assert tenancy.list_projects(tenant.actor) == []
    proven = replace(tenant.actor, second_factor=True)
    for enter in entries(proven, tenant):
        enter()  # type: ignore[operator]
    assert tenancy.list_projects(proven)
    assert api.get(f"/api/projects/{tenant.project_id}").status_code == 200
    assert len(api.get("/api/projects").json()["items"]) == 2


def test_a_session_without_it_makes_no_key_that_would_enter(tenant: Tenant) -> None:
    demand(tenant, require_mfa=True)
    with pytest.raises(Forbidden) as refusal:
        tenancy.create_api_key(tenant.actor, name="x", scopes=["*"])
    assert refusal.value.code == "second_factor_required"
    with pytest.raises(Forbidden):
        tenancy.rotate_api_key(tenant.actor, tenant.key_id)
    tenancy.create_api_key(replace(tenant.actor, second_factor=True), name="x", scopes=["*"])


def test_by_http_every_route_of_the_organization_says_so(tenant: Tenant) -> None:
    demand(tenant, require_mfa=True)
    browser = sign_in(tenant.person)
    project, org = f"/api/projects/{tenant.project_id}", f"/api/orgs/{tenant.org_id}"
    for path in (project, f"{project}/plan", f"{project}/members", org, f"{org}/security"):
        answer = browser.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    page = browser.get(f"/projects/{tenant.project_id}/plan")
    assert page.status_code == 403
    assert 'href="/account/security"' in page.content.decode()
    assert browser.get("/api/me").status_code == 200


def test_plain_http_is_refused_where_https_is_enforced(tenant: Tenant) -> None:
    demand(tenant, enforce_https=True)
    for actor in (tenant.actor, tenancy.actor_for_key(tenant.key)):
        assert actor
        plain = replace(actor, secure=False)
        for enter in entries(plain, tenant):
            with pytest.raises(Forbidden) as refusal:
                enter()  # type: ignore[operator]
            assert refusal.value.code == "https_required"
        assert tenancy.list_projects(plain) == []
        assert tenancy.list_projects(replace(actor, secure=True))


def test_by_http_a_plain_request_from_elsewhere_is_refused(tenant: Tenant, api: Api) -> None:
    path = f"/api/projects/{tenant.project_id}"
    assert api.get(path).status_code == 200
    demand(tenant, enforce_https=True)
    browser = sign_in(tenant.person)
    headers = {"Authorization": f"Bearer {tenant.key}"}
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    for client, sent in ((api.client, headers), (browser, {})):
        refused = client.get(path, headers=sent, **elsewhere)
        assert (refused.status_code, refused.json()["code"]) == (403, "https_required")
        assert client.get(path, headers=sent, secure=True, **elsewhere).status_code == 200
        here = {**sent, "Host": "localhost"}
        assert client.get(path, headers=here).status_code == 200


def test_a_stranger_learns_nothing_of_demands(tenant: Tenant, stranger: Tenant) -> None:
    demand(tenant, require_mfa=True, enforce_https=True)
    for enter in entries(replace(stranger.actor, secure=False), tenant):
        with pytest.raises(NotFound):
            enter()  # type: ignore[operator]


def test_streams_follow_the_demands(commits: None) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from factories import make_tenant

    tenant = make_tenant()
    browser = sign_in(tenant.person)
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())

    def told(project_id: UUID | None) -> object:
        with ThreadPoolExecutor(1) as thread:  # judges close their connection
            try:
                return thread.submit(judge, {"cookie": cookie}, project_id).result()
            except DomainError as refusal:
                return refusal.code

    assert tenant.org_id in told(None).organizations  # type: ignore[attr-defined]
    demand(tenant, require_mfa=True)
    assert told(None).homes() == frozenset()  # type: ignore[attr-defined]
    assert told(tenant.project_id) == "second_factor_required"

"""Pages of organizations, members, projects' settings and keys, as a browser without scripts."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Api, Tenant, add_person, make_key, make_person
from kits.visitor import sign_in


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.fixture
def owner(tenant: Tenant) -> Client:
    return sign_in(tenant.person)


def page(tenant: Tenant, name: str) -> str:
    return f"/orgs/{tenant.org_id}/{name}"


def test_an_organization_is_made_and_leads_to_its_members(owner: Client) -> None:
    assert "New organization" in text_of(owner.get("/orgs/new"))
    empty = owner.post("/orgs/new", {"name": " "})
    assert (empty.status_code, "1 to 120 characters" in text_of(empty)) == (422, True)
    made = owner.post("/orgs/new", {"name": "Second"}, follow=True)
    assert "Second is ready" in text_of(made)
    assert "Only you so far" in text_of(made)


def test_settings_are_shown_to_members_and_changed_by_managers(
    owner: Client, tenant: Tenant
) -> None:
    address = page(tenant, "settings")
    saved = owner.post(address, {"name": "Difference Engines"}, follow=True)
    assert "The name is saved" in text_of(saved)
    member = sign_in(add_person(tenant))
    seen = text_of(member.get(address))
    assert "Difference Engines" in seen
    assert "Save name" not in seen
    assert "Owners and admins change these" in seen
    assert member.post(address, {"name": "Mine"}).status_code == 403
    refused = member.post(f"{address}/security", {"session_timeout": 900, "max_login_attempts": 5})
    assert refused.status_code == 403
    assert "org.manage" in text_of(refused)


def test_security_is_saved_and_refused_in_place(owner: Client, tenant: Tenant) -> None:
    address = page(tenant, "settings/security")
    form = {"session_timeout": "900", "max_login_attempts": "3"}
    assert "security settings are saved" in text_of(owner.post(address, form, follow=True))
    assert tenancy.get_security(tenant.actor, tenant.org_id).session_timeout == 900
    locked = owner.post(address, form | {"require_mfa": "on"})
    assert locked.status_code == 409
    assert "lock yourself out" in text_of(locked)
    assert 'name="require_mfa" checked' in text_of(locked)
    wrong = owner.post(address, form | {"max_login_attempts": "many"})
    assert (wrong.status_code, "whole number" in text_of(wrong)) == (422, True)


def test_handing_over_asks_for_the_name(owner: Client, tenant: Tenant) -> None:
    heir = add_person(tenant)
    address = page(tenant, "settings/transfer")
    wrong = owner.post(address, {"person_id": str(heir.id), "name": "x"})
    assert (wrong.status_code, "Type the name" in text_of(wrong)) == (422, True)
    form = {"person_id": str(heir.id), "name": "Ada's organization"}
    assert "is handed over" in text_of(owner.post(address, form, follow=True))
    assert "Hand over" not in text_of(owner.get(page(tenant, "settings")))


def test_leaving_asks_first_and_keeps_the_last_owner(owner: Client, tenant: Tenant) -> None:
    address = page(tenant, "settings/leave")
    stays = owner.post(address, follow=True)
    assert "last owner" in text_of(stays)
    member = sign_in(add_person(tenant))
    assert "Your roles in its projects" in text_of(member.get(address))
    assert "You have left" in text_of(member.post(address, follow=True))
    assert member.get(page(tenant, "members")).status_code == 404


def test_people_are_invited_and_the_link_is_shown_once(owner: Client, tenant: Tenant) -> None:
    address = page(tenant, "members")
    form = {
        "email": "grace@example.test",
        "role": "member",
        "project_id": str(tenant.project_id),
        "project_role": "qa",
    }
    sent = text_of(owner.post(address, form))
    (link,) = set(re.findall(r"/invitations/(inv_[\w-]+)", sent))
    assert link not in text_of(owner.get(address))
    again = owner.post(address, form)
    assert again.status_code == 409
    assert "was invited already" in text_of(again)
    assert 'value="grace@example.test"' in text_of(again)
    grace = make_person(email="grace@example.test", name="Grace")
    assert "Join Ada" in text_of(Client().get(f"/invitations/{link}"))
    other = sign_in(make_person())
    assert "no confirmed address of that account" in text_of(other.get(f"/invitations/{link}"))
    assert other.post(f"/invitations/{link}").status_code == 403
    visitor = sign_in(grace)
    assert "Accept and join" in text_of(visitor.get(f"/invitations/{link}"))
    joined = visitor.post(f"/invitations/{link}", follow=True)
    assert "You are now a member of Ada" in text_of(joined)
    assert "accepted already" in text_of(Client().get(f"/invitations/{link}"))
    with tenancy.project_scope(tenancy.actor_for_person(grace), tenant.project_id) as access:
        assert access.project_role == "qa"
    assert Client().get("/invitations/inv_nonsense").status_code == 404


def test_invitations_are_listed_sent_again_and_withdrawn(owner: Client, tenant: Tenant) -> None:
    view, _ = tenancy.invite(tenant.actor, tenant.org_id, email="a@example.test", role="member")
    base = page(tenant, f"members/invitations/{view.id}")
    assert "sent just now" in text_of(owner.post(f"{base}/resend", follow=True))
    visitor = sign_in(make_person(email="a@example.test"))
    assert "Ada&#x27;s organization" in text_of(visitor.get("/invitations"))
    assert "is withdrawn" in text_of(owner.post(f"{base}/withdraw", follow=True))
    assert "No open invitations" in text_of(visitor.get("/invitations"))
    assert visitor.post(f"/invitations/{view.id}/accept").status_code == 404


def test_an_invitation_is_accepted_from_the_list(tenant: Tenant) -> None:
    view, _ = tenancy.invite(tenant.actor, tenant.org_id, email="a@example.test", role="member")
    visitor = sign_in(make_person(email="a@example.test"))
    joined = visitor.post(f"/invitations/{view.id}/accept", follow=True)
    assert "You are now a member" in text_of(joined)


def test_roles_change_and_members_go(owner: Client, tenant: Tenant) -> None:
    person = add_person(tenant)
    base = page(tenant, f"members/{person.id}")
    assert "role is changed" in text_of(owner.post(f"{base}/role", {"role": "admin"}, follow=True))
    asked = text_of(owner.get(f"{base}/remove"))
    assert person.email in asked
    admin = sign_in(person)
    mine = page(tenant, f"members/{tenant.person.id}")
    assert admin.post(f"{mine}/role", {"role": "member"}).status_code == 403
    seen = text_of(admin.get(page(tenant, "members")))
    assert f"/members/{tenant.person.id}/remove" not in seen
    last = owner.post(f"{mine}/role", {"role": "member"}, follow=True)
    assert "last owner" in text_of(last)
    assert "is removed" in text_of(owner.post(f"{base}/remove", follow=True))
    assert owner.get(f"{base}/remove").status_code == 404


def test_members_without_rights_see_people_only(tenant: Tenant) -> None:
    tenancy.invite(tenant.actor, tenant.org_id, email="secret@example.test", role="member")
    member = sign_in(add_person(tenant))
    seen = text_of(member.get(page(tenant, "members")))
    assert tenant.person.email in seen
    for hidden in ("secret@example.test", "Send invitation", "Add service account"):
        assert hidden not in seen
    assert member.post(page(tenant, "members"), {"email": "x@example.test"}).status_code in {
        403,
        422,
    }


def test_service_accounts_come_change_and_go(owner: Client, tenant: Tenant) -> None:
    base = page(tenant, "members/services")
    made = owner.post(base, {"name": "Robot", "role": "member"}, follow=True)
    assert "Robot is ready" in text_of(made)
    taken = owner.post(base, {"name": "Robot", "role": "member"})
    assert (taken.status_code, "called Robot already" in text_of(taken)) == (409, True)
    (robot,) = tenancy.service_accounts(tenant.actor, tenant.org_id)
    owner.post(f"{base}/{robot.id}/role", {"role": "admin"})
    assert tenancy.service_accounts(tenant.actor, tenant.org_id)[0].role == "admin"
    assert "refused at once" in text_of(owner.get(f"{base}/{robot.id}/remove"))
    assert "is removed" in text_of(owner.post(f"{base}/{robot.id}/remove", follow=True))


def test_a_project_is_renamed_archived_and_taken_out(owner: Client, tenant: Tenant) -> None:
    base = f"/projects/{tenant.project_id}/settings"
    assert "title is saved" in text_of(owner.post(base, {"title": "New"}, follow=True))
    assert "Archive New" in text_of(owner.get(f"{base}/archive"))
    archived = text_of(owner.post(f"{base}/archive", follow=True))
    assert "Take out of the archive" in archived
    assert "Save title" not in archived
    assert owner.post(base, {"title": "Newer"}).status_code == 409
    assert "New</a>" in text_of(owner.get(page(tenant, "settings")))
    assert "can be changed again" in text_of(owner.post(f"{base}/unarchive", follow=True))


def test_members_of_a_project(owner: Client, tenant: Tenant) -> None:
    base = f"/projects/{tenant.project_id}/settings"
    person = add_person(tenant)
    assert person.email in text_of(owner.get(base))
    form = {"person_id": str(person.id), "role": "viewer"}
    assert "role is set" in text_of(owner.post(f"{base}/members", form, follow=True))
    viewer = sign_in(person)
    seen = text_of(viewer.get(base))
    for hidden in ("Add member", "Archive project", "Save title"):
        assert hidden not in seen
    assert viewer.post(f"{base}/members", form).status_code == 403
    assert viewer.post(f"{base}/archive").status_code == 403
    none = owner.post(f"{base}/members", {"person_id": "", "role": "viewer"})
    assert (none.status_code, "Choose a member" in text_of(none)) == (422, True)
    asked = text_of(owner.get(f"{base}/members/{person.id}"))
    assert "Viewer" in asked
    assert "taken away" in text_of(owner.post(f"{base}/members/{person.id}", follow=True))
    assert viewer.get(base).status_code == 403


def test_a_key_of_one_project_for_a_service_account(owner: Client, tenant: Tenant) -> None:
    robot = tenancy.create_service_account(tenant.actor, tenant.org_id, name="Robot")
    form = {
        "name": "nightly",
        "scopes": ["builder.run"],
        "owner": f"{tenant.org_id}/{robot.id}",
        "project_id": str(tenant.project_id),
        "days": "30",
    }
    made = text_of(owner.post("/settings/keys", form))
    secret = re.search(r"br_[\w-]{20,}", made)
    assert secret
    actor = tenancy.actor_for_key(secret[0])
    assert actor
    assert (actor.kind, actor.project_id) == ("service", tenant.project_id)
    assert "Robot, in Ada" in text_of(owner.get("/settings/keys"))
    alone = owner.post("/settings/keys", form | {"owner": ""})
    assert (alone.status_code, "choose that above" in text_of(alone)) == (422, True)


def test_a_key_is_rotated_and_revoked_by_forms(owner: Client, tenant: Tenant) -> None:
    key, old = make_key(tenant.person, org_id=tenant.org_id)
    base = f"/settings/keys/{key.id}"
    assert "still works for" in text_of(owner.get(f"{base}/rotate"))
    form = {"org_id": str(tenant.org_id), "grace_hours": "72"}
    shown = text_of(owner.post(f"{base}/rotate", form))
    assert "is rotated" in shown
    (new,) = set(re.findall(r"br_[\w-]{20,}", shown))
    assert Api(old).get("/api/me").status_code == Api(new).get("/api/me").status_code == 200
    assert "Rotated" in text_of(owner.get("/settings/keys"))
    assert "rotated already" in text_of(owner.post(f"{base}/rotate", form, follow=True))
    assert "refused at once" in text_of(owner.get(f"{base}/revoke"))
    assert "is revoked" in text_of(owner.post(f"{base}/revoke", form, follow=True))
    assert Api(old).get("/api/me").status_code == 401
    assert owner.get(f"{base}/revoke").status_code == 404


def test_pages_of_keys_stand_where_an_organization_demands_more(
    owner: Client, tenant: Tenant
) -> None:
    proven = replace(tenant.actor, second_factor=True)
    tenancy.change_security(proven, tenant.org_id, require_mfa=True)
    assert owner.get("/settings/keys").status_code == 200
    form = {"name": "x", "scopes": ["*"], "owner": "", "days": "0"}
    refused = owner.post("/settings/keys", form)
    assert refused.status_code == 403
    assert "/account/security" in text_of(refused)
    for address in (page(tenant, "members"), page(tenant, "settings")):
        assert "/account/security" in text_of(owner.get(address))
        assert owner.get(address).status_code == 403


def test_nothing_typed_runs_in_a_page(owner: Client, tenant: Tenant) -> None:
    evil = "<script>alert(1)</script>"
    tenancy.rename_organization(tenant.actor, tenant.org_id, name=evil)
    tenancy.rename_project(tenant.actor, tenant.project_id, title=evil)
    robot = tenancy.create_service_account(tenant.actor, tenant.org_id, name=evil)
    tenancy.create_api_key(
        tenant.actor, name=evil, scopes=["*"], org_id=tenant.org_id, service_id=robot.id
    )
    _, token = tenancy.invite(tenant.actor, tenant.org_id, email="a@example.test", role="member")
    project: UUID = tenant.project_id
    for address in (
        page(tenant, "settings"),
        page(tenant, "members"),
        page(tenant, f"members/services/{robot.id}/remove"),
        f"/projects/{project}/settings",
        f"/projects/{project}/settings/archive",
        "/settings/keys",
        f"/invitations/{token}",
    ):
        shown = owner.get(address)
        assert shown.status_code == 200
        assert evil not in text_of(shown)

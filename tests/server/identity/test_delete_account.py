"""An account goes for good: in person, confirmed, and the ledgers forget whose it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from buildrunner.ledger.verify import verify
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Api, Tenant, add_person, make_key, make_person, make_tenant
from factories.ledgers import emit_many, seal
from kits.mails import PASSWORD

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
DELETE, AGAIN = "/account/security/delete", "/account/security/confirm"


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def grace(tenant: Tenant) -> identity.Person:
    person = add_person(tenant, project_role="contributor")
    person.name = "Grace Hopper"
    person.set_password(PASSWORD)
    person.save()
    return person


def confirmed(browser: Client) -> Client:
    assert browser.post(AGAIN, {"password": PASSWORD}).status_code == 303
    return browser


def test_everything_personal_goes_and_the_chain_stands(
    tenant: Tenant, grace: identity.Person, sign_in: SignIn
) -> None:
    key = Api(make_key(grace)[1])
    assert key.get("/api/me").status_code == 200
    email = grace.email
    emit_many(tenant.org_id, 3, actor=tenancy.actor_for_person(grace), note="hello")
    seal(tenant)
    other = sign_in(email)
    browser = confirmed(sign_in(email))
    assert "Delete my account" in browser.get(DELETE).content.decode()
    assert browser.post(DELETE, {"email": "somebody@example.org"}).status_code == 422
    answer = browser.post(DELETE, {"email": email.upper()})
    assert answer.status_code == 200
    assert "Your account is deleted" in answer.content.decode()

    assert key.get("/api/me").status_code == 401
    for gone in (other, browser):
        assert gone.get("/account/security").status_code == 302
    assert Client().post("/sign-in", {"login": email, "password": PASSWORD}).status_code != 303
    left = identity.people([grace.id])[grace.id]
    assert (left.name, left.is_active, left.has_usable_password()) == (
        "Deleted account", False, False,
    )  # fmt: skip
    assert email not in left.email
    members = tenancy.organization_members(tenant.actor, tenant.org_id)
    assert str(grace.id) not in {str(one.id) for one in members}

    seal(tenant)
    report = verify(export(tenant).splitlines(keepends=True))
    assert report.ok, report.finding
    shown = audit.find_records(tenant.actor, tenant.org_id, audit.Filters(), limit=200)
    assert not [one for one in shown if "Grace" in str(one) or email in str(one)]
    assert make_person(email=email).id != grace.id  # the address is free again


def test_the_last_owner_stays_and_is_told_what_to_do(tenant: Tenant) -> None:
    person = tenant.person
    person.set_password(PASSWORD)
    person.save()
    with pytest.raises(identity.SoleOwner) as refused:
        identity.delete_account(tenant.actor, email=person.email)
    (one,) = refused.value.extensions["organizations"]
    assert one["settings"] == f"/orgs/{tenant.org_id}/settings"
    assert "export" in refused.value.detail
    browser = Client()
    browser.force_login(person)
    confirmed(browser)
    page = browser.get(DELETE).content.decode()
    assert "last owner" in page
    assert "Delete my account" not in page
    assert identity.get_person(person.id) is not None


def test_it_takes_a_confirmation_and_a_person(grace: identity.Person) -> None:
    browser = Client()
    browser.force_login(grace)
    answer = browser.post(DELETE, {"email": grace.email})
    assert (answer.status_code, AGAIN in answer["Location"]) == (302, True)
    body: dict[str, Any] = {"data": {"email": grace.email}, "content_type": "application/json"}
    refused = browser.delete("/api/me", **body)
    assert (refused.status_code, refused.json()["code"]) == (403, "reauthentication_required")
    bearer = {"Authorization": f"Bearer {make_key(grace)[1]}"}
    keyed = Client().delete("/api/me", **body, headers=bearer)
    assert (keyed.status_code, keyed.json()["code"]) == (403, "in_person_only")
    assert confirmed(browser).delete("/api/me", **body).status_code == 204
    assert identity.get_person(grace.id) is None


def export(tenant: Tenant) -> bytes:
    return audit.export_piece(tenant.actor, tenant.org_id).lines

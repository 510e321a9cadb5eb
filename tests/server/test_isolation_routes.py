"""No address of the server opens another tenant.

The addresses of a new room are found by walking the API's routers and the URL patterns. One with a
parameter that this test does not know fails it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.access import tables
from buildrunner.server.platform.db.scope import SETTING
from buildrunner.server.platform.errors import NotFound
from factories import Tenant, make_tenant, small_plan
from factories.addresses import KNOWN, PARAMETER, addresses, fill, parameters
from factories.governance import make_governance_rows
from factories.ledgers import make_first_checkpoint

TENANT_TABLES = sorted(model._meta.db_table for model in tables() if model.tenant_column)

# Who may be asked without being known: what they answer is the same for everybody.
OPEN = {
    ("GET", "/api/openapi.json"),
    ("GET", "/api/docs"),
}
ADDRESSES = addresses()


@pytest.mark.parametrize(("method", "route"), ADDRESSES)
def test_every_parameter_is_known_here(method: str, route: str) -> None:
    unknown = set(PARAMETER.findall(route)) - KNOWN
    assert not unknown, f"{route}: teach tests/server/test_isolation.py what {unknown} is"


def secrets_of(victim: Tenant) -> list[str]:
    return ["Victim", victim.person.email, victim.key, "Hidden title"]


@pytest.fixture
def victim(db: None) -> Tenant:
    victim = make_tenant(name="Victim", plan=small_plan())
    tenancy.rename_project(victim.actor, victim.project_id, title="Hidden title")
    service = tenancy.create_service_account(victim.actor, victim.org_id, name="Victim's robot")
    invitation, _ = tenancy.invite(
        victim.actor, victim.org_id, email="victim@example.test", role="member"
    )
    return replace(victim, service_id=service.id, invitation_id=invitation.id)


def attackers(tenant: Tenant) -> dict[str, Client]:
    """A stranger by personal key, by organization key, by narrowed key, and by session."""
    _, org_key = tenancy.create_api_key(tenant.actor, name="o", scopes=["*"], org_id=tenant.org_id)
    _, narrow = tenancy.create_api_key(
        tenant.actor,
        name="n",
        scopes=["planner.read"],
        org_id=tenant.org_id,
        project_id=tenant.project_id,
    )
    clients = {
        name: Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)
        for name, key in {"key": tenant.key, "org key": org_key, "narrow key": narrow}.items()
    }
    clients["session"] = Client(raise_request_exception=False)
    clients["session"].force_login(tenant.person)
    clients["nobody"] = Client(raise_request_exception=False)
    return clients


BODIES: tuple[object, ...] = (
    {},
    {"title": "Stolen", "name": "Stolen", "scopes": ["*"]},
    {"microstep_id": "m1.s1.ms1", "base_revision": 0, "operations": [], "document": {}},
)


def snapshot(victim: Tenant) -> list[object]:
    """Everything stored of the victim's organization."""
    state: list[object] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, str(victim.org_id)])
        for table in TENANT_TABLES:
            cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
            state.append((table, cursor.fetchall()))
        cursor.execute("SELECT set_config(%s, '', true)", [SETTING])
        cursor.execute(
            "SELECT id, scopes, expires_at FROM tenancy_personal_keys(%s)", [victim.person.id]
        )
        state.append(cursor.fetchall())
    return state


@pytest.mark.parametrize(("method", "route"), ADDRESSES)
def test_no_address_opens_another_tenant(
    victim: Tenant, stranger: Tenant, method: str, route: str
) -> None:
    path = fill(route, parameters(victim))
    before = snapshot(victim)
    aimed = set(PARAMETER.findall(route)) & {"project_id", "org_id", "key_id"}
    for name, client in attackers(stranger).items():
        for body in BODIES if method not in {"GET", "DELETE"} else BODIES[:1]:
            answer = client.generic(method, path, json.dumps(body), content_type="application/json")
            what = f"{method} {path} as {name}: {answer.status_code} {answer.content[:300]!r}"
            assert answer.status_code < 500, what
            text = answer.content.decode()
            assert not any(secret in text for secret in secrets_of(victim)), what
            if aimed:
                refused = answer.status_code in {400, 401, 403, 404, 405, 410, 412, 415, 422, 428}
                to_sign_in = answer.status_code == 302 and "/sign-in" in answer["Location"]
                assert refused or (to_sign_in and name not in {"session"}), what
                if name != "nobody" and "project_id" in aimed and method == "GET":
                    assert answer.status_code in {404, 302}, what
    assert snapshot(victim) == before


@pytest.mark.parametrize("route", [route for method, route in ADDRESSES if method == "GET"])
def test_the_same_address_opens_to_its_own_people(victim: Tenant, route: str) -> None:
    """Else the test above would prove nothing."""
    if not set(PARAMETER.findall(route)) & {"project_id", "org_id"}:
        return
    if re.search(r"/(governance|policy|change-requests)(/|$)", route):
        make_governance_rows(victim)
    if "/ledger/checkpoints/" in route:
        make_first_checkpoint(victim)
    client = Client(raise_request_exception=False)
    client.force_login(victim.person)
    answer = client.get(fill(route, parameters(victim)))
    assert answer.status_code in {200, 302, 400, 405}, answer.content
    if route.startswith("/api/"):
        assert answer.status_code == 200


@pytest.mark.parametrize(("method", "route"), [one for one in ADDRESSES if one[0] != "GET"])
def test_bodies_that_name_another_tenant_open_nothing(
    victim: Tenant, stranger: Tenant, method: str, route: str
) -> None:
    """The attacker's own address, the victim's ids in the body."""
    path = fill(route, parameters(stranger))
    before = snapshot(victim)
    body = {
        "org_id": str(victim.org_id),
        "project_id": str(victim.project_id),
        "person_id": str(victim.person.id),
        "title": "Stolen",
        "name": "Stolen",
        "scopes": ["*"],
    }
    # One at a time too: members that are not declared are refused before the ids are read.
    shapes = [body, {"title": "Stolen", "org_id": body["org_id"]}]
    shapes.append({"name": "Stolen", "scopes": ["*"], "project_id": body["project_id"]})
    shapes.append({"name": "Stolen", "scopes": ["*"], "service_id": str(victim.service_id)})
    shapes.append({"invitation_id": str(victim.invitation_id)})
    shapes.append({"person_id": body["person_id"]})
    client = attackers(stranger)["key"]
    for shape in shapes:
        answer = client.generic(method, path, json.dumps(shape), content_type="application/json")
        assert answer.status_code < 500, answer.content
        assert not any(secret in answer.content.decode() for secret in secrets_of(victim))
    assert snapshot(victim) == before


def test_open_addresses_tell_everybody_the_same(db: None) -> None:
    for method, path in OPEN:
        assert Client().generic(method, path).status_code == 200


def test_actions_refuse_another_tenants_ids(victim: Tenant, stranger: Tenant) -> None:
    """The doors themselves, without HTTP."""
    tries = [
        lambda: tenancy.rename_project(stranger.actor, victim.project_id, title="x"),
        lambda: tenancy.create_project(stranger.actor, title="x", org_id=victim.org_id),
        lambda: tenancy.create_api_key(
            stranger.actor, name="x", scopes=["*"], org_id=victim.org_id
        ),
        lambda: tenancy.create_api_key(
            stranger.actor,
            name="x",
            scopes=["*"],
            org_id=stranger.org_id,
            project_id=victim.project_id,
        ),
        lambda: tenancy.revoke_api_key(stranger.actor, victim.key_id),
        lambda: tenancy.revoke_api_key(stranger.actor, victim.key_id, org_id=stranger.org_id),
        lambda: tenancy.set_org_member(
            stranger.actor, victim.org_id, email=stranger.person.email, role="owner"
        ),
        lambda: tenancy.set_project_member(
            stranger.actor, victim.project_id, email=stranger.person.email, role="pm"
        ),
        lambda: tenancy.set_project_member(
            stranger.actor, stranger.project_id, person_id=victim.person.id, role="pm"
        ),
        lambda: tenancy.change_org_member(
            stranger.actor, stranger.org_id, victim.person.id, role="member"
        ),
        lambda: tenancy.transfer_organization(
            stranger.actor, stranger.org_id, person_id=victim.person.id
        ),
        lambda: tenancy.rename_organization(stranger.actor, victim.org_id, name="x"),
        lambda: tenancy.change_security(stranger.actor, victim.org_id, session_timeout=300),
        lambda: tenancy.invite(
            stranger.actor, victim.org_id, email=stranger.person.email, role="owner"
        ),
        lambda: tenancy.invite(
            stranger.actor,
            stranger.org_id,
            email="in@example.test",
            role="member",
            project_roles=[{"project_id": str(victim.project_id), "role": "pm"}],
        ),
        lambda: tenancy.resend_invitation(stranger.actor, stranger.org_id, victim.invitation_id),
        lambda: tenancy.withdraw_invitation(stranger.actor, stranger.org_id, victim.invitation_id),
        lambda: tenancy.accept_invitation(stranger.actor, invitation_id=victim.invitation_id),
        lambda: tenancy.create_api_key(
            stranger.actor,
            name="x",
            scopes=["*"],
            org_id=stranger.org_id,
            service_id=victim.service_id,
        ),
        lambda: tenancy.rotate_api_key(stranger.actor, victim.key_id),
        lambda: tenancy.rotate_api_key(stranger.actor, victim.key_id, org_id=stranger.org_id),
        lambda: tenancy.remove_service_account(stranger.actor, stranger.org_id, victim.service_id),
        lambda: tenancy.change_service_account(
            stranger.actor, stranger.org_id, victim.service_id, role="admin"
        ),
        lambda: tenancy.archive_project(stranger.actor, victim.project_id),
        lambda: tenancy.get_organization(stranger.actor, victim.org_id),
        lambda: tenancy.get_security(stranger.actor, victim.org_id),
        lambda: tenancy.organization_invitations(stranger.actor, victim.org_id),
        lambda: tenancy.service_accounts(stranger.actor, victim.org_id),
        lambda: tenancy.remove_org_member(
            stranger.actor, victim.org_id, person_id=victim.person.id
        ),
        lambda: tenancy.organization_keys(stranger.actor, victim.org_id),
        lambda: tenancy.organization_members(stranger.actor, victim.org_id),
        lambda: tenancy.project_members(stranger.actor, victim.project_id),
    ]
    for attempt in tries:
        with pytest.raises(NotFound):
            attempt()

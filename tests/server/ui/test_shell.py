"""The frame: where one is, where one may go, and what the palette finds."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Tenant, add_person, make_org, make_project, make_tenant
from kits.visitor import sign_in

pytestmark = pytest.mark.django_db


def rail(page: bytes) -> str:
    found = re.search(r'<nav class="rail".*?</nav>', page.decode(), re.DOTALL)
    assert found
    return found[0]


def test_the_rail_shows_the_organization_of_the_project(owner: Tenant, visitor: Client) -> None:
    other = make_org(owner.person, name="Harbour Guild")
    there = make_project(owner.person, org_id=other.id, title="Piers")
    page = visitor.get(f"/projects/{there.id}/plan").content
    switcher = rail(page).partition("</button>")[0]
    assert "Piers" in switcher
    assert "Harbour Guild" in switcher
    # Both organizations can be chosen; the other's projects are not mixed in.
    assert f"/projects?org={owner.org_id}" in rail(page)
    assert f"/projects/{owner.project_id}/plan" not in rail(page)


def test_one_organization_can_be_chosen_and_is_kept(owner: Tenant, visitor: Client) -> None:
    other = make_org(owner.person, name="Harbour Guild")
    make_project(owner.person, org_id=other.id, title="Piers")
    page = visitor.get(f"/projects?org={other.id}").content.decode()
    main = page.partition("<main")[2]
    assert "Piers" in main
    assert str(owner.project_id) not in main
    visitor.cookies["buildrunner_organization"] = str(other.id)
    assert "Harbour Guild" in rail(visitor.get("/projects").content).partition("</button>")[0]
    visitor.cookies["buildrunner_organization"] = "nonsense"
    assert visitor.get("/projects").status_code == 200


def test_a_strangers_organization_cannot_be_chosen(owner: Tenant, visitor: Client) -> None:
    stranger = make_tenant(name="Stranger")
    page = visitor.get(f"/projects?org={stranger.org_id}").content.decode()
    assert str(stranger.project_id) not in page
    assert f'org={stranger.org_id}"' not in rail(page.encode())


def test_what_a_permission_does_not_open_is_not_shown(owner: Tenant) -> None:
    viewer = add_person(owner, project_role="viewer")
    base = f"/projects/{owner.project_id}"
    page = rail(sign_in(viewer).get(f"{base}/plan").content)
    assert f"{base}/plan" in page
    for hidden in ("/create", "/reconcile"):
        assert f"{base}{hidden}" not in page
    assert f"/orgs/{owner.org_id}/webhooks" not in page


def test_search_finds_ids_first_then_words(owner: Tenant, visitor: Client) -> None:
    answer = visitor.get("/search", {"q": "M1.S1.MS2", "project": owner.project_id})
    items = json.loads(answer.content)["items"]
    assert items[0]["detail"] == "m1.s1.ms2"
    assert items[0]["href"] == f"/projects/{owner.project_id}/plan/items/m1.s1.ms2"
    assert items[0]["glyph"] in {"todo", "doing", "blocked", "done"}
    title = items[0]["title"].split()[0].lower()
    found = visitor.get("/search", {"q": title, "project": owner.project_id}).json()["items"]
    assert all(set(item) <= {"section", "title", "detail", "href", "glyph"} for item in found)
    assert visitor.get("/search").json() == {"items": []}
    assert visitor.get("/search", {"q": "x" * 5000, "project": "nonsense"}).json() == {"items": []}


def test_search_finds_nothing_of_strangers(visitor: Client, plan: dict[str, Any]) -> None:
    plan["milestones"][0]["title"] = "Canary one"
    stranger = make_tenant(name="Stranger", plan=plan)
    tenancy.rename_project(stranger.actor, stranger.project_id, title="Canary project")
    answer = visitor.get("/search", {"q": "canary", "project": stranger.project_id})
    assert answer.json() == {"items": []}


def test_nobody_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/search", {"q": "x"}).status_code in {302, 303, 401}

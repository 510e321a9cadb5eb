"""The gallery, trying on, applying, importing and publishing, as a browser does it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from buildrunner.server.domains.blueprints import facade as blueprints
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Tenant, add_person, make_tenant, small_plan
from factories.blueprints import small_blueprint, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def client(tenant: Tenant) -> Client:
    client = Client()
    client.force_login(tenant.person)
    return client


@pytest.fixture
def home(tenant: Tenant) -> str:
    return f"/projects/{tenant.project_id}/templates"


def fields(page: str) -> dict[str, Any]:
    """What a browser would send back of the form that tries templates on."""
    form = page[page.index('class="blueprint-use"') :]
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form):
        if 'type="radio"' not in form[form.index(f'name="{name}"') - 60 :][:60]:
            found.setdefault(name, []).append(html.unescape(value))
    for name, value in re.findall(
        r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.S
    ):
        found[name] = [html.unescape(value)]
    return found


def revision_of(tenant: Tenant) -> int:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        return plans.read_head(access).revision


def test_the_gallery_shows_searches_and_filters(client: Client, home: str) -> None:
    page = client.get(home).content.decode()
    for title in ("Sign-in and permissions", "REST service", "Data pipeline"):
        assert title in page
    found = client.get(f"{home}?search=invoice").content.decode()
    assert "Plans, checkout and invoices" in found
    assert "Data pipeline" not in found
    assert "No template fits" in client.get(f"{home}?search=nothing+fits").content.decode()


def test_trying_on_then_applying_goes_to_the_plan(
    client: Client, home: str, tenant: Tenant
) -> None:
    page = client.get(home).content.decode()
    (pick,) = re.findall(r'/use\?pick=([0-9a-f-]+)" aria-label="Try it: Sign-in', page)
    tried = client.get(f"{home}/use?pick={pick}").content.decode()
    assert "What would change" in tried
    assert revision_of(tenant) == 1
    sent = fields(tried)
    sent["value.0.attempts"] = ["4"]
    again = client.post(f"{home}/use", {**sent, "act": "preview"}).content.decode()
    assert 'value="4"' in again
    answer = client.post(f"{home}/use", {**sent, "act": "apply"})
    assert (answer.status_code, answer["Location"]) == (303, home.replace("templates", "plan"))
    assert revision_of(tenant) == 2
    assert "In the plan, 1.0.0" in client.get(home).content.decode()
    rated = client.post(f"{home}/{pick}/rate", {"stars": "5"}, follow=True)
    assert "5.0</span> of 5" in rated.content.decode()


def test_a_wrong_value_is_said_beside_what_was_typed(client: Client, home: str) -> None:
    page = client.get(home).content.decode()
    (pick,) = re.findall(r'/use\?pick=([0-9a-f-]+)" aria-label="Try it: Sign-in', page)
    sent = fields(client.get(f"{home}/use?pick={pick}").content.decode())
    sent["value.0.attempts"] = ["many"]
    answer = client.post(f"{home}/use", {**sent, "act": "apply"})
    assert answer.status_code == 422
    assert "must be a whole number" in answer.content.decode()
    assert 'value="many"' in answer.content.decode()


def test_an_import_with_a_conflict_asks_and_then_applies(
    client: Client, home: str, tenant: Tenant
) -> None:
    document = small_blueprint(title="<script>alert(1)</script>")
    document["plan"]["milestones"][0]["title"] = "M"
    file = SimpleUploadedFile("pack.json", text_of(document).encode())
    tried = client.post(f"{home}/import", {"file": file}).content.decode()
    assert "<script>alert" not in tried
    assert "Keep the plan" in tried
    sent = fields(tried)
    assert sent["conflict"] == ["title m1"]
    refused = client.post(f"{home}/use", {**sent, "act": "apply"})
    assert refused.status_code == 409
    assert revision_of(tenant) == 1
    sent = {**fields(refused.content.decode()), "answer.0": ["both"]}
    answer = client.post(f"{home}/use", {**sent, "act": "apply"})
    assert answer.status_code == 303
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        plan = plans.read_plan(access).plan()
    assert [milestone["title"] for milestone in plan["milestones"]] == ["M", "M"]


def test_a_broken_file_is_told_by_line(client: Client, home: str) -> None:
    text = text_of(small_blueprint()).replace('"license"', "")[:-40]
    answer = client.post(f"{home}/import", {"document": text})
    assert answer.status_code == 422
    assert "BR106" in answer.content.decode()


def test_milestones_of_a_plan_become_a_blueprint(client: Client, home: str, tenant: Tenant) -> None:
    sent = {
        "milestone": ["m1"],
        "name": "ours",
        "title": "Our way",
        "summary": "As we do it.",
        "visibility": "organization",
    }
    answer = client.post(f"{home}/publish", sent, follow=True)
    assert "Our way" in answer.content.decode()
    page = client.get(f"/orgs/{tenant.org_id}/blueprints").content.decode()
    assert "Our way" in page
    member = Client()
    member.force_login(add_person(tenant, project_role="contributor"))
    assert "Our way" in member.get(home).content.decode()
    assert member.get(f"{home}/publish").status_code == 403


def test_the_publisher_shows_and_withdraws(client: Client, tenant: Tenant) -> None:
    home = f"/orgs/{tenant.org_id}/blueprints"
    answer = client.post(home, {"document": text_of(small_blueprint())}, follow=True)
    assert "is published" in answer.content.decode()
    (row,) = [
        view for view in published(tenant) if view.name == "small" and view.visibility == "private"
    ]
    client.post(f"{home}/{row.id}", {"act": "show", "visibility": "public"})
    assert published(tenant)[0].visibility == "public"
    client.post(f"{home}/{row.id}", {"act": "withdraw"})
    assert published(tenant) == []


def published(tenant: Tenant) -> list[blueprints.BlueprintView]:
    with tenancy.organization_scope(tenant.actor, tenant.org_id) as access:
        return blueprints.publications(access)

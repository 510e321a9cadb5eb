"""Organizations and projects over HTTP."""

from __future__ import annotations

from uuid import UUID

import pytest

from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Api, Tenant, make_key, make_org, make_person


def test_a_project_from_first_to_last(api: Api, tenant: Tenant) -> None:
    made = api.post("/api/projects", {"title": "  New  "})
    assert made.status_code == 201
    project = made.json()
    assert made["Location"] == f"/api/projects/{project['id']}"
    assert project["title"] == "New"
    assert project["org_id"] == str(tenant.org_id)
    assert (project["revision"], project["document_hash"], project["role"]) == (0, None, "pm")
    assert project["url"].endswith(f"/projects/{project['id']}/plan")
    path = f"/api/projects/{project['id']}"
    assert api.get(path).json() == project
    renamed = api.patch(path, {"title": "Other"}).json()
    assert renamed["title"] == "Other"
    assert renamed["updated_at"] > project["updated_at"]
    assert api.patch(path, {"title": "Other"}).json() == renamed


def test_the_plans_room_tells_the_head(tenant: Tenant, api: Api) -> None:
    with tenancy.project_scope(tenant.actor, tenant.project_id, "plan.write") as access:
        tenancy.record_head(access, revision=3, document_hash="sha256:" + "a" * 64)
    body = api.get(f"/api/projects/{tenant.project_id}").json()
    assert (body["revision"], body["document_hash"]) == (3, "sha256:" + "a" * 64)


def test_the_default_organization_is_ones_own(tenant: Tenant) -> None:
    """Not the one that was joined first."""
    person = make_person()
    api = Api(make_key(person)[1])
    nowhere = api.post("/api/projects", {"title": "x"})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "organization_not_found")
    assert "POST /api/orgs" in nowhere.json()["detail"]
    tenancy.set_org_member(tenant.actor, tenant.org_id, email=person.email, role="member")
    assert api.post("/api/projects", {"title": "x"}).json()["org_id"] == str(tenant.org_id)
    own = make_org(person)
    assert api.post("/api/projects", {"title": "x"}).json()["org_id"] == str(own.id)


def test_an_organization_is_owned_by_its_maker(tenant: Tenant, api: Api) -> None:
    made = api.post("/api/orgs", {"name": "Second"})
    assert made.status_code == 201
    assert made.json()["role"] == "owner"
    project = api.post("/api/projects", {"title": "x", "org_id": made.json()["id"]})
    assert project.status_code == 201
    assert [org["name"] for org in api.get("/api/orgs").json()["items"]] == [
        "Ada's organization",
        "Second",
    ]


@pytest.mark.parametrize(
    "extra",
    [
        {"id": "00000000-0000-0000-0000-000000000000"},
        {"role": "owner"},
        {"head_revision": 7},
        {"archived_at": None},
    ],
)
def test_members_that_are_not_declared_are_refused(api: Api, extra: dict[str, object]) -> None:
    for path, body in (("/api/projects", {"title": "x"}), ("/api/orgs", {"name": "x"})):
        response = api.post(path, {**body, **extra})
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == f"/{next(iter(extra))}"


def test_each_mutation_leaves_one_event(tenant: Tenant, api: Api) -> None:
    from buildrunner.server.platform.db.scope import tenant_scope
    from buildrunner.server.platform.events.models import Event

    project_id = api.post("/api/projects", {"title": "x"}).json()["id"]
    api.patch(f"/api/projects/{project_id}", {"title": "y"})
    api.patch(f"/api/projects/{project_id}", {"title": "y"})
    with tenant_scope(tenant.org_id):
        found = list(Event.objects.filter(project_id=UUID(project_id)).order_by("id"))
    assert [event.kind for event in found] == ["project.created", "project.renamed"]
    assert found[1].data == {"title": "y", "before": "x"}
    assert found[1].actor["kind"] == "key"
    assert found[1].actor["id"] == str(tenant.person.id)

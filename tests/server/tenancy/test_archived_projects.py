"""A project put away: read, not written."""

from __future__ import annotations

import pytest

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.errors import Forbidden
from factories import Api, Tenant, add_person, make_key, make_tenant, small_plan


@pytest.fixture
def planned(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


def test_it_is_read_only_and_says_who_can_change_that(planned: Tenant) -> None:
    owner = Api(planned.key)
    path = f"/api/projects/{planned.project_id}"
    answer = owner.post(f"{path}/archive")
    assert answer.status_code == 200
    assert answer.json()["archived_at"]
    contributor = Api(make_key(add_person(planned, project_role="contributor"))[1])
    plan = contributor.get(f"{path}/plan")
    assert plan.status_code == 200
    writes = [
        contributor.put(f"{path}/plan", small_plan(), If_Match=plan["ETag"]),
        contributor.post(f"{path}/claims", {"microstep_id": "m1.s1.ms1"}),
        owner.patch(path, {"title": "New"}),
        owner.post(
            f"{path}/sync",
            {
                "base_revision": 1,
                "operations": [{"op": "set", "id": "", "field": "title", "value": "New"}],
            },
        ),
    ]
    for refused in writes:
        body = refused.json()
        assert (refused.status_code, body["code"]) == (409, "project_archived"), body
        assert body["granted_by"] == ["owner", "admin", "pm"]
        assert body["people"] == [{"name": "Ada", "role": "owner"}]
    assert contributor.post(f"{path}/unarchive").status_code == 403
    assert owner.post(f"{path}/unarchive").json()["archived_at"] is None
    assert contributor.post(f"{path}/claims", {"microstep_id": "m1.s1.ms1"}).status_code == 201


def test_a_viewer_is_told_of_the_permission_and_not_of_the_archive(planned: Tenant) -> None:
    viewer = tenancy.actor_for_person(add_person(planned, project_role="viewer"))
    tenancy.archive_project(planned.actor, planned.project_id)
    with (
        pytest.raises(Forbidden),
        tenancy.project_scope(viewer, planned.project_id, "plan.write"),
    ):
        pass


def test_lists_leave_it_out_unless_asked(tenant: Tenant, api: Api) -> None:
    tenancy.archive_project(tenant.actor, tenant.project_id)
    tenancy.archive_project(tenant.actor, tenant.project_id)
    assert api.get("/api/projects").json()["items"] == []
    (listed,) = api.get("/api/projects?archived=true").json()["items"]
    assert listed["id"] == str(tenant.project_id)
    tenancy.unarchive_project(tenant.actor, tenant.project_id)
    assert api.get("/api/projects?archived=true").json()["items"] == []


def test_people_can_still_be_taken_out(tenant: Tenant) -> None:
    person = add_person(tenant, project_role="contributor")
    tenancy.archive_project(tenant.actor, tenant.project_id)
    tenancy.set_project_member(tenant.actor, tenant.project_id, person_id=person.id, role="viewer")
    tenancy.remove_project_member(tenant.actor, tenant.project_id, person_id=person.id)

"""Lists of projects, page by page, whichever way one came to see them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from factories import Tenant, make_project, make_tenant


@pytest.fixture
def elsewhere(tenant: Tenant) -> Tenant:
    """Another organization, in which the tenant's person is a member of every second project."""
    other = make_tenant(name="Other")
    tenancy.set_org_member(other.actor, other.org_id, email=tenant.person.email, role="member")
    for number in range(6):
        made = make_project(other.person, org_id=other.org_id, title=f"Other {number}")
        if number % 2 == 0:
            tenancy.set_project_member(
                other.actor, made.id, email=tenant.person.email, role="viewer"
            )
    return other


def leafed(actor: Actor, size: int, org_id: UUID | None = None) -> list[tenancy.ProjectView]:
    """Every page of the list, one after the other."""
    found: list[tenancy.ProjectView] = []
    while True:
        before = found[-1].id if found else None
        page = tenancy.list_projects(actor, org_id=org_id, before=before, limit=size)
        assert len(page) <= size
        if not page:
            return found
        found += page


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_pages_of_several_organizations_follow_each_other(
    tenant: Tenant, elsewhere: Tenant, size: int
) -> None:
    for number in range(3):
        make_project(tenant.person, org_id=tenant.org_id, title=f"Own {number}")
    seen = leafed(tenant.actor, size)
    assert [view.id for view in seen] == sorted((view.id for view in seen), reverse=True)
    assert sorted((view.title, view.role) for view in seen if view.org_id == elsewhere.org_id) == [
        ("Other 0", "viewer"),
        ("Other 2", "viewer"),
        ("Other 4", "viewer"),
    ]
    own = [view for view in seen if view.org_id == tenant.org_id]
    assert {view.id for view in own} >= {tenant.project_id}
    assert len(own) == 4
    assert leafed(tenant.actor, size, elsewhere.org_id) == [
        view for view in seen if view.org_id == elsewhere.org_id
    ]


def test_archived_projects_take_no_place_on_a_page(tenant: Tenant, elsewhere: Tenant) -> None:
    newest, *others = leafed(tenant.actor, 50, elsewhere.org_id)
    tenancy.archive_project(elsewhere.actor, newest.id)
    page = tenancy.list_projects(tenant.actor, org_id=elsewhere.org_id, limit=1)
    assert [view.id for view in page] == [others[0].id]
    (away,) = tenancy.list_projects(tenant.actor, archived=True)
    assert away.id == newest.id


def test_a_key_of_one_project_lists_that_one(tenant: Tenant, elsewhere: Tenant) -> None:
    own, middle = tenant.project_id, leafed(tenant.actor, 50, elsewhere.org_id)[1].id
    for org_id, project_id in ((tenant.org_id, own), (elsewhere.org_id, middle)):
        make_project(tenant.person, org_id=tenant.org_id)
        actor = replace(tenant.actor, org_id=org_id, project_id=project_id)
        assert [view.id for view in leafed(actor, 2)] == [project_id]
        assert tenancy.list_projects(actor, before=project_id) == []

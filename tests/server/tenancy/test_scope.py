"""Opening a project for an actor."""

from __future__ import annotations

import pytest

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.errors import NotFound
from factories import Tenant


def test_owner_opens_own_project(tenant: Tenant) -> None:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        assert access.org_id == tenant.org_id
        assert access.title == "Engine"
        access.require("plan.write")


def test_project_of_others_is_absent(tenant: Tenant, stranger: Tenant) -> None:
    with pytest.raises(NotFound), tenancy.project_scope(tenant.actor, stranger.project_id):
        pass
    assert [view.id for view in tenancy.list_projects(tenant.actor)] == [tenant.project_id]


def test_key_becomes_actor(tenant: Tenant) -> None:
    actor = tenancy.actor_for_key(tenant.key)
    assert actor is not None
    assert actor.person_id == tenant.person.id
    assert tenancy.actor_for_key(tenant.key + "x") is None

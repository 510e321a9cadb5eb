"""Ways past the policy that an attacker would try through the doors that everybody has."""

from __future__ import annotations

from typing import Any

import pytest

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from factories import Tenant, add_person
from factories.governance import HEAD, change

KEY = 'token = "ghp_' + "x7Kq2LmZ9vTpR4sWb8NcYd3JfHg6Ae1Uo5Qi" + '"'


@pytest.fixture
def somebody(tenant: Tenant) -> Any:
    return lambda role: tenancy.actor_for_person(add_person(tenant, project_role=role))


@pytest.fixture
def opener(somebody: Any) -> Actor:
    return somebody("contributor")


def test_a_bypass_lets_through_only_what_it_saw(
    tenant: Tenant, opener: Actor, somebody: Any, access_of: Any
) -> None:
    """The request shows no lines; what CI judges later holds a secret."""
    shown = change("infra/b.tf")
    for file in shown["files"]:
        file["hunks"] = []
    governance.request_approval(opener, tenant.project_id, change=shown)
    governance.bypass(
        somebody("pm"), tenant.project_id, number=1, head=HEAD, justification="The site is down."
    )
    whole = change("infra/b.tf")
    with access_of() as access:
        assert governance.check_change(access, governance.read_change(whole)).allowed
    whole["files"][0]["hunks"] = [{"added": [[1, KEY]], "removed": []}]
    with access_of() as access:
        found = governance.check_change(access, governance.read_change(whole))
    assert not found.allowed
    assert [one["rule"] for one in found.denials if not one.get("waived_by")] == ["secret"]


def test_an_approval_for_one_branch_is_none_for_another(
    tenant: Tenant, opener: Actor, somebody: Any, access_of: Any
) -> None:
    governance.request_approval(
        opener, tenant.project_id, change=change("infra/b.tf", target="playground")
    )
    governance.approve(somebody("techlead"), tenant.project_id, number=1, head=HEAD)
    with access_of() as access:
        there = governance.check_change(
            access, governance.read_change(change("infra/b.tf", target="playground"))
        )
        here = governance.check_change(access, governance.read_change(change("infra/b.tf")))
    assert there.allowed
    assert not here.allowed


def test_an_approval_outlives_a_base_that_moves(
    tenant: Tenant, opener: Actor, somebody: Any, access_of: Any
) -> None:
    governance.request_approval(opener, tenant.project_id, change=change("infra/b.tf"))
    governance.approve(somebody("techlead"), tenant.project_id, number=1, head=HEAD)
    with access_of() as access:
        moved = governance.check_change(
            access, governance.read_change(change("infra/b.tf", base="d" * 40))
        )
    assert moved.allowed

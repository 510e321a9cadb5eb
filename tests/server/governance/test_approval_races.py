"""Votes and pushes at the same moment, with real commits."""

from __future__ import annotations

import pytest

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from factories import Tenant, add_person, make_tenant
from factories.governance import HEAD, NEXT, POLICY, change
from kits.races import at_once


@pytest.fixture
def project(commits: None) -> Tenant:
    made = make_tenant()
    governance.save_policy(made.actor, made.project_id, text=POLICY)
    return made


def somebody(tenant: Tenant, role: str) -> Actor:
    return tenancy.actor_for_person(add_person(tenant, project_role=role))


def read(tenant: Tenant) -> governance.RequestDetail:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        return governance.read_request(access, 1)


def test_two_approvals_at_once_both_count(project: Tenant) -> None:
    opener, lead, qa = (somebody(project, role) for role in ("contributor", "techlead", "qa"))
    governance.request_approval(opener, project.project_id, change=change("billing/a.py"))
    results = at_once(
        lambda: governance.approve(lead, project.project_id, number=1, head=HEAD),
        lambda: governance.approve(qa, project.project_id, number=1, head=HEAD),
    )
    assert results == ["ok", "ok"]
    found = read(project)
    assert found.request.status == "approved"
    assert sum(vote.counts for vote in found.votes) == 2


def test_one_person_twice_at_once_has_one_vote(project: Tenant) -> None:
    opener, lead = somebody(project, "contributor"), somebody(project, "techlead")
    governance.request_approval(opener, project.project_id, change=change("billing/a.py"))
    at_once(*[lambda: governance.approve(lead, project.project_id, number=1, head=HEAD)] * 4)
    found = read(project)
    assert len(found.votes) == 1
    assert found.request.status == "waiting"


def test_an_approval_never_covers_a_push_that_came_at_the_same_moment(project: Tenant) -> None:
    opener, lead = somebody(project, "contributor"), somebody(project, "techlead")
    for round_ in range(8):
        branch = f"feature-{round_}"
        governance.request_approval(
            opener, project.project_id, change=change("infra/a.tf", branch=branch)
        )
        number = round_ + 1
        vote, push = at_once(
            lambda number=number: governance.approve(
                lead, project.project_id, number=number, head=HEAD
            ),
            lambda branch=branch: governance.request_approval(
                opener, project.project_id, change=change("infra/a.tf", head=NEXT, branch=branch)
            ),
        )
        assert push == "ok"
        assert vote in {"ok", "head_moved"}
        with tenancy.project_scope(project.actor, project.project_id) as access:
            found = governance.read_request(access, number)
        assert found.request.head == NEXT
        assert found.request.status == "waiting"
        assert not any(each.counts for each in found.votes)


def test_two_pushes_of_one_branch_at_once_make_one_request(project: Tenant) -> None:
    opener = somebody(project, "contributor")
    results = at_once(
        *[
            lambda head=head: governance.request_approval(
                opener, project.project_id, change=change("infra/a.tf", head=head)
            )
            for head in (HEAD, NEXT)
        ]
    )
    assert results == ["ok", "ok"]
    with tenancy.project_scope(project.actor, project.project_id) as access:
        assert len(governance.list_requests(access)) == 1

"""A hand-edited `done` that comes by sync is left out, all else goes through; races with evidence."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Api, Tenant, make_tenant
from factories.clones import Clone
from factories.evidence import checked_plan, failing, make_record, prove

ONE, TWO = "m1.s1.ms1", "m1.s1.ms2"


@pytest.fixture
def clone(tenant: Tenant, api: Api) -> Clone:
    return Clone(api, tenant.project_id).pull()


def stored(tenant: Tenant) -> Any:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        return plans.read_plan(access)


def status(tenant: Tenant, identifier: str = ONE) -> str:
    step = stored(tenant).plan()["milestones"][0]["steps"][0]
    found: str = next(row["status"] for row in step["microsteps"] if row["id"] == identifier)
    return found


def test_the_rest_goes_through_and_the_refused_are_listed(tenant: Tenant, clone: Clone) -> None:
    prove(tenant, TWO)
    clone.find(ONE)["status"] = "done"
    clone.find(TWO)["status"] = "done"
    clone.find(ONE)["title"] = "Renamed"
    told = clone.sync()  # applies the answer: clone and server agree on one hash
    assert [one["id"] for one in told["refused"]] == [ONE]
    assert told["refused"][0]["code"] == "not_proven"
    assert told["refused"][0]["next_command"] == f"br qa run {ONE}"
    assert [one["criterion"] for one in told["refused"][0]["missing"]] == [0, 1]
    assert told["applied"] == 2
    assert (status(tenant), status(tenant, TWO)) == ("doing", "done")
    assert clone.find(ONE)["title"] == "Renamed"


def test_nothing_else_writes_nothing_and_is_judged_again(tenant: Tenant, clone: Clone) -> None:
    clone.find(ONE)["status"] = "done"
    body = clone.request()
    for _ in range(2):
        told = clone.send(body)
        assert (told["revision"], len(told["refused"])) == (1, 1)
    assert told["operations"] == [{"op": "set", "id": ONE, "field": "status", "value": "doing"}]
    prove(tenant, ONE)
    told = clone.send(body)
    assert (told["revision"], told["refused"]) == (2, [])
    assert status(tenant) == "done"


def test_a_retry_is_told_the_same(tenant: Tenant, clone: Clone) -> None:
    clone.find(ONE)["status"] = "done"
    clone.find(ONE)["title"] = "Renamed"
    body = clone.request()
    first = clone.send(body)
    prove(tenant, ONE)
    assert clone.send(body) == first
    assert first["refused"][0]["id"] == ONE


def test_a_merge_refuses_as_well(tenant: Tenant, clone: Clone) -> None:
    clone.find(ONE)["status"] = "done"
    clone.find(TWO)["title"] = "Mine"
    edits = [plans.AddEdit("m1.s1", "Theirs"), plans.SetEdit([ONE], "owner", "Tom")]
    plans.change_plan(tenant.actor, tenant.project_id, edits=edits)
    told = clone.sync()
    assert [one["id"] for one in told["refused"]] == [ONE]
    assert clone.find(TWO)["title"] == "Mine"
    assert clone.find(ONE)["status"] == "doing"


def test_the_merged_document_is_judged(tenant: Tenant, clone: Clone) -> None:
    """Proven as the clone had it; somebody changed a criterion meanwhile."""
    prove(tenant, ONE)
    clone.find(ONE)["status"] = "done"
    edits = [plans.SetEdit([ONE], "criteria", ["it holds 0", "it holds twice"])]
    plans.change_plan(tenant.actor, tenant.project_id, edits=edits)
    told = clone.sync()
    assert told["refused"][0]["missing"][0]["state"] == "stale"
    assert status(tenant) == "doing"


def test_a_first_push_keeps_what_is_done(db: None) -> None:
    tenant = make_tenant()
    plan = checked_plan()
    plan["milestones"][0]["steps"][0]["microsteps"][0]["status"] = "done"
    told = Api(tenant.key).post(
        f"/api/projects/{tenant.project_id}/sync", {"base_revision": 0, "document": plan}
    )
    assert told.json()["refused"] == []
    proof = Api(tenant.key).get(f"/api/projects/{tenant.project_id}/proof").json()
    assert proof["counts"] == {
        "microsteps": 1, "done": 1, "proven": 0, "self_attested": 0, "unproven": 1,
    }  # fmt: skip


def test_a_replacement_through_sync_is_the_same_microstep(tenant: Tenant, clone: Clone) -> None:
    step = clone.plan["milestones"][0]["steps"][0]
    copied = {**copy.deepcopy(step["microsteps"][0]), "id": "m1.s1.ms9", "status": "done"}
    copied["aliases"] = [ONE]
    step["microsteps"] = [*step["microsteps"][1:], copied]
    told = clone.sync()
    assert [one["id"] for one in told["refused"]] == ["m1.s1.ms9"]
    assert status(tenant, "m1.s1.ms9") == "doing"


@pytest.mark.parametrize("mode", ["warn", "off"])
def test_the_policy_may_only_warn(tenant: Tenant, clone: Clone, mode: str) -> None:
    governance.save_policy(
        tenant.actor,
        tenant.project_id,
        text=f"version: 1\nevidence:\n  mode: {mode}\n",
        expected=[governance.ANY],
    )
    clone.find(ONE)["status"] = "done"
    told = clone.sync()
    assert told["refused"] == []
    assert [one["id"] for one in told["warnings"]] == ([ONE] if mode == "warn" else [])
    assert status(tenant) == "done"
    saved = plans.set_status(tenant.actor, tenant.project_id, entity_id=TWO, status="done")
    assert [one["id"] for one in saved.warnings] == ([TWO] if mode == "warn" else [])


def test_the_policy_may_count_ci_alone(tenant: Tenant, plan: dict[str, Any]) -> None:
    governance.save_policy(
        tenant.actor,
        tenant.project_id,
        text="version: 1\nevidence:\n  counts: [ci]\n",
        expected=[governance.ANY],
    )
    prove(tenant, ONE)
    with pytest.raises(plans.NotProven) as refused:
        plans.set_status(tenant.actor, tenant.project_id, entity_id=ONE, status="done")
    missing = refused.value.extensions["microsteps"][0]["missing"]
    assert missing[0]["state"] == "not_counted"
    # What says `ci` from somebody's own key is no better.
    said = [make_record(plan, criterion=at, runner="ci") for at in (0, 1)]
    qa.take_evidence(tenant.actor, tenant.project_id, records=said)
    with pytest.raises(plans.NotProven):
        plans.set_status(tenant.actor, tenant.project_id, entity_id=ONE, status="done")


def test_evidence_that_arrives_while_done_is_saved(commits: None) -> None:
    """Either order is right, and both end in the same: what is done was proven when it became so."""
    plan = checked_plan(6)
    tenant = make_tenant(name="Race", plan=plan)
    rows = [f"m1.s1.ms{number}" for number in range(1, 7)]
    prove(tenant, *rows)

    def finish(identifier: str) -> bool:
        try:
            plans.set_status(tenant.actor, tenant.project_id, entity_id=identifier, status="done")
        except plans.NotProven:
            return False
        finally:
            connection.close()
        return True

    def fail(identifier: str) -> None:
        try:
            qa.take_evidence(tenant.actor, tenant.project_id, records=[failing(plan, identifier)])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        ends = {row: pool.submit(finish, row) for row in rows}
        for row in rows:
            pool.submit(fail, row).result()
        done = {row for row, end in ends.items() if end.result()}
    assert {row for row in rows if status(tenant, row) == "done"} == done
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        proof = qa.project_proof(access)
    assert {one.proof for one in proof.microsteps} == {"failed"}
    assert proof.counts.done == len(done)
    assert proof.counts.proven == 0

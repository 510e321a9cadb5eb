"""Done is refused without proof: by every way into a plan."""

from __future__ import annotations

from typing import Any

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.spec.values import ABSENT
from factories import Api, Tenant, add_person
from factories.evidence import failing, make_record, prove, vouch

ONE = "m1.s1.ms1"


def done(tenant: Tenant, identifier: str = ONE) -> plans.SavedPlan:
    return plans.set_status(tenant.actor, tenant.project_id, entity_id=identifier, status="done")


def test_done_without_evidence_is_refused_and_says_what_is_missing(tenant: Tenant) -> None:
    with pytest.raises(plans.NotProven) as refused:
        done(tenant)
    told = refused.value.extensions
    assert refused.value.code == "not_proven"
    assert [one["id"] for one in told["microsteps"]] == [ONE]
    assert [one["criterion"] for one in told["microsteps"][0]["missing"]] == [0, 1]
    assert told["next_command"] == f"br qa run {ONE}"
    assert "unit has not run" in told["missing"][0]


def test_evidence_for_every_criterion_lets_it_through(tenant: Tenant) -> None:
    prove(tenant, ONE)
    assert done(tenant).created
    with pytest.raises(plans.NotProven):
        done(tenant, "m1.s1.ms2")


def test_one_criterion_is_not_enough(tenant: Tenant, plan: dict[str, Any]) -> None:
    qa.take_evidence(tenant.actor, tenant.project_id, records=[make_record(plan)])
    with pytest.raises(plans.NotProven) as refused:
        done(tenant)
    missing = refused.value.extensions["microsteps"][0]["missing"]
    assert [one["criterion"] for one in missing] == [1]


def test_a_newer_failure_counts_more(tenant: Tenant, plan: dict[str, Any]) -> None:
    prove(tenant, ONE)
    qa.take_evidence(tenant.actor, tenant.project_id, records=[failing(plan)])
    with pytest.raises(plans.NotProven) as refused:
        done(tenant)
    assert refused.value.extensions["microsteps"][0]["missing"][0]["state"] == "failed"


def test_a_signature_of_somebody_else_counts(tenant: Tenant) -> None:
    vouch(tenant.actor, tenant.project_id, ONE)
    assert done(tenant).created


def test_who_signs_first_and_works_afterwards_signed_their_own_work(tenant: Tenant) -> None:
    lead = add_person(tenant, project_role="techlead")
    actor = tenancy.actor_for_person(lead)
    for place in range(2):
        qa.sign_off(actor, tenant.project_id, microstep_id=ONE, criterion=place)
    plans.claim_microstep(actor, tenant.project_id, microstep_id=ONE)
    with pytest.raises(plans.NotProven):
        plans.set_status(actor, tenant.project_id, entity_id=ONE, status="done")
    vouch(tenant.actor, tenant.project_id, ONE)
    assert done(tenant).created


def test_who_signed_may_say_that_it_is_finished(tenant: Tenant) -> None:
    grace = tenancy.actor_for_person(add_person(tenant, project_role="techlead"))
    for place in range(2):
        qa.sign_off(grace, tenant.project_id, microstep_id=ONE, criterion=place)
    saved = plans.set_status(grace, tenant.project_id, entity_id=ONE, status="done")
    assert saved.created
    plans.set_status(tenant.actor, tenant.project_id, entity_id=ONE, status="doing")
    assert done(tenant).created


def test_an_alias_borrows_no_signature(
    tenant: Tenant, api: Api, base: str, plan: dict[str, Any]
) -> None:
    """Both have criteria of the same words; only one was looked at."""
    vouch(tenant.actor, tenant.project_id, "m1.s1.ms2")
    first = plan["milestones"][0]["steps"][0]["microsteps"][0]
    first |= {"aliases": ["m1.s1.ms2"], "status": "done"}
    answer = api.put(f"{base}/plan", plan, If_Match="*")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_proven")


def test_the_document_after_the_change_is_judged(tenant: Tenant, plan: dict[str, Any]) -> None:
    prove(tenant, ONE)
    edits = [
        plans.SetEdit([ONE], "criteria", ["it holds 0", "something else"]),
        plans.SetEdit([ONE], "status", "done"),
    ]
    with pytest.raises(plans.NotProven) as refused:
        plans.change_plan(tenant.actor, tenant.project_id, edits=edits)
    assert [one["state"] for one in refused.value.extensions["microsteps"][0]["missing"]] == [
        "stale"
    ]


def test_a_copy_in_its_place_is_the_same_microstep(
    tenant: Tenant, api: Api, base: str, plan: dict[str, Any]
) -> None:
    """Removed and added again, under its id or with it as alias: still a transition."""
    for identifier, names in ((ONE, []), ("m1.s1.ms9", [ONE])):
        cheat = plan["milestones"][0]["steps"][0]["microsteps"][0] | {
            "id": identifier,
            "status": "done",
            "aliases": names,
        }
        whole = {**plan, "milestones": [{**plan["milestones"][0]}]}
        step = {**plan["milestones"][0]["steps"][0]}
        step["microsteps"] = [*step["microsteps"][1:], cheat]
        whole["milestones"][0]["steps"] = [step]
        answer = api.put(f"{base}/plan", whole, If_Match="*")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_proven"), answer.json()
        assert answer.json()["microsteps"][0]["id"] == identifier


def test_what_arrives_done_is_kept_and_unproven(tenant: Tenant, access_of: Any) -> None:
    plans.change_plan(
        tenant.actor,
        tenant.project_id,
        edits=[plans.AddEdit("m1.s1", "Came done", fields={"status": "done", "criteria": ["x"]})],
    )
    with access_of() as access:
        counts = qa.project_proof(access).counts
    assert (counts.done, counts.proven, counts.unproven) == (1, 0, 1)


def test_a_restore_keeps_what_was_done(tenant: Tenant, access_of: Any) -> None:
    prove(tenant, ONE)
    number = done(tenant).revision
    plans.change_plan(
        tenant.actor,
        tenant.project_id,
        edits=[plans.SetEdit([ONE], "criteria", ["new"]), plans.SetEdit([ONE], "status", "todo")],
    )
    plans.restore_revision(tenant.actor, tenant.project_id, number=number)
    with access_of() as access:
        assert qa.project_proof(access).counts.done == 1


def test_an_edit_afterwards_makes_it_stale_and_names_what_depends_on_it(
    tenant: Tenant, access_of: Any
) -> None:
    prove(tenant, ONE)
    done(tenant)
    for identifier, field, value in (
        ("m1.s1.ms2", "depends_on", [ONE]),
        (ONE, "criteria", ["it holds 0", "it holds twice"]),
    ):
        plans.edit_field(
            tenant.actor,
            tenant.project_id,
            entity_id=identifier,
            field=field,
            value=value,
            seen=ABSENT if field == "depends_on" else ["it holds 0", "it holds 1"],
        )
    with access_of() as access:
        proof = qa.project_proof(access, microstep_id=ONE)
    assert proof.microsteps[0].proof == "stale"
    assert [one.state for one in proof.microsteps[0].criteria] == ["passed", "stale"]
    assert proof.microsteps[0].affected == ["m1.s1.ms2"]
    assert (proof.counts.done, proof.counts.proven) == (1, 0)

"""The policy says which status may follow which: every way into a plan obeys it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Event
from factories import Api, Tenant, add_person
from factories.clones import Clone
from factories.evidence import checked_plan, prove

ONE, TWO, THREE = "m1.s1.ms1", "m1.s1.ms2", "m1.s1.ms3"
POLICY = """\
version: 1
evidence: {mode: "off"}
microsteps:
  allowed_transitions:
    todo: [doing]
    doing: [blocked, done]
    blocked: [doing]
    done: []
"""

# From todo nothing leads to done.
APART = POLICY.replace("todo: [doing]", "todo: [blocked]").replace("[doing]", "[todo]")


def allow(tenant: Tenant, text: str = POLICY) -> None:
    governance.save_policy(tenant.actor, tenant.project_id, text=text, expected=[governance.ANY])


@pytest.fixture
def plan() -> dict[str, Any]:
    made = checked_plan(3, criteria=2)
    for row in made["milestones"][0]["steps"][0]["microsteps"][1:]:
        row["status"] = "todo"
    return made


@pytest.fixture
def ruled(tenant: Tenant) -> Tenant:
    allow(tenant)
    return tenant


def move(tenant: Tenant, status: str, identifier: str = TWO) -> plans.SavedPlan:
    return plans.set_status(tenant.actor, tenant.project_id, entity_id=identifier, status=status)


def statuses(tenant: Tenant) -> dict[str, str | None]:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        step = plans.read_plan(access).plan()["milestones"][0]["steps"][0]
    return {row["id"]: row.get("status") for row in step["microsteps"]}


def test_a_status_that_may_not_follow_is_refused_and_says_by_what(ruled: Tenant) -> None:
    with pytest.raises(plans.TransitionRefused) as refused:
        move(ruled, "done")
    told = refused.value.extensions
    assert (refused.value.status, refused.value.code) == (409, "transition_refused")
    assert told["microsteps"] == [
        {
            "id": TWO,
            "title": told["microsteps"][0]["title"],
            "before": "todo",
            "after": "done",
            "allowed": ["doing"],
            "clause": "microsteps.allowed_transitions.todo",
            "owner": "PM",
        }
    ]
    assert told["next_command"] == f"br start {TWO}"
    assert f"{TWO} goes from todo to done; after todo may follow doing" in refused.value.detail
    assert "PM can change that" in refused.value.detail
    assert statuses(ruled)[TWO] == "todo"


def test_what_may_follow_goes_through(ruled: Tenant) -> None:
    for status in ("doing", "done"):
        assert move(ruled, status).created
    with pytest.raises(plans.TransitionRefused) as refused:
        move(ruled, "todo")
    assert "after done may follow nothing" in refused.value.detail
    move(ruled, "blocked", ONE)
    assert move(ruled, "doing", ONE).created


def test_the_problem_document(ruled: Tenant, api: Api, base: str) -> None:
    body = {"edits": [{"do": "set", "ids": [TWO], "field": "status", "value": "done"}]}
    answer = api.post(f"{base}/plan/edits", body)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "transition_refused")
    assert (told["microstep"], told["before"], told["after"]) == (TWO, "todo", "done")
    assert (told["allowed"], told["owner"]) == (["doing"], "PM")
    assert told["clause"] == "microsteps.allowed_transitions.todo"


@pytest.mark.parametrize("trick", ["set", "replace", "rename"])
def test_a_whole_document_hides_no_move(
    ruled: Tenant, api: Api, base: str, plan: dict[str, Any], trick: str
) -> None:
    step = plan["milestones"][0]["steps"][0]
    cheat = copy.deepcopy(step["microsteps"][0])  # doing
    cheat["status"] = "todo"
    if trick == "rename":
        cheat |= {"id": "m1.s1.ms9", "aliases": [ONE]}
    step["microsteps"] = (
        [cheat, *step["microsteps"][1:]] if trick == "set" else [*step["microsteps"][1:], cheat]
    )
    answer = api.put(f"{base}/plan", plan, If_Match="*")
    assert (answer.status_code, answer.json()["code"]) == (409, "transition_refused"), trick
    assert answer.json()["before"] == "doing"


def test_what_is_new_moves_nowhere(ruled: Tenant) -> None:
    edits = [plans.AddEdit("m1.s1", "New", fields={"status": "done"})]
    assert plans.change_plan(ruled.actor, ruled.project_id, edits=edits).created


def test_sync_leaves_out_what_may_not_follow(ruled: Tenant, api: Api) -> None:
    clone = Clone(api, ruled.project_id).pull()
    clone.find(ONE)["status"] = "todo"
    clone.find(ONE)["title"] = "Renamed"
    clone.find(THREE)["status"] = "doing"
    told = clone.sync()
    assert [(one["id"], one["code"]) for one in told["refused"]] == [(ONE, "transition_refused")]
    refused = told["refused"][0]
    assert (refused["before"], refused["after"]) == ("doing", "todo")
    assert refused["allowed"] == ["blocked", "done"]
    assert refused["clause"] == "microsteps.allowed_transitions.doing"
    assert statuses(ruled) == {ONE: "doing", TWO: "todo", THREE: "doing"}
    assert clone.find(ONE)["title"] == "Renamed"


def test_a_clone_brings_what_several_moves_came_to(ruled: Tenant, api: Api) -> None:
    """Started and finished between two syncs: each move was allowed."""
    clone = Clone(api, ruled.project_id).pull()
    clone.find(TWO)["status"] = "done"
    assert clone.sync()["refused"] == []
    assert statuses(ruled)[TWO] == "done"


def test_both_reasons_in_one_sync_name_each_microstep_once(tenant: Tenant, api: Api) -> None:
    allow(tenant, APART.replace('evidence: {mode: "off"}\n', ""))
    prove(tenant, THREE)
    clone = Clone(api, tenant.project_id).pull()
    for identifier in (ONE, TWO, THREE):
        clone.find(identifier)["status"] = "done"
    told = {one["id"]: one["code"] for one in clone.sync()["refused"]}
    assert told == {
        ONE: "not_proven",
        TWO: "transition_refused",
        THREE: "transition_refused",
    }
    assert statuses(tenant) == {ONE: "doing", TWO: "todo", THREE: "todo"}


def test_alert_lets_it_through_and_tells(tenant: Tenant, api: Api) -> None:
    allow(tenant, APART + "violations:\n  microstep-transition: {action: alert}\n")
    saved = move(tenant, "done")
    assert [(one["id"], one["code"]) for one in saved.warnings] == [(TWO, "transition_refused")]
    with tenant_scope(tenant.org_id):
        event = Event.objects.filter(kind="plan.revised").order_by("-id")[0]
    assert event.data["out_of_order"] == [TWO]
    clone = Clone(api, tenant.project_id).pull()
    clone.find(THREE)["status"] = "done"
    told = clone.sync()
    assert (told["refused"], [one["id"] for one in told["warnings"]]) == ([], [THREE])


def test_approve_lets_those_move_who_hold_the_role(tenant: Tenant, api: Api, base: str) -> None:
    escalation = "{action: approve, escalation: TechLead}"
    allow(tenant, POLICY + f"violations:\n  microstep-transition: {escalation}\n")
    with pytest.raises(plans.TransitionRefused) as refused:
        move(tenant, "done")
    assert refused.value.extensions["owner"] == "TechLead"
    body = {"edits": [{"do": "set", "ids": [TWO], "field": "status", "value": "done"}]}
    assert api.post(f"{base}/plan/edits", body).status_code == 409
    lead = tenancy.actor_for_person(add_person(tenant, project_role="techlead"))
    assert plans.set_status(lead, tenant.project_id, entity_id=TWO, status="done").created


def test_phases_have_rules_of_their_own(tenant: Tenant) -> None:
    allow(
        tenant,
        "version: 1\nevidence: {mode: 'off'}\nphases:\n  m1:\n    microsteps:\n"
        "      allowed_transitions: {todo: [doing]}\n",
    )
    with pytest.raises(plans.TransitionRefused):
        move(tenant, "done")
    allow(
        tenant,
        "version: 1\nevidence: {mode: 'off'}\nphases:\n  m7:\n    microsteps:\n"
        "      allowed_transitions: {todo: [doing]}\n",
    )
    assert move(tenant, "done").created

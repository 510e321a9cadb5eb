"""Conflicts that clones report, and what is decided about them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.events.models import Event
from buildrunner.spec.document import index
from buildrunner.spec.drift import conflict_digest
from factories import Api, Tenant, add_person, make_key, make_tenant, small_plan
from factories.drift import CLONE, conflict, finding, overlap, report

MS = "m1.s1.ms1"


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant.key)


@pytest.fixture
def base(tenant: Tenant) -> str:
    return f"/api/projects/{tenant.project_id}"


def told(api: Api, base: str, **members: Any) -> dict[str, Any]:
    answer = api.post(f"{base}/drift-reports", report(**members))
    assert answer.status_code == 200, answer.content
    return answer.json()


def choose(api: Api, base: str, one: dict[str, Any], choice: str, **more: Any) -> Any:
    body = {"digest": conflict_digest(one), "choice": choice, **more}
    return api.post(f"{base}/conflict-choices", body)


def head(tenant: Tenant) -> tuple[int, dict[str, Any]]:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        stored = plans.read_plan(access)
    return stored.revision, stored.plan()


def title(tenant: Tenant) -> Any:
    return index(head(tenant)[1])[MS].value.get("title")


def events(tenant: Tenant, kind: str) -> list[Any]:
    with tenancy.project_scope(tenant.actor, tenant.project_id):
        return list(Event.objects.filter(kind=kind).order_by("id"))


def test_ours_is_written_at_once_and_both_values_stay_on_record(
    tenant: Tenant, api: Api, base: str
) -> None:
    told(api, base, conflicts=[conflict()])
    answer = choose(api, base, conflict(), "ours")
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["revision"] == 2
    assert title(tenant) == "Ours"
    event = events(tenant, "conflict.chosen")[-1]
    assert (event.data["ours"], event.data["theirs"], event.data["base"]) == ("Ours", "T", "Before")
    assert event.data["revision"] == 2
    assert made["resolution"] == {"id": MS, "field": "title", "take": "ours"}


def test_theirs_writes_nothing_and_answers_the_clone(tenant: Tenant, api: Api, base: str) -> None:
    told(api, base, conflicts=[conflict()])
    made = choose(api, base, conflict(), "theirs").json()
    assert made["revision"] is None
    assert head(tenant)[0] == 1
    listed = api.get(f"{base}/conflict-choices").json()["items"]
    assert [each["resolution"]["take"] for each in listed] == ["theirs"]


def test_another_value_answers_the_conflict_as_it_is_afterwards_too(
    tenant: Tenant, api: Api, base: str
) -> None:
    told(api, base, conflicts=[conflict()])
    made = choose(api, base, conflict(), "value", value="Third").json()
    assert title(tenant) == "Third"
    assert set(made["answers"]) == {
        conflict_digest(conflict()),
        conflict_digest(conflict(theirs="Third")),
    }


def test_both_joins_lists_and_only_lists(tenant: Tenant, api: Api, base: str) -> None:
    lists = conflict(base=["c"], ours=["c", "mine"], theirs=["c"], field="criteria")
    told(api, base, conflicts=[lists, conflict()])
    assert choose(api, base, lists, "both").status_code == 201
    assert index(head(tenant)[1])[MS].value["criteria"] == ["c", "mine"]
    refusal = choose(api, base, conflict(), "both")
    assert (refusal.status_code, refusal.json()["code"]) == (422, "choice_invalid")


def test_a_value_taken_out_is_a_choice_too(tenant: Tenant, api: Api, base: str) -> None:
    owner = {k: v for k, v in conflict(field="owner").items() if k not in ("base", "theirs")}
    told(api, base, conflicts=[owner])
    assert choose(api, base, owner, "ours").status_code == 201
    assert index(head(tenant)[1])[MS].value["owner"] == "Ours"


def test_what_moved_meanwhile_is_not_written_over(tenant: Tenant, api: Api, base: str) -> None:
    told(api, base, conflicts=[conflict()])
    plans.edit_plan(
        tenant.actor,
        tenant.project_id,
        change=[{"op": "set", "id": MS, "field": "title", "value": "Newer"}],
    )
    answer = choose(api, base, conflict(), "ours")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict_moved")
    assert answer.json()["current"] == "Newer"
    assert title(tenant) == "Newer"
    assert api.get(f"{base}/conflict-choices").json()["items"] == []


def test_a_decision_can_be_changed_and_the_first_one_stays_told(
    tenant: Tenant, api: Api, base: str
) -> None:
    told(api, base, conflicts=[conflict()])
    choose(api, base, conflict(), "ours")
    assert choose(api, base, conflict(), "theirs").json()["revision"] == 3
    assert title(tenant) == "T"
    listed = api.get(f"{base}/conflict-choices").json()["items"]
    assert [(each["choice"], each["replaced_at"] is None) for each in listed] == [
        ("theirs", True),
        ("ours", False),
    ]


def test_a_conflict_of_whole_entities_waits_for_the_clone(
    tenant: Tenant, api: Api, base: str
) -> None:
    gone = {"id": MS, "kind": "entity", "field": "entity", "base": {"id": MS}, "theirs": {"id": MS}}
    told(api, base, conflicts=[gone])
    made = choose(api, base, gone, "ours")
    assert made.status_code == 201
    assert made.json()["revision"] is None
    assert choose(api, base, gone, "value", value=1).json()["code"] == "choice_invalid"


def test_done_without_proof_is_not_chosen_past_the_gate(
    tenant: Tenant, api: Api, base: str
) -> None:
    unproven = conflict(field="status", base="doing", ours="done", theirs="todo")
    told(api, base, conflicts=[unproven])
    answer = choose(api, base, unproven, "ours")
    assert answer.json()["code"] == "not_proven"
    assert head(tenant)[0] == 1
    assert api.get(f"{base}/conflict-choices").json()["items"] == []


def test_what_nobody_reports_is_no_conflict(api: Api, base: str) -> None:
    answer = choose(api, base, conflict(), "ours")
    assert (answer.status_code, answer.json()["code"]) == (404, "conflict_absent")
    told(api, base, conflicts=[conflict()])
    told(api, base, conflicts=[])
    assert choose(api, base, conflict(), "ours").status_code == 404


def test_the_newest_report_of_a_clone_stands_and_the_event_tells_of_the_one_before(
    tenant: Tenant, api: Api, base: str
) -> None:
    first = told(api, base, findings=[finding()], conflicts=[conflict()], commit="a" * 40)
    second = told(api, base, findings=[finding(), finding()])
    assert first["id"] == second["id"]
    assert second["counts"] == {"microstep_unknown": 2}
    assert len(second["conflicts"]) == 1, "what is not told stays"
    assert len(api.get(f"{base}/drift-reports").json()["items"]) == 1
    data = events(tenant, "drift.reported")[-1].data
    assert data["before"]["counts"] == {"microstep_unknown": 1}
    assert data["counts"] == {"microstep_unknown": 2}
    told(api, base, branch="other")
    assert len(api.get(f"{base}/drift-reports").json()["items"]) == 2


def test_reports_of_two_people_stand_beside_each_other(tenant: Tenant, api: Api, base: str) -> None:
    told(api, base)
    _, secret = make_key(add_person(tenant, project_role="contributor"))
    told(Api(secret), base)
    assert len(api.get(f"{base}/drift-reports").json()["items"]) == 2


def test_ci_reports_with_the_right_to_bring_evidence_and_cannot_decide(
    tenant: Tenant, api: Api, base: str
) -> None:
    _, secret = make_key(tenant.person, scopes=["qa.run"], project_id=tenant.project_id,
                         org_id=tenant.org_id)  # fmt: skip
    told(Api(secret), base, conflicts=[conflict()])
    assert choose(Api(secret), base, conflict(), "ours").status_code == 403
    viewer = add_person(tenant, project_role="viewer")
    _, reading = make_key(viewer)
    assert Api(reading).post(f"{base}/drift-reports", report()).status_code == 403
    assert Api(reading).get(f"{base}/drift").status_code == 200


def test_a_forgotten_report_is_gone(tenant: Tenant, api: Api, base: str) -> None:
    made = told(api, base, findings=[finding()])
    assert api.delete(f"{base}/drift-reports/{made['id']}").status_code == 204
    assert api.delete(f"{base}/drift-reports/{made['id']}").status_code == 404
    assert api.get(f"{base}/drift-reports").json()["items"] == []
    assert events(tenant, "drift.forgotten")[-1].data["counts"] == {"microstep_unknown": 1}


@pytest.mark.parametrize(
    "members",
    [
        {"findings": [{"code": "<script>"}]},
        {"findings": ["text"]},
        {"findings": [finding()] * 2001},
        {"conflicts": [{"id": "a"}]},
        {"conflicts": [conflict(kind="guess")]},
        {"conflicts": [conflict(ours="x" * 300_000)]},
        {"overlaps": [{"branches": ["one"]}]},
        {"clone": "a b"},
        {"commit": "HEAD"},
        {"branch": "a\nb"},
    ],
    ids=str,
)
def test_what_is_no_report_is_refused(api: Api, base: str, members: dict[str, Any]) -> None:
    answer = api.post(f"{base}/drift-reports", report(**members))
    assert answer.status_code == 422, answer.content


def test_a_report_beyond_the_limit_is_refused_before_it_is_read(api: Api, base: str) -> None:
    answer = api.post(f"{base}/drift-reports", report(label="x" * (5 * 1024 * 1024)))
    assert answer.status_code == 413


def test_branches_that_meet_are_kept_with_both_edits(api: Api, base: str) -> None:
    told(api, base, overlaps=[overlap()])
    (meeting,) = api.get(f"{base}/drift").json()["meetings"]
    assert meeting["branches"] == ["gauge", "radio"]
    assert [(each["id"], each["commits"]) for each in meeting["items"]] == [(MS, False), (MS, True)]
    assert json.dumps(meeting, ensure_ascii=False).count("title: T → U") == 2
    assert meeting["clone"] == CLONE

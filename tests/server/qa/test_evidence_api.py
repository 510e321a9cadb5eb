"""Evidence, sign-offs and quarantines over the API, and how they are cheated with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from buildrunner.evidence.signing import encode, public_key
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Api, Tenant, add_person, make_key, make_tenant
from factories.evidence import (
    add_signer,
    attested,
    checked_plan,
    failing,
    make_record,
    prove,
    public_key_id,
)

ONE = "m1.s1.ms1"


def send(api: Api, base: str, *records: Any) -> dict[str, Any]:
    answer = api.post(f"{base}/evidence", {"records": list(records), "run": "build 7"})
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


def state_of(api: Api, base: str, criterion: int = 0, identifier: str = ONE) -> str:
    answer = api.get(f"{base}/proof?microstep_id={identifier}").json()
    state: str = answer["items"][0]["criteria"][criterion]["state"]
    return state


class Browser:
    """A person's session, calling the API as the pages do."""

    def __init__(self, person: Any) -> None:
        self.client = Client()
        self.client.force_login(person)

    def post(self, path: str, body: object) -> Any:
        return self.client.post(path, body, content_type="application/json")


def test_a_record_is_kept_once_and_read_again(api: Api, base: str, plan: dict[str, Any]) -> None:
    record = make_record(plan)
    first = send(api, base, record)
    assert (first["stored"], first["known"], first["rejected"]) == (1, 0, [])
    again = send(api, base, record, record)
    assert (again["stored"], again["known"]) == (0, 1)
    assert again["addresses"] == first["addresses"]
    whole = api.get(f"{base}/evidence/{first['addresses'][0]}").json()
    assert whole["record"] == record
    assert (whole["key_id"], whole["anchored"]) == (public_key_id(), False)
    listed = api.get(f"{base}/evidence?microstep_id={ONE}&state=passed").json()["items"]
    assert [one["address"] for one in listed] == first["addresses"]
    assert listed[0]["run_group"] == "build 7"
    assert api.get(f"{base}/evidence?state=failed").json()["items"] == []
    assert api.get(f"{base}/evidence/{'0' * 64}").json()["code"] == "evidence_absent"


def test_pages_of_evidence(api: Api, base: str, plan: dict[str, Any]) -> None:
    send(api, base, *(make_record(plan) for _ in range(5)))
    first = api.get(f"{base}/evidence?limit=3").json()
    rest = api.get(f"{base}/evidence?limit=3&cursor={first['next_cursor']}").json()
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (3, 2, None)
    assert not {one["id"] for one in first["items"]} & {one["id"] for one in rest["items"]}


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (lambda record: record | {"outcome": "passed", "exit": 3}, "bad_signature"),
        (lambda record: record | {"extra": 1}, "bad_record"),
        (lambda record: {"type": "buildrunner.evidence/1"}, "bad_record"),
        (lambda record: {}, "bad_record"),
    ],
)
def test_what_was_altered_is_not_taken(
    api: Api, base: str, plan: dict[str, Any], what: Any, code: str
) -> None:
    answer = send(api, base, what(make_record(plan)), make_record(plan))
    assert [one["code"] for one in answer["rejected"]] == [code]
    assert answer["rejected"][0]["index"] == 0
    assert answer["stored"] == 1  # the others are kept


def test_a_criterion_of_another_text_under_its_old_digest_is_no_record(
    api: Api, base: str, plan: dict[str, Any]
) -> None:
    good = make_record(plan)
    criterion = {**good["criterion"], "text": "anything at all"}
    told = send(api, base, make_record(plan) | {}, make_record(plan, criterion=criterion["index"]))
    assert told["rejected"] == []
    lie = make_record(plan, reason="")
    lie = {**lie, "criterion": criterion}
    assert send(api, base, lie)["rejected"][0]["code"] == "bad_record"


def test_evidence_for_another_text_proves_nothing(
    api: Api, base: str, plan: dict[str, Any]
) -> None:
    other = checked_plan(3, criteria=2)
    other["milestones"][0]["steps"][0]["microsteps"][0]["criteria"][0] = "it holds, nearly"
    assert send(api, base, make_record(other))["stored"] == 1
    assert state_of(api, base) == "stale"


def test_evidence_of_another_check_proves_nothing(
    api: Api, base: str, plan: dict[str, Any]
) -> None:
    other = checked_plan(3, criteria=2)
    other["milestones"][0]["steps"][0]["checks"][0]["run"] = "true"
    send(api, base, make_record(other))
    assert state_of(api, base) == "stale"


def test_a_record_of_another_project_is_not_taken(
    api: Api, base: str, plan: dict[str, Any]
) -> None:
    replayed = make_record({**plan, "projectId": "other"})
    assert send(api, base, replayed)["rejected"][0]["code"] == "other_project"


def test_a_record_from_the_future_would_stay_the_newest(
    api: Api, base: str, plan: dict[str, Any]
) -> None:
    late = make_record(plan, started_at="2999-01-01T00:00:00Z")
    assert send(api, base, late)["rejected"][0]["code"] == "from_the_future"


def test_anothers_evidence_counts_only_where_it_was_sent(
    api: Api, base: str, plan: dict[str, Any]
) -> None:
    foreign = make_tenant(name="Mallory", plan=plan)
    theirs = f"/api/projects/{foreign.project_id}"
    stranger = Api(foreign.key)
    address = send(stranger, theirs, make_record(plan))["addresses"][0]
    assert state_of(api, base) == "missing"
    assert api.get(f"{base}/evidence/{address}").status_code == 404
    assert stranger.post(f"{base}/evidence", {"records": [make_record(plan)]}).status_code == 404


def test_who_says_ci_must_be_ci(tenant: Tenant, base: str, plan: dict[str, Any]) -> None:
    """A key that may do everything lies on somebody's computer; one for machines is narrow."""
    mighty, machine = Api(tenant.key), Api(make_key(tenant.person, scopes=["qa.run"])[1])
    for caller, believed in ((mighty, False), (machine, True)):
        address = send(caller, base, make_record(plan, runner="ci"))["addresses"][0]
        told = mighty.get(f"{base}/evidence/{address}").json()
        assert (told["runner_class"], told["believed"]) == ("ci", believed)
    local = send(mighty, base, make_record(plan))["addresses"][0]
    assert mighty.get(f"{base}/evidence/{local}").json()["believed"]


def test_once_the_organization_vouches_for_runners_only_they_are_ci(
    tenant: Tenant, base: str, plan: dict[str, Any]
) -> None:
    """Whoever may make a key with narrow scopes does not thereby speak for CI."""
    runner = bytes(range(2, 34))
    audit.register_key(
        tenant.actor, tenant.org_id, name="ci", public_key=encode(public_key(runner))
    )
    machine = Api(make_key(tenant.person, scopes=["qa.run"])[1])
    for more, believed in (({}, False), ({"key": runner}, True)):
        address = send(machine, base, make_record(plan, runner="ci", **more))["addresses"][0]
        told = Api(tenant.key).get(f"{base}/evidence/{address}").json()
        assert told["believed"] == believed


def test_a_program_does_not_sign(tenant: Tenant, api: Api, base: str) -> None:
    service, _ = (
        tenancy.create_service_account(tenant.actor, tenant.org_id, name="Agent", role="admin"),
        None,
    )
    _, secret = tenancy.create_api_key(
        tenant.actor, name="agent", scopes=["*"], org_id=tenant.org_id, service_id=service.id
    )
    wish = {"microstep_id": ONE, "criterion": 0}
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    aside = {"check_digest": "sha256:" + "0" * 64, "reason": "x", "until": until}
    for caller in (api, Api(secret)):
        for path, body in (("sign-offs", wish), ("quarantines", aside)):
            answer = caller.post(f"{base}/{path}", body)
            assert (answer.status_code, answer.json()["code"]) == (403, "in_person_only")
            assert answer.json()["page"].endswith("/tests")


def test_self_attesting_does_not_count_where_others_could_sign(
    tenant: Tenant, api: Api, base: str, plan: dict[str, Any]
) -> None:
    assert send(api, base, attested(plan))["stored"] == 1
    proof = api.get(f"{base}/proof?microstep_id={ONE}").json()["items"][0]
    assert proof["criteria"][0]["state"] == "self_attested"
    answer = api.post(
        f"{base}/plan/edits",
        {"edits": [{"do": "set", "ids": [ONE], "field": "status", "value": "done"}]},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "not_proven")
    states = [one["state"] for one in answer.json()["microsteps"][0]["missing"]]
    assert states == ["missing", "missing"]


def test_an_uploaded_signature_of_a_role_is_refused(
    api: Api, base: str, plan: dict[str, Any]
) -> None:
    from buildrunner.evidence.record import sign
    from factories.evidence import KEY

    forged = attested(plan) | {"self_attested": False}
    forged["by"] = {"id": "1", "name": "Grace", "role": "QA"}
    forged.pop("signature")
    assert send(api, base, sign(forged, KEY))["rejected"][0]["code"] == "signed_elsewhere"


def test_somebody_else_signs_and_takes_it_back(tenant: Tenant, api: Api, base: str) -> None:
    grace = add_person(tenant, project_role="qa")
    browser = Browser(grace)
    made = browser.post(f"{base}/sign-offs", {"microstep_id": ONE, "criterion": 0, "note": "ok"})
    assert made.status_code == 201, made.content
    assert made.json()["by"]["role"] == "QA"
    assert state_of(api, base) == "signed_off"
    again = browser.post(f"{base}/sign-offs", {"microstep_id": ONE, "criterion": 0})
    assert again.json()["id"] == made.json()["id"]
    listed = api.get(f"{base}/sign-offs").json()["items"]
    assert [(one["criterion"], one["note"]) for one in listed] == [(0, "ok")]
    gone = browser.client.delete(f"{base}/sign-offs/{made.json()['id']}")
    assert gone.status_code == 204
    assert state_of(api, base) == "missing"
    twice = browser.client.delete(f"{base}/sign-offs/{made.json()['id']}")
    assert twice.json()["code"] == "sign_off_absent"


def test_a_contributor_may_not_sign(tenant: Tenant, base: str) -> None:
    browser = Browser(add_person(tenant, project_role="contributor"))
    answer = browser.post(f"{base}/sign-offs", {"microstep_id": ONE, "criterion": 0})
    assert (answer.status_code, answer.json()["permission"]) == (403, "evidence.sign_off")


def test_the_author_does_not_sign_alone(tenant: Tenant, api: Api, base: str) -> None:
    lead = add_person(tenant, project_role="techlead")
    _, key = make_key(lead)
    assert Api(key).post(f"{base}/claims", {"microstep_id": ONE}).status_code == 201
    Api(key).delete(f"{base}/claims/{ONE}")
    browser = Browser(lead)
    wish = {"microstep_id": ONE, "criterion": 0}
    refused = browser.post(f"{base}/sign-offs", wish)
    assert (refused.status_code, refused.json()["code"]) == (403, "author_alone")
    assert "held the claim" in refused.json()["detail"]
    assert tenant.person.name in [one["name"] for one in refused.json()["people"]]
    # Another one's word first: then the author's may stand beside it.
    grace = Browser(add_person(tenant, project_role="qa"))
    assert grace.post(f"{base}/sign-offs", wish).status_code == 201
    assert browser.post(f"{base}/sign-offs", wish).status_code == 201


def test_an_author_does_not_stay_behind_alone(tenant: Tenant, api: Api, base: str) -> None:
    lead = add_person(tenant, project_role="techlead")
    assert Api(make_key(lead)[1]).post(f"{base}/claims", {"microstep_id": ONE}).status_code == 201
    grace = Browser(add_person(tenant, project_role="qa"))
    wish = {"microstep_id": ONE, "criterion": 0}
    hers = grace.post(f"{base}/sign-offs", wish).json()["id"]
    assert Browser(lead).post(f"{base}/sign-offs", wish).status_code == 201
    assert grace.client.delete(f"{base}/sign-offs/{hers}").status_code == 204
    assert state_of(api, base) == "missing"
    assert all(one["revoked_at"] for one in api.get(f"{base}/sign-offs").json()["items"])


def test_taking_it_out_and_putting_it_back_makes_an_author(
    tenant: Tenant, base: str, plan: dict[str, Any]
) -> None:
    lead = add_person(tenant, project_role="techlead")
    gone = {**plan, "milestones": [{**plan["milestones"][0]}]}
    step = {**plan["milestones"][0]["steps"][0]}
    mine = {**step["microsteps"][0], "criteria": ["it is easy"]}
    caller = Api(make_key(lead)[1])
    for microsteps in (step["microsteps"][1:], [mine, *step["microsteps"][1:]]):
        gone["milestones"][0]["steps"] = [{**step, "microsteps": microsteps}]
        assert caller.put(f"{base}/plan", gone, If_Match="*").status_code in (200, 201)
    refused = Browser(lead).post(f"{base}/sign-offs", {"microstep_id": ONE, "criterion": 0})
    assert (refused.status_code, refused.json()["code"]) == (403, "author_alone")


@pytest.mark.parametrize(
    ("field", "value"), [("status", "blocked"), ("criteria", ["it holds, more or less"])]
)
def test_whoever_moved_it_or_wrote_its_criteria_is_an_author(
    tenant: Tenant, base: str, field: str, value: Any
) -> None:
    lead = add_person(tenant, project_role="techlead")
    plans.change_plan(
        tenancy.actor_for_person(lead),
        tenant.project_id,
        edits=[plans.SetEdit([ONE], field, value)],
    )
    wish = {"microstep_id": ONE, "criterion": 0}
    refused = Browser(lead).post(f"{base}/sign-offs", wish)
    assert (refused.status_code, refused.json()["code"]) == (403, "author_alone")
    assert field in refused.json()["detail"]


def test_a_signature_is_for_the_text_that_was_seen(tenant: Tenant, api: Api, base: str) -> None:
    grace = Browser(add_person(tenant, project_role="qa"))
    seen = api.get(f"{base}/proof?microstep_id={ONE}").json()["items"][0]["criteria"][0]["digest"]
    plans.change_plan(
        tenant.actor, tenant.project_id, edits=[plans.SetEdit([ONE], "criteria", ["other", "b"])]
    )
    wish = {"microstep_id": ONE, "criterion": 0, "seen": seen}
    refused = grace.post(f"{base}/sign-offs", wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "criterion_changed")
    assert refused.json()["text"] == "other"


def test_a_flaky_check_is_set_aside_for_a_while(
    tenant: Tenant, api: Api, base: str, plan: dict[str, Any]
) -> None:
    prove(tenant, ONE)
    grace = Browser(add_person(tenant, project_role="qa"))
    digest = make_record(plan)["check"]["digest"]
    until = datetime.now(UTC) + timedelta(days=7)
    wish = {"check_digest": digest, "reason": "times out", "until": until.isoformat()}
    steady = grace.post(f"{base}/quarantines", wish)
    assert (steady.status_code, steady.json()["code"]) == (409, "not_flaky")

    send(api, base, failing(plan))
    check = api.get(f"{base}/proof?microstep_id={ONE}").json()["items"][0]["criteria"][0]["checks"]
    assert (check[0]["flaky"], check[0]["history"]) == (True, ["passed", "failed"])
    far = {**wish, "until": (until + timedelta(days=60)).isoformat()}
    assert grace.post(f"{base}/quarantines", far).status_code == 422
    made = grace.post(f"{base}/quarantines", wish)
    assert made.status_code == 201, made.content
    # It neither fails nor proves: somebody has to sign.
    proof = api.get(f"{base}/proof?microstep_id={ONE}").json()["items"][0]["criteria"]
    assert [one["state"] for one in proof] == ["missing", "missing"]
    assert "quarantine" in proof[0]["reason"]
    assert api.get(f"{base}/quarantines").json()["items"][0]["check_id"] == "unit"
    assert grace.client.delete(f"{base}/quarantines/{made.json()['id']}").status_code == 204
    assert state_of(api, base) == "failed"


def test_a_quarantine_ends(tenant: Tenant, api: Api, base: str, plan: dict[str, Any]) -> None:
    from buildrunner.server.domains.qa.models import Quarantine

    send(api, base, make_record(plan), failing(plan))
    grace = Browser(add_person(tenant, project_role="qa"))
    wish = {
        "check_digest": make_record(plan)["check"]["digest"],
        "reason": "times out",
        "until": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }
    assert grace.post(f"{base}/quarantines", wish).status_code == 201
    assert state_of(api, base) == "missing"
    with tenancy.project_scope(tenant.actor, tenant.project_id):
        Quarantine.objects.filter(project_id=tenant.project_id).update(
            until=datetime.now(UTC) - timedelta(seconds=1)
        )
    assert state_of(api, base) == "failed"


def test_a_rerun_is_asked_for(api: Api, base: str) -> None:
    asked = api.post(f"{base}/checks/rerun-requests", {"microstep_ids": [ONE, ONE]})
    assert (asked.status_code, asked.json()["command"]) == (202, f"br qa run {ONE}")
    for body, code in (
        ({"microstep_ids": ["nope"]}, "entity_absent"),
        ({"microstep_ids": [ONE], "check_id": "nope"}, "check_absent"),
    ):
        assert api.post(f"{base}/checks/rerun-requests", body).json()["code"] == code


def test_the_server_signs_with_a_key_of_the_organization(tenant: Tenant, access_of: Any) -> None:
    import json

    from buildrunner.evidence.record import verify
    from buildrunner.server.domains.qa import facade as qa
    from buildrunner.server.domains.qa.models import SignOff, SignOffKey

    signer = add_signer(tenant.actor, tenant.project_id)
    for criterion in (0, 1):
        qa.sign_off(signer, tenant.project_id, microstep_id=ONE, criterion=criterion)
    with access_of():
        records = [json.loads(row.record) for row in SignOff.objects.all()]
        key = SignOffKey.objects.get()
    assert all(verify(record) is None for record in records)
    assert {record["signature"]["key"] for record in records} == {key.key_id}
    assert not key.secret.startswith("{")
    assert key.secret.startswith("v1.")

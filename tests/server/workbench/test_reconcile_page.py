"""The page Reconcile, without scripts, and what the server finds by itself."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.plans.models import Claim
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.spec.document import index
from buildrunner.spec.drift import conflict_digest
from factories import Api, Tenant, add_person, make_tenant, small_plan
from factories.drift import conflict, finding, overlap, report
from factories.evidence import checked_plan, failing, make_record
from kits.visitor import sign_in

MS = "m1.s1.ms1"


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def visitor(tenant: Tenant) -> Client:
    return sign_in(tenant.person)


@pytest.fixture
def home(tenant: Tenant) -> str:
    return f"/projects/{tenant.project_id}/reconcile"


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant.key)


@pytest.fixture
def base(tenant: Tenant) -> str:
    return f"/api/projects/{tenant.project_id}"


def tell(api: Api, base: str, **members: Any) -> None:
    answer = api.post(f"{base}/drift-reports", report(**members))
    assert answer.status_code == 200, answer.content


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def set_status(tenant: Tenant, status: str, identifier: str = MS) -> None:
    """Straight into a plan whose policy asks for no proof."""
    plan = small_plan()
    index(plan)[identifier].value["status"] = status
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        head = plans.read_head(access)
    plans.save_plan(
        tenant.actor, tenant.project_id, data=json.dumps(plan).encode(), expected=[head.etag]
    )


def kinds(api: Api, base: str, query: str = "") -> dict[str, int]:
    answer = api.get(f"{base}/drift{query}")
    assert answer.status_code == 200, answer.content
    found: dict[str, int] = {}
    for each in answer.json()["findings"]:
        found[each["finding"]["code"]] = found.get(each["finding"]["code"], 0) + 1
    return found


def test_where_nobody_reported_the_page_teaches(visitor: Client, home: str) -> None:
    text = text_of(visitor.get(home))
    assert "No clone has reported yet" in text
    assert "br drift --report" in text
    assert "Nothing drifted" in text


def test_without_a_plan_it_says_how_to_push(db: None) -> None:
    tenant = make_tenant()
    answer = sign_in(tenant.person).get(f"/projects/{tenant.project_id}/reconcile")
    assert "br sync" in text_of(answer)


def test_a_conflict_shows_three_sides_and_who(
    visitor: Client, home: str, api: Api, base: str, tenant: Tenant
) -> None:
    plans.edit_plan(
        tenant.actor,
        tenant.project_id,
        change=[{"op": "set", "id": MS, "field": "title", "value": "Theirs, <b>bold</b>"}],
    )
    tell(api, base, conflicts=[conflict(theirs="Theirs, <b>bold</b>", ours="Ours & more")])
    text = text_of(visitor.get(home))
    assert "Theirs, &lt;b&gt;bold&lt;/b&gt;" in text
    assert "Ours &amp; more" in text
    assert "Before" in text
    assert "ines@harbour:tide" in text
    assert tenant.person.name in text, "the author of theirs, found in the history"
    assert "Keep both" not in text
    assert "1</span> conflict to decide" in text


def test_a_choice_on_the_page_is_the_one_of_the_api(
    visitor: Client, home: str, api: Api, base: str
) -> None:
    tell(api, base, conflicts=[conflict()])
    place = f"{home}/conflicts/{conflict_digest(conflict())}"
    assert visitor.get(place).status_code == 302
    answer = visitor.post(f"{place}?kind=conflict", {"choice": "ours"})
    assert answer["Location"] == f"{home}?kind=conflict"
    text = text_of(visitor.get(home))
    assert "Ours stands" in text
    assert "revision 2" in text
    assert "Decided lately" in text
    visitor.post(place, {"choice": "value", "value": "Third\r\nline"})
    assert api.get(f"{base}/plan").json()["milestones"][0]["steps"][0]["microsteps"][0][
        "title"
    ] == ("Third\nline")
    assert "decided otherwise later" in text_of(visitor.get(home))


def test_another_value_of_a_list_is_read_as_json(
    visitor: Client, home: str, api: Api, base: str
) -> None:
    lists = conflict(base=["c"], ours=["c", "mine"], theirs=["c"], field="criteria")
    tell(api, base, conflicts=[lists])
    place = f"{home}/conflicts/{conflict_digest(lists)}"
    visitor.post(place, {"choice": "value", "form": "json", "value": '["a", "b"]'})
    plan = api.get(f"{base}/plan").json()
    assert index(plan)[MS].value["criteria"] == ["a", "b"]


def test_a_refused_choice_is_told_on_the_page(
    visitor: Client, home: str, api: Api, base: str
) -> None:
    tell(api, base, conflicts=[conflict(theirs="Not what the plan holds")])
    place = f"{home}/conflicts/{conflict_digest(conflict(theirs='Not what the plan holds'))}"
    answer = visitor.post(place, {"choice": "ours"}, follow=True)
    assert "another value by now" in text_of(answer)
    gone = visitor.post(f"{home}/conflicts/sha256:{'0' * 64}", {"choice": "ours"}, follow=True)
    assert "No clone reports this conflict" in text_of(gone)


def test_those_who_only_read_see_no_buttons(tenant: Tenant, home: str, api: Api, base: str) -> None:
    tell(api, base, conflicts=[conflict()])
    reader = sign_in(add_person(tenant, project_role="viewer"))
    text = text_of(reader.get(home))
    assert "Take ours" not in text
    assert "Forget" not in text
    place = f"{home}/conflicts/{conflict_digest(conflict())}"
    assert "plan.write" in text_of(reader.post(place, {"choice": "ours"}, follow=True))


def test_filters_are_in_the_address(visitor: Client, home: str, api: Api, base: str) -> None:
    tell(api, base, findings=[finding(), finding("file_unplanned", where="a.py", what="a loose file")],
         conflicts=[conflict()], overlaps=[overlap()])  # fmt: skip
    tell(api, base, clone="other", label="other clone", findings=[finding("work_idle")])
    whole = text_of(visitor.get(home))
    for words in ("Conflicts", "Branches that meet", "Unknown ids", "Unplanned files", "gauge"):
        assert words in whole
    text = text_of(visitor.get(f"{home}?kind=file_unplanned"))
    assert "a loose file" in text
    assert "m1.s1.ms9" not in text
    assert "Take ours" not in text
    assert "a loose file" not in text_of(visitor.get(f"{home}?clone=other"))
    assert "Take ours" in text_of(visitor.get(f"{home}?milestone=m1"))
    assert "Nothing fits" in text_of(visitor.get(f"{home}?kind=check_failing&clone=other"))
    assert kinds(api, base, "?kind=work_idle") == {"work_idle": 1}


def test_a_long_list_goes_on(visitor: Client, home: str, api: Api, base: str) -> None:
    many = [finding("file_unplanned", where=f"f{n:03}.py", what="loose") for n in range(150)]
    tell(api, base, findings=many)
    assert "All 150" in text_of(visitor.get(home))
    first = text_of(visitor.get(f"{home}?kind=file_unplanned"))
    assert "f099.py" in first
    assert "f100.py" not in first
    assert "start=100" in first
    assert "f100.py" in text_of(visitor.get(f"{home}?kind=file_unplanned&start=100"))
    assert "f000.py" in text_of(visitor.get(f"{home}?kind=file_unplanned&start=x"))


def test_what_is_shown_travels_as_csv_and_json(
    visitor: Client, home: str, api: Api, base: str
) -> None:
    tell(api, base, findings=[finding(what="=HYPERLINK(1)")], conflicts=[conflict()],
         overlaps=[overlap()])  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(text_of(visitor.get(f"{home}/export.csv")))))
    assert [each["kind"] for each in rows] == [
        "conflict", "branches_meet", "branches_meet", "microstep_unknown",
    ]  # fmt: skip
    assert rows[3]["what"] == "'=HYPERLINK(1)"
    answer = visitor.get(f"{home}/export.json?kind=conflict")
    (item,) = json.loads(text_of(answer))["items"]
    assert (item["ours"], item["theirs"]) == ('"Ours"', '"T"')
    assert "attachment" in answer["Content-Disposition"]


def test_a_report_is_forgotten_on_the_page(visitor: Client, home: str, api: Api, base: str) -> None:
    tell(api, base, findings=[finding()])
    (one,) = api.get(f"{base}/drift-reports").json()["items"]
    visitor.post(f"{home}/reports/{one['id']}/forget")
    assert api.get(f"{base}/drift-reports").json()["items"] == []


def test_claims_that_ran_out_on_work_in_progress(tenant: Tenant, api: Api, base: str) -> None:
    api.post(f"{base}/claims", {"microstep_id": MS, "holder": "agent-7"})
    with tenancy.project_scope(tenant.actor, tenant.project_id):
        Claim.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert kinds(api, base) == {}, "it is not in work"
    set_status(tenant, "doing")
    assert kinds(api, base) == {"claim_expired": 1}
    with tenancy.project_scope(tenant.actor, tenant.project_id):
        Claim.objects.update(released_at=timezone.now())
    assert kinds(api, base) == {"claim_expired": 1}, "closed by the task, not by its holder"
    api.post(f"{base}/claims", {"microstep_id": MS})
    assert kinds(api, base) == {}


def test_proof_beside_what_is_done(db: None) -> None:
    plan = checked_plan(3)
    for identifier in (MS, "m1.s1.ms2"):
        index(plan)[identifier].value["status"] = "done"
    tenant = make_tenant(plan=plan)
    api, base = Api(tenant.key), f"/api/projects/{tenant.project_id}"
    assert kinds(api, base) == {"done_unproven": 2}
    api.post(f"{base}/evidence", {"records": [failing(plan, MS)]})
    assert kinds(api, base) == {"check_failing": 1, "done_unproven": 1}
    (failed,) = [
        each["finding"] for each in api.get(f"{base}/drift?kind=check_failing").json()["findings"]
    ]
    assert failed["id"] == MS
    assert failed["command"].startswith("br qa run")


def test_evidence_of_what_is_not_in_the_plan(tenant: Tenant, api: Api, base: str) -> None:
    plan = checked_plan(2)
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        head = plans.read_head(access)
    plans.save_plan(
        tenant.actor, tenant.project_id, data=json.dumps(plan).encode(), expected=[head.etag]
    )
    sent = api.post(f"{base}/evidence", {"records": [make_record(plan, "m1.s1.ms2")]})
    assert sent.json()["stored"] == 1, sent.content
    assert kinds(api, base) == {}
    plans.edit_plan(tenant.actor, tenant.project_id, change=[{"op": "remove", "id": "m1.s1.ms2"}])
    assert kinds(api, base) == {"microstep_unknown": 1}

"""The Tests page, without scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Tenant, add_person, make_tenant
from factories.evidence import failing, make_record, prove
from kits.visitor import sign_in

ONE = "m1.s1.ms1"


@pytest.fixture
def home(tenant: Tenant) -> str:
    return f"/projects/{tenant.project_id}/tests"


@pytest.fixture
def visitor(tenant: Tenant) -> Client:
    return sign_in(tenant.person)


@pytest.fixture
def signer(tenant: Tenant) -> Client:
    return sign_in(add_person(tenant, project_role="qa"))


def text_of(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def test_before_anything_ran_the_page_teaches(visitor: Client, home: str) -> None:
    text = text_of(visitor.get(home))
    assert f"br qa add {ONE}" in text
    assert f"br qa run {ONE}" in text
    assert "Nothing becomes done without proof" in text


def test_without_a_plan_it_says_how_to_push(db: None) -> None:
    tenant = make_tenant()
    answer = sign_in(tenant.person).get(f"/projects/{tenant.project_id}/tests")
    assert answer.status_code == 200
    assert "br sync" in text_of(answer)


def test_each_criterion_shows_its_state_and_filters_keep_to_it(
    tenant: Tenant, visitor: Client, home: str, plan: dict[str, Any]
) -> None:
    prove(tenant, ONE)
    qa.take_evidence(
        tenant.actor, tenant.project_id, records=[failing(plan, "m1.s1.ms2", tree="e" * 40)]
    )
    text = text_of(visitor.get(home))
    assert "2 of 2" in text
    assert "check unit failed: exit code 1" in text
    assert 'aria-label="Last 1 runs: 1 passed"' in text
    failed = text_of(visitor.get(f"{home}?state=failed"))
    assert "m1.s1.ms2" in failed
    assert f"items/{ONE}" not in failed
    assert "No microstep fits" in text_of(visitor.get(f"{home}?state=attested"))


def test_a_record_shows_what_ran_and_who_vouches(
    tenant: Tenant, visitor: Client, home: str, plan: dict[str, Any]
) -> None:
    record = make_record(plan, command="make test && <b>true</b>")
    address = qa.take_evidence(tenant.actor, tenant.project_id, records=[record]).addresses[0]
    text = text_of(visitor.get(f"{home}/records/{address}"))
    assert "3 passed in 1 s" in text
    assert "Not anchored" in text
    assert "&lt;b&gt;true&lt;/b&gt;" in text
    assert visitor.get(f"{home}/records/{'0' * 64}").status_code == 404


def test_a_person_signs_off_and_revokes_on_the_page(
    tenant: Tenant, signer: Client, home: str
) -> None:
    page = f"{home}/items/{ONE}"
    assert "Sign off this criterion" in text_of(signer.get(page))
    done = signer.post(f"{home}/sign-off/{ONE}", {"criterion": "0", "note": "Seen on a phone"})
    assert (done.status_code, done["Location"]) == (303, page)
    text = text_of(signer.get(page))
    assert "Seen on a phone" in text
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        standing = qa.sign_offs(access)[0]
    signer.post(f"{home}/sign-offs/{standing.id}/revoke/{ONE}")
    assert "Revoked" in text_of(signer.get(page))


def test_the_author_is_told_who_may_and_keeps_the_note(
    tenant: Tenant, visitor: Client, home: str
) -> None:
    from buildrunner.server.domains.plans import facade as plans

    plans.claim_microstep(tenant.actor, tenant.project_id, microstep_id=ONE)
    add_person(tenant, project_role="qa")
    answer = visitor.post(f"{home}/sign-off/{ONE}", {"criterion": "0", "note": "Trust me"})
    assert answer.status_code == 403
    text = text_of(answer)
    assert "held the claim on it" in text
    assert "A qa" in text
    assert "Trust me" in text


def test_a_contributor_sees_no_button(tenant: Tenant, home: str) -> None:
    contributor = sign_in(add_person(tenant, project_role="contributor"))
    assert "Sign off this criterion" not in text_of(contributor.get(f"{home}/items/{ONE}"))
    assert contributor.post(f"{home}/sign-off/{ONE}", {"criterion": "0"}).status_code == 403


def test_a_criterion_that_changed_is_not_signed_unseen(
    tenant: Tenant, signer: Client, home: str
) -> None:
    old = "sha256:" + "0" * 64
    answer = signer.post(f"{home}/sign-off/{ONE}", {"criterion": "0", "seen": old})
    assert answer.status_code == 409
    assert "look at it again" in text_of(answer)


def test_a_flaky_check_is_set_aside_on_the_page(
    tenant: Tenant, signer: Client, home: str, plan: dict[str, Any]
) -> None:
    qa.take_evidence(tenant.actor, tenant.project_id, records=[make_record(plan), failing(plan)])
    page = f"{home}/items/{ONE}"
    assert "Set unit aside" in text_of(signer.get(page))
    wish = {"check": make_record(plan)["check"]["digest"], "days": "7", "reason": "times out"}
    assert signer.post(f"{home}/quarantine/{ONE}", {**wish, "days": "400"}).status_code == 422
    assert signer.post(f"{home}/quarantine/{ONE}", wish).status_code == 303
    assert "times out" in text_of(signer.get(page))
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        aside = qa.quarantines(access)[0]
    assert aside.until < datetime.now(UTC) + timedelta(days=7)
    assert signer.post(f"{home}/quarantines/{aside.id}/lift/{ONE}").status_code == 303
    assert "Set unit aside" in text_of(signer.get(page))


def test_a_rerun_tells_the_command(visitor: Client, home: str) -> None:
    answer = visitor.post(f"{home}/rerun/{ONE}", follow=True)
    assert f"br qa run {ONE}" in text_of(answer)


def test_long_lists_come_in_pages(db: None) -> None:
    from factories.evidence import checked_plan

    tenant = make_tenant(plan=checked_plan(70))
    browser = sign_in(tenant.person)
    home = f"/projects/{tenant.project_id}/tests"
    first = text_of(browser.get(home))
    assert first.count('class="proof-item"') == 60
    assert "after=m1.s1.ms60" in first
    assert text_of(browser.get(f"{home}?after=m1.s1.ms60")).count('class="proof-item"') == 10

"""The pages of governance, as a browser asks for them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.tenancy import facade as tenancy
from factories import Tenant, add_person
from factories.governance import HEAD, POLICY, change, make_governance_rows


@pytest.fixture
def visitor(tenant: Tenant) -> Client:
    made = Client()
    made.force_login(tenant.person)
    return made


@pytest.fixture
def project(tenant: Tenant) -> str:
    return f"/projects/{tenant.project_id}"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_an_empty_project_is_told_how_to_begin(visitor: Client, project: str) -> None:
    page = text(visitor.get(f"{project}/governance"))
    assert "br governance check" in page
    assert "Version 1" in page


def test_everything_stands_on_the_page(visitor: Client, project: str, tenant: Tenant) -> None:
    make_governance_rows(tenant)
    page = text(visitor.get(f"{project}/governance?state=all"))
    for words in ("Owed after emergencies", "Bypassed", "Approved", "protected-path"):
        assert words in page
    assert "Moves next week" in text(visitor.get(f"{project}/governance/waivers"))
    one = text(visitor.get(f"{project}/governance/requests/1"))
    assert "approved" in one
    assert "infra/a.tf" in one


def test_somebody_approves_in_the_browser(visitor: Client, project: str, tenant: Tenant) -> None:
    opener = tenancy.actor_for_person(add_person(tenant, project_role="contributor"))
    governance.request_approval(opener, tenant.project_id, change=change("docs/a", "x"))
    where = f"{project}/governance/requests/1/decide"
    visitor.post(where, {"verb": "reject", "head": HEAD, "note": "Not yet"})
    assert "Not yet" in text(visitor.get(f"{project}/governance/requests/1"))
    late = visitor.post(where, {"verb": "approve", "head": "f" * 40}, follow=True)
    assert "look at it again" in text(late)
    done = visitor.post(where, {"verb": "approve", "head": HEAD}, follow=True)
    assert "Your approval counts" in text(done)
    assert "Approved" in text(done)


def test_what_is_wrong_is_told_while_typing(visitor: Client, project: str) -> None:
    where = f"{project}/settings/governance"
    assert "protected_paths" in text(visitor.get(where))
    wrong = text(visitor.post(f"{where}/findings", {"text": "\r\nprotected_paths: 7\r\n"}))
    assert 'data-line="2"' in wrong
    assert 'data-valid="0"' in wrong
    fine = text(visitor.post(f"{where}/findings", {"text": "version: '1'\n"}))
    assert 'data-valid="1"' in fine


def test_nothing_typed_is_lost(visitor: Client, project: str) -> None:
    where = f"{project}/settings/governance"
    answer = visitor.post(where, {"text": "protected_paths: 7\n", "expected": "1-x"})
    assert answer.status_code == 422
    assert "protected_paths: 7" in text(answer)
    moved = visitor.post(where, {"text": "version: '7'\n", "expected": "1-nobody"})
    assert moved.status_code == 412
    assert "version: &#x27;7&#x27;" in text(moved)


def test_versions_are_compared_and_come_back(
    visitor: Client, project: str, tenant: Tenant, access_of: Any
) -> None:
    where = f"{project}/settings/governance"
    with access_of() as access:
        tag = governance.current_policy(access).etag
    saved = visitor.post(
        where, {"text": POLICY + "description: new\r\n", "expected": tag}, follow=True
    )
    assert "Version 2 is in force" in text(saved)
    assert "description: new" in text(visitor.get(f"{where}/versions/2"))
    assert "Compare with version 2" in text(visitor.get(f"{where}/versions/1"))
    with access_of() as access:
        tag = governance.current_policy(access).etag
    back = visitor.post(f"{where}/versions/1/restore", {"expected": tag}, follow=True)
    assert "Version 3 is in force" in text(back)
    with access_of() as access:
        assert governance.current_policy(access).text == POLICY


def test_a_policy_is_tried_before_it_is_saved(
    visitor: Client, project: str, tenant: Tenant
) -> None:
    governance.record_run(tenant.actor, tenant.project_id, change=change("docs/a.md"))
    page = text(
        visitor.post(
            f"{project}/settings/governance/simulate", {"text": "protected_paths: [docs/]\n"}
        )
    )
    assert "Newly refused" in page
    assert "docs/a.md" in page
    assert "protected_paths: [docs/]" in page

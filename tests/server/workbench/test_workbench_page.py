"""The Workbench: what is on it, and what its buttons do; context packs and rescoping as pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.server.domains.workbench.rules.mine import branch_name, link_cards
from factories import Tenant, add_person, make_person, make_tenant
from factories.evidence import checked_plan, make_record
from kits.visitor import sign_in

pytestmark = pytest.mark.django_db


def plan() -> dict[str, Any]:
    made = checked_plan(3)
    microsteps = made["milestones"][0]["steps"][0]["microsteps"]
    for one in microsteps:
        one["status"] = "todo"
    microsteps[1]["depends_on"] = ["m1.s1.ms1"]
    microsteps[1]["owner"] = "Ada"
    microsteps[2]["links"] = ["https://git.example.test/x/pull/7", "javascript:alert(1)"]
    return made


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(plan=plan())


@pytest.fixture
def visitor(tenant: Tenant) -> Client:
    client = Client()
    client.force_login(tenant.person)
    return client


def base(tenant: Tenant) -> str:
    return f"/projects/{tenant.project_id}/workbench"


def bench(tenant: Tenant) -> workbench.Bench:
    with project_scope(tenant.actor, tenant.project_id) as access:
        member = next(
            one for one in workbench.colleagues(access) if one.person_id == tenant.person.id
        )
        return workbench.bench_of(access, member)


def status(tenant: Tenant, name: str) -> str:
    with project_scope(tenant.actor, tenant.project_id) as access:
        return workbench.item_detail(access, name).item.status


def test_it_suggests_what_is_ready_and_tells_what_waits(tenant: Tenant) -> None:
    found = bench(tenant)
    assert [one.id for one in found.suggested] == ["m1.s1.ms1", "m1.s1.ms3"]
    assert found.suggested[0].reasons[0].startswith("ready")
    assert [one.id for one in found.waiting] == ["m1.s1.ms2"]
    assert found.waiting[0].waits_for == [["m1.s1.ms1"]]


def test_starting_claims_and_sets_in_progress(tenant: Tenant, visitor: Client) -> None:
    answer = visitor.post(f"{base(tenant)}/items/m1.s1.ms1", {"act": "start"})
    assert answer.status_code == 303
    found = bench(tenant)
    assert [one.id for one in found.mine] == ["m1.s1.ms1"]
    assert found.mine[0].expires_at is not None
    assert status(tenant, "m1.s1.ms1") == "doing"
    page = visitor.get(base(tenant)).content.decode()
    assert "Renew" in page
    assert "git switch -c m1.s1.ms1-microstep-1" in page


def test_finishing_is_refused_with_what_is_missing_and_the_command(
    tenant: Tenant, visitor: Client
) -> None:
    visitor.post(f"{base(tenant)}/items/m1.s1.ms1", {"act": "start"})
    answer = visitor.post(f"{base(tenant)}/items/m1.s1.ms1", {"act": "done"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "m1.s1.ms1 is not done yet" in text
    assert "it holds 0" in text
    assert "br qa run" in text
    assert status(tenant, "m1.s1.ms1") == "doing"


def test_what_is_proven_becomes_done_and_the_claim_ends(tenant: Tenant, visitor: Client) -> None:
    visitor.post(f"{base(tenant)}/items/m1.s1.ms1", {"act": "start"})
    with project_scope(tenant.actor, tenant.project_id) as access:
        stored = plans.read_plan(access).plan()
    qa.take_evidence(tenant.actor, tenant.project_id, records=[make_record(stored)])
    answer = visitor.post(f"{base(tenant)}/items/m1.s1.ms1", {"act": "done"})
    assert answer.status_code == 303, answer.content
    assert status(tenant, "m1.s1.ms1") == "done"
    assert bench(tenant).mine == []


def test_renewing_releasing_and_handing_over(tenant: Tenant, visitor: Client) -> None:
    address = f"{base(tenant)}/items/m1.s1.ms1"
    visitor.post(address, {"act": "start"})
    assert visitor.post(address, {"act": "renew"}).status_code == 303
    assert visitor.post(address, {"act": "hand", "to": str(UUID(int=1))}).status_code == 422
    assert len(bench(tenant).mine) == 1, "a refused handing over releases nothing"
    assert visitor.post(address, {"act": "release"}).status_code == 303
    assert bench(tenant).mine == []
    again = visitor.post(address, {"act": "release"})
    assert again.status_code == 404
    assert "nobody holds" in again.content.decode()


def test_handing_over_makes_somebody_the_owner(tenant: Tenant, visitor: Client) -> None:
    grace = add_person(tenant, project_role="contributor")
    address = f"{base(tenant)}/items/m1.s1.ms1"
    visitor.post(address, {"act": "start"})
    assert visitor.post(address, {"act": "hand", "to": str(grace.id)}).status_code == 303
    assert bench(tenant).mine == []
    theirs = visitor.get(f"{base(tenant)}?person={grace.id}").content.decode()
    assert "m1.s1.ms1" in theirs.split("In their hands")[1].split("Suggested next")[0]
    other = sign_in(grace)
    assert other.get(f"{base(tenant)}?person={tenant.person.id}").status_code == 403
    assert other.get(base(tenant)).status_code == 200


def test_links_are_cards_and_only_addresses_are_added(tenant: Tenant, visitor: Client) -> None:
    page = visitor.get(f"{base(tenant)}/items/m1.s1.ms3").content.decode()
    assert "Pull request 7" in page
    assert 'href="javascript' not in page
    address = f"{base(tenant)}/items/m1.s1.ms3"
    bad = visitor.post(address, {"act": "link", "url": "javascript:alert(1)"})
    assert bad.status_code == 422
    good = {"act": "link", "url": "https://git.example.test/x/tree/m1", "title": "The branch"}
    assert visitor.post(address, good).status_code == 303
    assert "The branch" in visitor.get(address).content.decode()


def test_another_persons_bench_is_for_those_who_lead(tenant: Tenant, visitor: Client) -> None:
    assert visitor.get(f"{base(tenant)}?person={tenant.person.id}").status_code == 200
    assert visitor.get(f"{base(tenant)}?person={UUID(int=5)}").status_code == 404


def test_a_stranger_finds_nothing(tenant: Tenant) -> None:
    client = Client()
    client.force_login(make_person(name="Eve"))
    for address in ("", "/items/m1.s1.ms1", "/context/m1.s1.ms1", "/rescope"):
        assert client.get(base(tenant) + address).status_code == 404
    assert client.post(f"{base(tenant)}/items/m1.s1.ms1", {"act": "nothing"}).status_code == 404


def test_the_context_is_a_page_and_two_files(tenant: Tenant, visitor: Client) -> None:
    address = f"{base(tenant)}/context/m1.s1.ms1"
    assert "tokens" in visitor.get(f"{address}?budget=300").content.decode()
    markdown = visitor.get(f"{address}?form=md")
    assert markdown["Content-Type"].startswith("text/markdown")
    assert markdown.content.decode().startswith("# m1.s1.ms1")
    assert visitor.get(f"{address}?form=json").json()["microstep_id"] == "m1.s1.ms1"


def test_an_unclear_instruction_asks_and_a_clear_one_shows_both_sides(
    tenant: Tenant, visitor: Client
) -> None:
    asked = visitor.post(f"{base(tenant)}/rescope", {"instruction": "drop microstep"})
    assert asked.status_code == 422
    assert "What is meant?" in asked.content.decode()
    made = visitor.post(f"{base(tenant)}/rescope", {"kind": "drop", "what": "m1.s1.ms1"})
    assert made.status_code == 303
    page = visitor.get(made["Location"]).content.decode()
    assert "Side by side" in page
    assert "Leaves: " in page
    assert visitor.post(made["Location"], {"act": "apply"}).status_code == 303
    assert "where it can be undone" in visitor.get(made["Location"]).content.decode()
    late = visitor.post(made["Location"], {"act": "discard"})
    assert late.status_code == 409


def test_an_empty_project_teaches(visitor: Client, tenant: Tenant) -> None:
    empty = tenancy.create_project(tenant.actor, title="Empty", org_id=tenant.org_id)
    for address in ("", "/rescope"):
        page = visitor.get(f"/projects/{empty.id}/workbench{address}").content.decode()
        assert "br sync" in page


@pytest.mark.parametrize(
    ("identifier", "title", "branch"),
    [
        ("m1.s1.ms1", "Add the “login” page", "m1.s1.ms1-add-the-login-page"),
        ("a/b", "Über", "a-b-uber"),
        ("m1", "登录", "m1"),
    ],
)
def test_a_branch_carries_the_id(identifier: str, title: str, branch: str) -> None:
    assert branch_name(identifier, title) == branch


def test_links_that_are_none_do_no_harm() -> None:
    cards = link_cards({"links": ["http://[", 3, {"url": ""}, {"url": "file:///etc/passwd"}]})
    assert [card["url"] for card in cards] == ["", ""]


def test_a_change_of_fields_alone_is_shown(tenant: Tenant, visitor: Client) -> None:
    words = "set priority of m1.s1.ms1 to high; move the deadline of m1 to 2027-01-31"
    made = visitor.post(f"{base(tenant)}/rescope", {"instruction": words})
    page = visitor.get(made["Location"]).content.decode()
    assert "Side by side" in page
    assert "Changes: " in page
    assert "2027-01-31" in page

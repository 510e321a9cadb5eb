"""Proposals over the API: proposed, looked at, applied as one revision, or discarded."""

from __future__ import annotations

from typing import Any

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import project_scope
from factories import Api, Tenant, make_tenant

pytestmark = pytest.mark.django_db


def plan() -> dict[str, Any]:
    def micro(name: str, title: str, **more: Any) -> dict[str, Any]:
        return {
            "id": name,
            "title": title,
            "status": "todo",
            "criteria": [f"{title} holds"],
            **more,
        }

    def milestone(name: str, title: str, *microsteps: dict[str, Any]) -> dict[str, Any]:
        step = {"id": f"{name}.s1", "title": f"{title} step", "microsteps": list(microsteps)}
        return {"id": name, "title": title, "steps": [step]}

    return {
        "projectId": "p",
        "title": "Shop",
        "version": "1.0.0",
        "updatedAt": "2026-01-01T00:00:00Z",
        "milestones": [
            milestone("m1", "Store", micro("m1.s1.ms1", "Cart"), micro("m1.s1.ms2", "Wish list")),
            milestone("m2", "Billing", micro("m2.s1.ms1", "Invoices")),
            milestone("m3", "Reports", micro("m3.s1.ms1", "Sales", depends_on=["m2.s1.ms1"])),
        ],
    }


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(plan=plan())


def base(tenant: Tenant) -> str:
    return f"/api/projects/{tenant.project_id}/rescopes"


def propose(tenant: Tenant, **body: Any) -> dict[str, Any]:
    answer = Api(tenant.key).post(base(tenant), body)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def document(tenant: Tenant) -> dict[str, Any]:
    with project_scope(tenant.actor, tenant.project_id) as access:
        return plans.read_plan(access).plan()


def test_a_proposal_changes_nothing_until_it_is_applied(tenant: Tenant) -> None:
    before = document(tenant)
    made = propose(tenant, instruction="drop wish list")
    assert document(tenant) == before
    assert made["state"] == "open"
    assert made["impact"]["criteria_removed"] == 1
    assert made["precheck"]["ok"]
    applied = Api(tenant.key).post(f"{base(tenant)}/{made['id']}/apply").json()
    assert (applied["state"], applied["revision"]) == ("applied", 2)
    assert "m1.s1.ms2" not in str(document(tenant))
    undone = plans.undo_revision(tenant.actor, tenant.project_id, number=2)
    assert undone.revision == 3
    assert document(tenant) == before


def test_an_ambiguous_instruction_is_asked(tenant: Tenant) -> None:
    answer = Api(tenant.key).post(base(tenant), {"instruction": "make it shine"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "instruction_unclear")
    assert problem["choices"]


def test_acts_are_carried_out_in_order(tenant: Tenant) -> None:
    made = propose(
        tenant,
        acts=[
            {"act": "split", "id": "m1.s1.ms1", "titles": ["Cart API", "Cart UI"]},
            {"act": "set", "ids": ["m1.s1.ms1"], "field": "priority", "value": "P1"},
        ],
    )
    assert [operation["op"] for operation in made["operations"]].count("add") == 1


def test_a_dry_run_keeps_nothing(tenant: Tenant) -> None:
    answer = Api(tenant.key).post(base(tenant), {"instruction": "defer store", "dry_run": True})
    assert answer.status_code == 200
    assert answer.json()["id"] is None
    assert Api(tenant.key).get(base(tenant)).json()["items"] == []


def test_a_stale_base_is_merged(tenant: Tenant) -> None:
    made = propose(tenant, instruction="drop wish list")
    plans.set_status(tenant.actor, tenant.project_id, entity_id="m1.s1.ms1", status="doing")
    behind = Api(tenant.key).get(f"{base(tenant)}/{made['id']}").json()
    assert behind["behind"] == 1
    applied = Api(tenant.key).post(f"{base(tenant)}/{made['id']}/apply").json()
    assert applied["revision"] == 3
    text = str(document(tenant))
    assert "m1.s1.ms2" not in text
    assert "'doing'" in text


def test_a_collision_is_told_and_nothing_is_written(tenant: Tenant) -> None:
    made = propose(tenant, instruction="drop wish list")

    def change(_: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"op": "set", "id": "m1.s1.ms2", "field": "title", "value": "Wishes"}]

    plans.edit_plan(tenant.actor, tenant.project_id, change=change)
    answer = Api(tenant.key).post(f"{base(tenant)}/{made['id']}/apply")
    assert (answer.status_code, answer.json()["code"]) == (409, "sync_conflict")
    assert Api(tenant.key).get(f"{base(tenant)}/{made['id']}").json()["state"] == "open"
    assert "Wishes" in str(document(tenant))


def test_discarding_keeps_the_record_and_decides_once(tenant: Tenant) -> None:
    made = propose(tenant, instruction="defer store")
    address = f"{base(tenant)}/{made['id']}"
    gone = Api(tenant.key).post(f"{address}/discard", {"note": "it stays"}).json()
    assert (gone["state"], gone["note"]) == ("discarded", "it stays")
    again = Api(tenant.key).post(f"{address}/apply")
    assert (again.status_code, again.json()["code"]) == (409, "rescope_closed")
    listed = Api(tenant.key).get(f"{base(tenant)}?state=discarded").json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]


def test_strangers_find_nothing(tenant: Tenant) -> None:
    made = propose(tenant, instruction="defer store")
    stranger = make_tenant(name="Eve")
    for answer in (
        Api(stranger.key).get(f"{base(tenant)}/{made['id']}"),
        Api(stranger.key).post(f"{base(tenant)}/{made['id']}/apply"),
        Api(stranger.key).post(base(tenant), {"instruction": "drop everything"}),
    ):
        assert answer.status_code == 404


def test_a_context_pack_keeps_its_budget(tenant: Tenant) -> None:
    criteria = [{"op": "set", "id": "m1.s1.ms1", "field": "criteria", "value": [f"case {n} holds" for n in range(60)]}]  # fmt: skip
    plans.edit_plan(tenant.actor, tenant.project_id, change=criteria)
    address = f"/api/projects/{tenant.project_id}/microsteps/m1.s1.ms1/context"
    whole = Api(tenant.key).get(f"{address}?budget=2000").json()
    assert whole["tokens"] <= 2000
    assert "## Done when" in whole["text"]
    assert "## Evidence" in whole["text"]
    short = Api(tenant.key).get(f"{address}?budget=200").json()
    assert short["tokens"] <= 200
    assert sum(short["left_out"].values()) > 0
    assert Api(tenant.key).get(f"{address}?budget=10").status_code == 422
    gone = f"/api/projects/{tenant.project_id}/microsteps/nothing/context"
    assert Api(tenant.key).get(gone).status_code == 404

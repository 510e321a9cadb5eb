"""Drafts on the server: made, answered, accepted item by item, discarded; never saved unseen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.workbench.actions import start_draft
from buildrunner.server.domains.workbench.models import Draft
from buildrunner.server.platform.events.models import Event
from buildrunner.spec.document import index
from buildrunner.spec.lint import lint
from factories import Api, Tenant, make_key, make_tenant, small_plan

PROMPT = "Customers can pay with Stripe. Send a receipt by email. It must be fast."


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant(plan=small_plan())


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return Api(tenant.key)


@pytest.fixture
def base(tenant: Tenant) -> str:
    return f"/api/projects/{tenant.project_id}/drafts"


def made(api: Api, base: str, **members: Any) -> dict[str, Any]:
    answer = api.post(base, {"kind": "prompt", "text": PROMPT, **members})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def accept(api: Api, base: str, draft: dict[str, Any], items: list[str] | None) -> Any:
    body = {"items": items, "base_revision": draft["base_revision"]}
    return api.post(f"{base}/{draft['id']}/accept", body)


def head(tenant: Tenant) -> tuple[int, dict[str, Any]]:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        stored = plans.read_plan(access)
    return stored.revision, stored.plan()


def events(tenant: Tenant, kind: str) -> list[Any]:
    with tenancy.project_scope(tenant.actor, tenant.project_id):
        return list(Event.objects.filter(kind=kind).order_by("id"))


def test_a_draft_changes_nothing_until_items_are_accepted(
    tenant: Tenant, api: Api, base: str
) -> None:
    before = head(tenant)
    draft = made(api, base)
    assert head(tenant) == before
    assert draft["state"] == "open"
    assert draft["base_revision"] == 1
    done = accept(api, base, draft, None)
    assert done.status_code == 200, done.content
    revision, plan = head(tenant)
    assert revision == 2 == done.json()["revision"]
    assert plan["version"] == "1.1.0" == done.json()["version"]
    titles = {entity.value["title"] for entity in index(plan).values()}
    assert "Handle the provider's webhooks once" in titles
    assert lint(json.dumps(plan).encode()) == []
    (event,) = events(tenant, "draft.accepted")
    assert event.data["revision"] == 2
    assert event.data["count"] == len(done.json()["added"])


def test_accepting_some_items_brings_their_parents_only(
    tenant: Tenant, api: Api, base: str
) -> None:
    draft = made(api, base)
    one = next(each for each in draft["items"] if each["title"] == "Refund a payment")
    done = accept(api, base, draft, [one["id"]]).json()
    assert len(done["added"]) == 3
    again = made(api, base)
    assert "Refund a payment" not in [each["title"] for each in again["items"]]
    assert "Take a payment at checkout" in [each["title"] for each in again["items"]]


def test_the_revision_can_be_undone(tenant: Tenant, api: Api, base: str) -> None:
    plan = head(tenant)[1]
    accept(api, base, made(api, base), None)
    plans.undo_revision(tenant.actor, tenant.project_id, number=2)
    after = head(tenant)[1]
    assert after["milestones"] == plan["milestones"]
    assert after["version"] == plan["version"]


def test_the_same_input_gives_the_open_draft(api: Api, base: str) -> None:
    assert made(api, base)["id"] == made(api, base)["id"]
    other = made(api, base, answers={"fast": "Under 1 s"})
    assert other["id"] != made(api, base)["id"]


def test_answers_take_the_place_of_assumptions(tenant: Tenant, api: Api, base: str) -> None:
    draft = made(api, base)
    assert [each["id"] for each in draft["questions"]] == ["fast"]
    answer = api.post(f"{base}/{draft['id']}/answers", {"answers": {"fast": "Under 1 s for 50"}})
    assert answer.status_code == 200, answer.content
    assert "Under 1 s for 50" in json.dumps(answer.json()["items"])
    taken_back = api.post(f"{base}/{draft['id']}/answers", {"answers": {"fast": ""}}).json()
    assert taken_back["items"] == draft["items"]
    assert [event.data["answers"] for event in events(tenant, "draft.answered")] == [["fast"], []]


def test_a_plan_that_moved_is_not_written_over(tenant: Tenant, api: Api, base: str) -> None:
    draft = made(api, base)
    plans.edit_plan(
        tenant.actor,
        tenant.project_id,
        change=[{"op": "set", "id": "", "field": "title", "value": "Other"}],
    )
    refused = accept(api, base, draft, None)
    assert refused.status_code == 409
    assert refused.json()["code"] == "draft_moved"
    assert refused.json()["revision"] == 2
    anew = api.post(f"{base}/{draft['id']}/answers", {}).json()
    assert anew["base_revision"] == 2
    assert accept(api, base, anew, None).status_code == 200


def test_closed_drafts_stay_closed_and_listed(tenant: Tenant, api: Api, base: str) -> None:
    draft = made(api, base)
    assert api.post(f"{base}/{draft['id']}/discard").json()["state"] == "discarded"
    for path, body in (("discard", None), ("answers", {}), ("accept", {"base_revision": 1})):
        refused = api.post(f"{base}/{draft['id']}/{path}", body)
        assert refused.status_code == 409, path
        assert refused.json()["code"] == "draft_closed"
    listed = api.get(base).json()["items"]
    assert [(row["id"], row["state"]) for row in listed] == [(draft["id"], "discarded")]
    assert len(events(tenant, "draft.discarded")) == 1


def test_a_project_without_a_plan_gets_its_first_revision(db: None) -> None:
    tenant = make_tenant()
    api, base = Api(tenant.key), f"/api/projects/{tenant.project_id}/drafts"
    draft = made(api, base)
    assert draft["base_revision"] == 0
    assert "Set up the repository" in [each["title"] for each in draft["items"]]
    done = accept(api, base, draft, None)
    assert done.status_code == 200, done.content
    revision, plan = head(tenant)
    assert (revision, plan["version"]) == (1, "0.1.0")


def test_every_kind_of_input(api: Api, base: str) -> None:
    prd = made(api, base, kind="prd", text="# P\n\n## Pages\n\n- A page of invoices\n", name="p.md")
    assert prd["items"][-1]["fields"]
    facts = {"name": "x", "files": 3, "marks": [{"path": "a.py", "line": 2, "kind": "TODO", "text": "close the file"}]}  # fmt: skip
    repository = made(api, base, kind="repository", text="", facts=facts)
    assert "Close the file" in [each["title"] for each in repository["items"]]
    backlog = json.dumps({"tasks": [{"id": 1, "title": "Set up", "status": "pending"}]})
    tracker = made(api, base, kind="tracker", text=backlog, format="taskmaster", name="tasks.json")
    assert "Set up" in [each["title"] for each in tracker["items"]]
    answer = {"milestones": [{"title": "A", "steps": [{"title": "B", "microsteps": [{"title": "C", "criteria": ["d"]}]}]}]}  # fmt: skip
    model = made(api, base, kind="model", text=f"```json\n{json.dumps(answer)}\n```")
    assert model["items"][-1]["title"] == "C"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"kind": "prompt", "text": " "}, "draft_empty"),
        ({"kind": "model", "text": '{"milestones":\n []}'}, "answer_refused"),
        ({"kind": "tracker", "text": "x", "format": "beads"}, "import_"),
        ({"kind": "repository", "facts": {}}, "draft_empty"),
    ],
)
def test_what_cannot_be_drafted_from_is_refused(
    api: Api, base: str, body: dict[str, Any], reason: str
) -> None:
    refused = api.post(base, body)
    assert refused.status_code == 422, refused.content
    assert refused.json()["code"] == "draft_refused"
    assert refused.json()["reason"].startswith(reason)
    assert api.get(base).json()["items"] == []


def test_a_model_s_answer_is_refused_with_its_line(api: Api, base: str) -> None:
    refused = api.post(base, {"kind": "model", "text": '{"milestones":\n [{"title": "A"}]}'})
    (finding,) = refused.json()["findings"]
    assert finding["line"] == 2
    assert finding["pointer"] == "/milestones/0"


def test_keys_in_a_text_are_not_stored(tenant: Tenant, api: Api, base: str) -> None:
    secret = "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    draft = made(api, base, text=f"Customers can pay.\nUse the key {secret} to deploy")
    assert secret not in json.dumps(draft)
    with tenancy.project_scope(tenant.actor, tenant.project_id):
        assert secret not in Draft.objects.get(id=draft["id"]).text


def test_who_may_not_write_the_plan_may_look(tenant: Tenant, api: Api, base: str) -> None:
    draft = made(api, base)
    _, secret = make_key(tenant.person, scopes=["planner.read"], org_id=tenant.org_id)
    reader = Api(secret)
    assert reader.get(f"{base}/{draft['id']}").status_code == 200
    for path, body in (
        ("", {"kind": "prompt", "text": "x"}),
        (f"/{draft['id']}/answers", {}),
        (f"/{draft['id']}/accept", {"base_revision": 1}),
        (f"/{draft['id']}/discard", None),
    ):
        assert reader.post(f"{base}{path}", body).status_code == 403, path


def test_strangers_find_nothing(api: Api, base: str) -> None:
    draft = made(api, base)
    stranger = Api(make_tenant(name="Other", plan=small_plan()).key)
    for path in ("", f"/{draft['id']}"):
        assert stranger.get(f"{base}{path}").status_code == 404


def test_the_newest_drafts_are_kept(
    tenant: Tenant, api: Api, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_draft, "MOST_DRAFTS", 2)
    ids = [made(api, base, text=f"Add a page for report {name}")["id"] for name in "abc"]
    listed = [row["id"] for row in api.get(base).json()["items"]]
    assert listed == [ids[2], ids[1]]

"""The HTTP side: entity tags, preconditions, history, and who may do what."""

from __future__ import annotations

import copy

import pytest

from buildrunner.spec.diff import apply
from buildrunner.spec.document import document_hash
from factories import add_person, make_key
from factories.clones import Clone

pytestmark = pytest.mark.django_db


def test_put_creates_then_asks_for_the_tag_and_refuses_a_stale_one(api, tenant, plan):
    path = f"/api/projects/{tenant.project_id}/plan"
    created = api.put(path, plan)
    assert (created.status_code, created.json()["revision"]) == (201, 1)
    assert created.json()["document_hash"] == document_hash(plan)
    tag = created["ETag"]

    changed = {**plan, "title": "Changed"}
    without = api.put(path, changed)
    assert (without.status_code, without.json()["code"]) == (428, "precondition_required")
    assert f'"{without.json()["etag"]}"' == tag
    saved = api.put(path, changed, If_Match=tag)
    assert (saved.status_code, saved.json()["revision"]) == (200, 2)
    stale = api.put(path, {**plan, "title": "Late"}, If_Match=tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "plan_moved")
    assert stale.json()["revision"] == 2
    anyway = api.put(path, {**plan, "title": "Any"}, If_Match="*")
    assert (anyway.status_code, anyway.json()["revision"]) == (200, 3)
    among = api.put(path, plan, If_Match=f'"9-nonsense", {anyway["ETag"]}')
    assert (among.status_code, among.json()["revision"]) == (200, 4)


def test_putting_what_is_stored_already_writes_nothing_but_needs_the_tag_too(api, tenant, plan):
    path = f"/api/projects/{tenant.project_id}/plan"
    tag = api.put(path, plan)["ETag"]
    again = api.put(path, plan, If_Match=tag)
    assert (again.status_code, again.json()["revision"]) == (200, 1)
    assert api.put(path, plan).status_code == 428
    assert api.put(path, plan, If_Match='"9-stale"').status_code == 412


def test_a_condition_on_a_plan_that_is_absent_fails(api, tenant, plan):
    answer = api.put(f"/api/projects/{tenant.project_id}/plan", plan, If_Match="*")
    assert (answer.status_code, answer.json()["code"]) == (412, "plan_moved")


def test_a_malformed_condition_is_a_problem(api, first, plan):
    answer = api.put(f"{first.path}/plan", plan, If_Match="7-abc")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_condition")


def test_a_known_copy_is_not_sent_again(api, first):
    answer = api.get(f"{first.path}/plan")
    same = api.get(f"{first.path}/plan", If_None_Match=answer["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    assert same["ETag"] == answer["ETag"]
    weak = api.get(f"{first.path}/plan", If_None_Match=f'"x", W/{answer["ETag"]}')
    assert weak.status_code == 304
    first.plan["title"] = "New"
    first.sync()
    fresh = api.get(f"{first.path}/plan", If_None_Match=answer["ETag"])
    assert (fresh.status_code, fresh.json()["title"]) == (200, "New")


def test_history_is_paged_newest_first_and_replays_to_the_head(api, tenant, first):
    start = copy.deepcopy(first.plan)
    for number in range(6):
        first.plan["title"] = f"Title {number}"
        first.sync(message=f"step {number}")
    items, cursor = [], ""
    while cursor is not None:
        query = f"?limit=3&cursor={cursor}" if cursor else "?limit=3"
        page = api.get(f"{first.path}/revisions{query}")
        assert page.status_code == 200
        items += page.json()["items"]
        cursor = page.json()["next_cursor"]
        assert ("Link" in page) == (cursor is not None)
    assert [item["revision"] for item in items] == [7, 6, 5, 4, 3, 2, 1]
    assert items[0]["message"] == "step 5"
    assert items[0]["author"]["name"] == tenant.person.name
    assert "key" not in items[0]["author"]
    document = start
    for item in reversed(items[:-1]):
        detail = api.get(f"{first.path}/revisions/{item['revision']}").json()
        assert detail["operations_count"] == len(detail["operations"]) == 1
        assert detail["previous_hash"] == document_hash(document)
        assert "document" not in detail
        document = apply(document, detail["operations"])
        assert detail["document_hash"] == document_hash(document)
    whole = api.get(f"{first.path}/revisions/4?document=1").json()
    assert whole["document"]["title"] == "Title 2"
    absent = api.get(f"{first.path}/revisions/99")
    assert (absent.status_code, absent.json()["code"]) == (404, "revision_absent")
    assert api.get(f"{first.path}/revisions/{10**30}").status_code == 404
    assert api.get(f"{first.path}/revisions?cursor=nonsense").json()["code"] == "bad_cursor"
    assert api.get(f"{first.path}/revisions?limit=0").status_code == 422


def requests_of(api, path, plan):
    """Every way into the plan of a project."""
    return {
        "read": api.get(f"{path}/plan"),
        "put": api.put(f"{path}/plan", {**plan, "title": "X"}, If_Match="*"),
        "pull": api.post(f"{path}/sync", {"base_revision": 1, "operations": []}),
        "sync": api.post(
            f"{path}/sync",
            {
                "base_revision": 1,
                "operations": [{"op": "set", "id": "", "field": "title", "value": "X"}],
            },
        ),
        "revisions": api.get(f"{path}/revisions"),
        "revision": api.get(f"{path}/revisions/1"),
        "claims": api.get(f"{path}/claims"),
        "claim": api.post(f"{path}/claims", {"microstep_id": "p4.s1.ms1"}),
        "release": api.delete(f"{path}/claims/p4.s1.ms1"),
    }


def test_to_a_stranger_the_project_is_absent(as_key, stranger, first, plan):
    client = as_key(stranger.key)
    for name, answer in requests_of(client, first.path, plan).items():
        assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found"), name
    assert client.put(f"{first.path}/plan", {"no": "plan"}, If_Match="*").status_code == 404


def test_without_credentials_nothing_opens(anonymous, first, plan):
    for name, answer in requests_of(anonymous, first.path, plan).items():
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), name


@pytest.mark.parametrize("who", ["viewer", "reading key"])
def test_who_may_only_read_is_told_which_permission_is_missing(as_key, tenant, first, plan, who):
    if who == "viewer":
        _, secret = make_key(add_person(tenant, project_role="viewer"))
    else:
        _, secret = make_key(tenant.person, scopes=["planner.read"])
    answers = requests_of(as_key(secret), first.path, plan)
    for name in ("read", "pull", "revisions", "revision", "claims"):
        assert answers.pop(name).status_code == 200, name
    for name, answer in answers.items():
        permission = "claim.take" if name in ("claim", "release") else "plan.write"
        assert answer.status_code == 403, name
        assert answer.json()["missing"] == [permission], name
    assert Clone(as_key(secret), tenant.project_id).pull().revision == 1


def test_every_operation_documents_its_problems(api):
    document = api.get("/api/openapi.json").json()
    paths = {path: item for path, item in document["paths"].items() if path.endswith("/sync")}
    (sync,) = paths.values()
    assert {"200", "401", "403", "404", "409", "413", "422"} <= set(sync["post"]["responses"])
    schema = document["components"]["schemas"]["SyncIn"]
    assert schema["examples"][0]["base_revision"] == 6

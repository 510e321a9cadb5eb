"""Compare, restore and undo by API."""

import pytest

from buildrunner.spec.diff import apply
from buildrunner.spec.document import document_hash


@pytest.fixture
def call(api, tenant, first):
    """`call("GET", "/compare", …)` on a project of one revision."""

    def call(method, path, body=None):
        return api.call(method, f"/api/projects/{tenant.project_id}{path}", body)

    return call


@pytest.fixture
def ids(plan):
    return [row["id"] for row in plan["milestones"][0]["steps"][0]["microsteps"]]


def write(call, base, *operations):
    answer = call("POST", "/sync", {"base_revision": base, "operations": list(operations)})
    assert answer.status_code == 200, answer.content
    return answer.json()["revision"]


def put(entity_id, value):
    return {"op": "set", "id": entity_id, "field": "title", "value": value}


def test_two_revisions_are_compared_either_way(call, plan, ids) -> None:
    write(call, 1, put(ids[0], "One"))
    write(call, 2, put(ids[0], "Two"), {"op": "remove", "id": ids[1]})
    found = call("GET", "/compare?from=1&to=3").json()
    assert (found["from_revision"], found["to_revision"]) == (1, 3)
    assert [operation["op"] for operation in found["operations"]] == ["set", "remove"]
    assert found["words"][0].endswith("→ Two")
    stored = call("GET", "/revisions/3?document=1").json()["document"]
    assert apply(plan, found["operations"]) == stored
    back = call("GET", "/compare?from=3&to=1").json()
    assert document_hash(apply(stored, back["operations"])) == document_hash(plan)
    assert call("GET", "/compare?from=2&to=2").json()["operations"] == []
    assert call("GET", "/compare?from=1&to=9").json()["code"] == "revision_absent"
    assert call("GET", "/compare?from=9&to=1").status_code == 404
    newest = call("GET", "/compare").json()
    assert (newest["from_revision"], newest["to_revision"]) == (2, 3)
    first = call("GET", "/compare?to=1").json()
    assert (first["from_revision"], first["operations"]) == (1, [])
    for query in ("from=0&to=1", "from=x&to=1", f"from=1&to={10**20}"):
        assert call("GET", f"/compare?{query}").status_code == 422


def test_a_restore_says_what_it_expects_to_take_back(call, plan, ids) -> None:
    write(call, 1, put(ids[0], "One"))
    assert call("POST", "/revisions/1/restore", {}).status_code == 422
    write(call, 2, put(ids[1], "Late"))
    refused = call("POST", "/revisions/1/restore", {"expected_revision": 2})
    assert (refused.status_code, refused.json()["code"]) == (412, "plan_moved")
    done = call("POST", "/revisions/1/restore", {"expected_revision": 3})
    assert done.status_code == 200
    assert done.json() == {"revision": 4, "document_hash": document_hash(plan)}
    assert call("POST", "/revisions/9/restore", {"expected_revision": 4}).status_code == 404


def test_a_revision_is_undone_alone(call, ids) -> None:
    write(call, 1, put(ids[0], "One"))
    write(call, 2, put(ids[1], "Kept"))
    assert call("POST", "/revisions/2/undo").json()["revision"] == 4
    document = call("GET", "/plan").json()
    titles = {r["id"]: r["title"] for r in document["milestones"][0]["steps"][0]["microsteps"]}
    assert titles[ids[0]] != "One"
    assert titles[ids[1]] == "Kept"
    write(call, 4, put(ids[1], "Later"))
    refused = call("POST", "/revisions/3/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "undo_conflict")
    assert call("POST", "/revisions/1/undo").status_code == 422

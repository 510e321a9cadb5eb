"""Edits over HTTP: the same as on the page, and refusals as problems."""

from __future__ import annotations

import pytest

from factories import Api, add_person, make_key

pytestmark = pytest.mark.django_db
STEP = "m1.s1"
ONE, TWO = f"{STEP}.ms1", f"{STEP}.ms2"


@pytest.fixture
def send(api, tenant, first):
    """`send(edit, …)` posts edits to the project of the first clone."""

    def post(*edits, **more):
        address = f"/api/projects/{tenant.project_id}/plan/edits"
        return api.post(address, {"edits": list(edits), **more})

    return post


def test_edits_are_one_revision_that_one_call_takes_back(api, tenant, first, send):
    address = f"/api/projects/{tenant.project_id}"
    before = api.get(f"{address}/plan").json()
    answer = send(
        {"do": "add", "parent": STEP, "title": "New", "after": ONE, "fields": {"owner": "Ada"}},
        {"do": "set", "ids": [ONE, TWO], "field": "priority", "value": "P1"},
        {"do": "set", "ids": [TWO], "field": "priority"},
        {"do": "move", "ids": [TWO], "parent": "m2.s1", "first": True},
        {
            "do": "split",
            "id": ONE,
            "parts": [{"title": "A", "members": [0]}, {"title": "B", "criteria": ["It is so"]}],
        },
        {"do": "merge", "ids": ["m2.s1.ms1", "m2.s1.ms2"], "title": "Both"},
        {"do": "remove", "ids": [f"{STEP}.ms3"]},
        message="After the review",
    )
    assert answer.status_code == 200, answer.content
    done = answer.json()
    assert (done["revision"], done["created"]) == (2, True)
    assert api.get(f"{address}/revisions/2").json()["message"] == "After the review"
    undone = api.post(f"{address}/revisions/2/undo", {})
    assert undone.status_code == 200
    assert api.get(f"{address}/plan").json() == before


def test_a_refusal_names_what_stands_against_it(send):
    assert send({"do": "set", "ids": [TWO], "field": "title", "value": "T"}).status_code == 200
    refused = send({"do": "move", "ids": [ONE], "parent": "nowhere"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_id")
    stale = send({"do": "remove", "ids": [ONE]}, expected_revision=1)
    assert (stale.status_code, stale.json()["code"]) == (412, "plan_moved")


@pytest.mark.parametrize(
    "edit",
    [
        {"do": "paint"},
        {"do": "add", "parent": STEP},
        {"do": "add", "parent": STEP, "title": "T", "colour": "red"},
        {"do": "set", "ids": [], "field": "owner"},
        {"do": "split", "id": ONE, "parts": [{"title": "One"}]},
    ],
)
def test_what_is_no_edit_is_refused(send, edit):
    answer = send(edit)
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("application/problem+json")


def test_a_viewer_and_a_reading_key_change_nothing(tenant, first, send):
    viewer = add_person(tenant, project_role="viewer")
    edit = {"do": "remove", "ids": [ONE]}
    keys = [make_key(viewer)[1], make_key(tenant.person, scopes=["planner.read"])[1]]
    for key in keys:
        address = f"/api/projects/{tenant.project_id}/plan/edits"
        answer = Api(key).post(address, {"edits": [edit]})
        assert answer.status_code == 403, answer.content
        assert "plan.write" in answer.json()["detail"]

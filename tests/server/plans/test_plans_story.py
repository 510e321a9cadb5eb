"""Two clones, a browser between them, and one document at the end."""

from __future__ import annotations

import copy

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.spec.document import document_hash
from factories.clones import Clone, Refused

pytestmark = pytest.mark.django_db


def microsteps(clone):
    return [
        microstep
        for milestone in clone.plan["milestones"]
        for step in milestone["steps"]
        for microstep in step["microsteps"]
    ]


def stored(tenant):
    with project_scope(tenant.actor, tenant.project_id) as access:
        return plans.read_plan(access)


def test_the_first_push_is_taken_whole_and_keeps_the_order_of_keys(api, tenant, first, plan):
    answer = api.get(f"{first.path}/plan")
    assert list(answer.json()) == list(plan)
    assert answer.json() == plan
    assert answer["BR-Revision"] == "1"
    assert answer["BR-Document-Hash"] == document_hash(plan)
    assert answer["ETag"] == f'"1-{document_hash(plan)[7:19]}"'
    project = api.get(first.path).json()
    assert (project["revision"], project["document_hash"]) == (1, document_hash(plan))


def test_clones_and_a_browser_that_edit_different_things_agree(tenant, first, second):
    one, two, three = (m["id"] for m in microsteps(first)[:3])
    first.find(one)["title"] = "Edited in the first clone"
    second.find(two)["criteria"].append("proven by the second clone")
    plans.set_status(tenant.actor, tenant.project_id, entity_id=three, status="doing")
    first.sync()
    told = second.sync()
    assert first.sync()["applied"] == 0
    assert first.plan == second.plan == stored(tenant).plan()
    assert told["revision"] == 4
    assert second.find(one)["title"] == "Edited in the first clone"
    assert first.find(two)["criteria"][-1] == "proven by the second clone"
    assert first.find(three)["status"] == "doing"


def test_two_clones_that_add_a_sibling_under_one_id_keep_both(first, second):
    step = first.plan["milestones"][0]["steps"][0]["id"]
    for clone, title in ((first, "From the first"), (second, "From the second")):
        siblings = clone.find(step)["microsteps"]
        siblings.append(
            {"id": f"{step}.new1", "title": title, "status": "todo", "criteria": ["it works"]}
        )
    first.sync()
    told = second.sync()
    first.sync()
    assert first.plan == second.plan
    added = first.find(step)["microsteps"][-2:]
    assert {entity["title"] for entity in added} == {"From the first", "From the second"}
    assert len({entity["id"] for entity in added}) == 2
    assert [rename["from"] for rename in told["renames"]] == [f"{step}.new1"]


def test_a_conflict_writes_nothing_and_names_both_values_author_and_time(tenant, first, second):
    one = microsteps(first)[0]["id"]
    other = microsteps(first)[1]["id"]
    before = first.find(one)["title"]
    first.find(one)["title"] = "Theirs"
    first.sync(message="a title")
    second.find(one)["title"] = "Ours"
    second.find(other)["owner"] = "grace"
    with pytest.raises(Refused) as refused:
        second.sync()
    problem = refused.value.problem
    assert (problem["status"], problem["code"], problem["revision"]) == (409, "sync_conflict", 2)
    (conflict,) = problem["conflicts"]
    assert (conflict["id"], conflict["field"]) == (one, "title")
    assert (conflict["base"], conflict["ours"], conflict["theirs"]) == (before, "Ours", "Theirs")
    assert conflict["author"]["name"] == tenant.person.name
    assert conflict["time"].startswith("20")
    assert problem["operations_since_base"] == [
        {"op": "set", "id": one, "field": "title", "value": "Theirs"}
    ]
    assert stored(tenant).revision == 2
    assert "grace" not in stored(tenant).document_text


@pytest.mark.parametrize(
    ("resolution", "title"),
    [
        ({"take": "ours"}, "Ours"),
        ({"take": "theirs"}, "Theirs"),
        ({"value": "Both"}, "Both"),
    ],
)
def test_a_conflict_is_settled_by_sending_again_with_a_resolution(
    tenant, first, second, resolution, title
):
    one, other = (m["id"] for m in microsteps(first)[:2])
    first.find(one)["title"] = "Theirs"
    first.sync()
    second.find(one)["title"] = "Ours"
    second.find(other)["owner"] = "grace"
    told = second.sync(
        resolutions=[{"id": one, "field": "title", **resolution}], resolves_revision=2
    )
    first.sync()
    assert first.plan == second.plan == stored(tenant).plan()
    assert first.find(one)["title"] == title
    assert first.find(other)["owner"] == "grace"
    assert told["revision"] == 3


@pytest.mark.parametrize("key", [("*", "*"), None])
def test_a_resolution_never_overwrites_what_came_after_the_conflict_was_seen(first, second, key):
    one = microsteps(first)[0]["id"]
    first.find(one)["title"] = "Seen"
    first.sync()
    second.find(one)["title"] = "Ours"
    first.find(one)["title"] = "Not seen"
    first.sync()
    identifier, field = key or (one, "title")
    with pytest.raises(Refused) as refused:
        second.sync(
            resolutions=[{"id": identifier, "field": field, "take": "ours"}], resolves_revision=2
        )
    assert refused.value.problem["conflicts"][0]["theirs"] == "Not seen"
    told = second.sync(
        resolutions=[{"id": identifier, "field": field, "take": "ours"}], resolves_revision=3
    )
    assert told["revision"] == 4


def test_removal_against_edit_is_a_conflict_with_an_author(tenant, first, second):
    step = first.plan["milestones"][0]["steps"][-1]
    inside = step["microsteps"][0]["id"]
    first.find(inside)["owner"] = "ada"
    first.sync()
    removed = step["id"]
    milestone = second.plan["milestones"][0]
    milestone["steps"] = [s for s in milestone["steps"] if s["id"] != removed]
    with pytest.raises(Refused) as refused:
        second.sync()
    conflicts = refused.value.problem["conflicts"]
    assert any(conflict["field"] == "entity" for conflict in conflicts)
    assert all(conflict["author"]["name"] == tenant.person.name for conflict in conflicts)


def test_nothing_new_writes_no_revision(tenant, first, second):
    assert first.sync()["revision"] == 1
    same = first.plan["title"]
    told = first.send(
        first.request(operations=[{"op": "set", "id": "", "field": "title", "value": same}])
    )
    assert (told["revision"], told["applied"]) == (1, 0)
    one = microsteps(first)[0]["id"]
    for clone in (first, second):
        clone.find(one)["owner"] = "both"
        clone.sync()
    assert stored(tenant).revision == 2


def test_a_lost_answer_is_repeated_word_for_word(tenant, first, second):
    one, two = (m["id"] for m in microsteps(first)[:2])
    first.find(one)["title"] = "From the first"
    first.sync()
    second.find(two)["title"] = "From the second"
    body = second.request()
    told = second.send(body)
    first.sync()
    first.find(one)["owner"] = "somebody"
    first.sync()
    assert second.send(copy.deepcopy(body)) == told
    second.take(told)
    second.sync()
    assert second.plan == first.plan
    assert stored(tenant).revision == 4


def test_a_key_stands_for_one_request(first):
    one = microsteps(first)[0]["id"]
    first.find(one)["title"] = "Once"
    first.sync(idempotency_key="k1")
    first.find(one)["title"] = "Twice"
    with pytest.raises(Refused) as refused:
        first.sync(idempotency_key="k1")
    assert (refused.value.problem["status"], refused.value.code) == (
        422,
        "idempotency_key_reused",
    )


def test_a_key_may_come_as_header(api, first):
    one = microsteps(first)[0]["id"]
    first.find(one)["title"] = "Once"
    body = first.request()
    del body["idempotency_key"]
    answers = [
        api.post(f"{first.path}/sync", body, Idempotency_Key="from-the-header").json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["revision"] == 2


def test_an_unknown_base_is_refused_before_anything_is_written(tenant, first):
    one = microsteps(first)[0]["id"]
    first.find(one)["title"] = "Changed"
    for members in (
        {"base_revision": 7},
        {"base_revision": 0},
        {"base_hash": "sha256:" + "0" * 64},
        {"document_hash": "sha256:" + "0" * 64},
    ):
        with pytest.raises(Refused) as refused:
            first.sync(**members)
        assert (refused.value.problem["status"], refused.value.code) == (409, "base_unknown")
        assert refused.value.problem["revision"] == 1
    with pytest.raises(Refused, match="base_unknown"):
        first.send({"base_revision": 9, "operations": []})
    assert stored(tenant).revision == 1


def test_a_second_first_push_does_not_replace_the_plan(api, tenant, first, plan):
    late = Clone(api, tenant.project_id)
    late.plan = {**plan, "title": "Another"}
    with pytest.raises(Refused) as refused:
        late.send(late.request(operations=[], document=late.plan))
    assert refused.value.code == "base_unknown"
    late.plan = copy.deepcopy(plan)
    told = late.send(late.request(operations=[], document=plan))
    assert (told["revision"], told["applied"]) == (1, 0)
    assert stored(tenant).revision == 1


def test_an_empty_project_has_no_plan(api, tenant):
    path = f"/api/projects/{tenant.project_id}"
    assert api.get(f"{path}/plan").json()["code"] == "plan_absent"
    for operations in ([], [{"op": "remove", "id": "m1"}]):
        answer = api.post(f"{path}/sync", {"base_revision": 0, "operations": operations})
        assert (answer.status_code, answer.json()["code"]) == (404, "plan_absent")
    assert api.get(f"{path}/revisions").json() == {"items": [], "next_cursor": None}

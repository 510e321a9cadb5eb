"""Edits of many entities at once: what they do, and what they refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.bulk import move_all, remove_all, set_all
from buildrunner.spec.diff import apply, invert
from buildrunner.spec.document import document_hash, index, microsteps
from buildrunner.spec.mutate import EditRefused
from strategies import plans


def row(name, **more):
    return {"id": name, "title": name, "status": "todo", "criteria": ["c"], **more}


@pytest.fixture
def plan():
    return {
        "projectId": "p",
        "title": "P",
        "version": "1.0.0",
        "updatedAt": "2025-01-01T00:00:00Z",
        "milestones": [
            {
                "id": "m",
                "title": "M",
                "steps": [
                    {"id": "s", "title": "S", "microsteps": [row("a", aliases=["old"]), row("b")]},
                    {"id": "t", "title": "T", "microsteps": [row("c", depends_on=["old", "b"])]},
                ],
            }
        ],
    }


def below(plan, step):
    return [child["id"] for child in index(plan)[step].value["microsteps"]]


def test_one_value_for_many_only_where_it_is_new(plan):
    operations = set_all(plan, ["c", "old", "a"], "owner", "Ada")
    assert [operation["id"] for operation in operations] == ["a", "c"]
    after = apply(plan, operations)
    assert set_all(after, ["a", "c"], "owner", "Ada") == []
    assert [operation["op"] for operation in set_all(after, ["a", "b"], "owner")] == ["unset"]


def test_many_move_side_by_side_in_the_order_of_the_plan(plan):
    assert below(apply(plan, move_all(plan, ["b", "a"], parent="t", first=True)), "t") == [
        "a",
        "b",
        "c",
    ]
    assert below(apply(plan, move_all(plan, ["c"], parent="s", after="a")), "s") == ["a", "c", "b"]
    assert below(apply(plan, move_all(plan, ["a"], parent="s")), "s") == ["b", "a"]


def test_what_is_needed_stays_unless_the_need_goes_too(plan):
    with pytest.raises(EditRefused) as refused:
        remove_all(plan, ["a"])
    assert (refused.value.code, refused.value.ids) == ("still_needed", ["c"])
    after = apply(plan, remove_all(plan, ["a"], cascade=True))
    assert index(after)["c"].value["depends_on"] == ["b"]
    # Together with those who need it, and with a parent named beside its child, it just goes.
    assert remove_all(plan, ["s", "a", "t"]) == [
        {"op": "remove", "id": "s"},
        {"op": "remove", "id": "t"},
    ]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda plan: set_all(plan, [], "owner", "A"), "invalid_value"),
        (lambda plan: set_all(plan, ["a"], "id", "z"), "invalid_value"),
        (lambda plan: set_all(plan, ["s"], "microsteps", []), "invalid_value"),
        (lambda plan: set_all(plan, ["s"], "status", "done"), "invalid_value"),
        (lambda plan: set_all(plan, ["a"], "title"), "invalid_value"),
        (lambda plan: move_all(plan, ["a", "s"], parent="t"), "wrong_kind"),
        (lambda plan: move_all(plan, ["a"], parent="m"), "wrong_kind"),
        (lambda plan: move_all(plan, ["a"], parent=""), "wrong_kind"),
        (lambda plan: move_all(plan, ["a"], parent="t", after="b"), "wrong_kind"),
        (lambda plan: move_all(plan, ["gone"], parent="t"), "unknown_id"),
    ],
)
def test_what_would_break_the_plan_is_refused(plan, act, code):
    with pytest.raises(EditRefused) as refused:
        act(plan)
    assert refused.value.code == code


@given(plans(), st.randoms(use_true_random=False))
def test_removing_can_be_taken_back_to_the_same_hash(plan, random):
    names = [entity.id for entity in microsteps(plan)]
    if not names:
        return
    operations = remove_all(plan, random.sample(names, min(3, len(names))), cascade=True)
    back = invert(plan, operations)
    assert document_hash(apply(apply(plan, operations), back)) == document_hash(plan)

"""Diff, apply and invert: exact, minimal, hostile input refused, nothing mutated."""

import copy
import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.diff import OperationError, apply, describe, diff, invert
from buildrunner.spec.document import document_hash
from buildrunner.spec.errors import SpecError
from strategies import edited, ids, plans, random_edit, random_plan


def plan_of(**steps):
    """A plan of one milestone; each keyword is a step with its microsteps' names."""
    return {
        "title": "P",
        "milestones": [
            {
                "id": "m",
                "steps": [
                    {"id": step, "microsteps": [{"id": name, "title": name} for name in names]}
                    for step, names in steps.items()
                ],
            }
        ],
    }


@given(st.data())
def test_apply_of_diff_is_the_new_plan(data):
    old = data.draw(plans())
    new = data.draw(edited(old, most=6))
    kept = copy.deepcopy((old, new))
    operations = diff(old, new)
    assert apply(old, json.loads(json.dumps(operations))) == new
    assert apply(new, invert(old, operations)) == old
    assert apply(new, diff(new, old)) == old
    assert (old, new) == kept


@given(plans(), plans())
def test_diff_bridges_unrelated_plans(old, new):
    assert apply(old, diff(old, new)) == new


def test_diff_of_a_shuffled_id_space_is_exact():
    """Ids reused for other kinds and other places: the hardest case for an order of operations."""
    for seed in range(300):
        rng = Random(seed)
        plans_ = []
        for _ in range(2):
            names = rng.sample("abcdefghij", 10)
            milestones = []
            for _ in range(rng.randint(0, 3)):
                steps = []
                for _ in range(rng.randint(0, 2)):
                    below = [{"id": names.pop()} for _ in range(rng.randint(0, 2)) if names]
                    if names:
                        steps.append({"id": names.pop(), "microsteps": below})
                if names:
                    milestones.append({"id": names.pop(), "steps": steps})
            plans_.append({"milestones": milestones})
        old, new = plans_
        operations = diff(old, new)
        assert apply(old, operations) == new, seed
        assert apply(new, invert(old, operations)) == old, seed


def test_equal_plans_differ_in_nothing():
    plan = random_plan(Random(1))
    assert diff(plan, copy.deepcopy(plan)) == []


def test_a_reorder_moves_as_few_as_possible():
    old = plan_of(s=["a", "b", "c", "d", "e"])
    new = plan_of(s=["b", "c", "d", "e", "a"])
    assert diff(old, new) == [{"op": "move", "id": "a", "parent": "s", "after": "e"}]


def test_a_move_across_parents_is_a_move_with_its_edit():
    old = plan_of(s=["a", "b"], t=["c"])
    new = plan_of(s=["b"], t=["c", "a"])
    new["milestones"][0]["steps"][1]["microsteps"][1]["title"] = "A"
    assert diff(old, new) == [
        {"op": "set", "id": "a", "field": "title", "value": "A"},
        {"op": "move", "id": "a", "parent": "t", "after": "c"},
    ]


def test_a_child_that_moved_away_survives_its_parent():
    old = plan_of(s=["a", "b"], t=["c"])
    new = plan_of(t=["a", "c"])
    operations = diff(old, new)
    assert [operation["op"] for operation in operations] == ["move", "remove"]
    assert apply(old, operations) == new


def test_a_step_moves_between_milestones_with_its_microsteps():
    old = {"milestones": [plan_of(s=["a"])["milestones"][0], {"id": "n", "steps": []}]}
    new = {
        "milestones": [
            {"id": "m", "steps": []},
            {"id": "n", "steps": old["milestones"][0]["steps"]},
        ]
    }
    assert diff(old, new) == [{"op": "move", "id": "s", "parent": "n", "after": None}]
    assert apply(old, diff(old, new)) == new


def test_an_id_that_passed_to_another_entity_is_removed_and_added():
    old, new = plan_of(s=["a", "b"], t=["c"]), plan_of(s=["a", "b"], t=["c"])
    new["milestones"][0]["steps"][0]["title"] = "another s"
    operations = diff(old, new, afresh={"s"})
    assert [operation["op"] for operation in operations] == ["remove", "add"]
    assert apply(old, operations) == new


def test_true_is_not_one_and_null_is_not_absent():
    old = {"milestones": [], "a": 1, "b": None, "c": [0]}
    new = {"milestones": [], "a": True, "c": [False], "d": None}
    assert diff(old, new) == [
        {"op": "set", "id": "", "field": "a", "value": True},
        {"op": "set", "id": "", "field": "c", "value": [False]},
        {"op": "set", "id": "", "field": "d", "value": None},
        {"op": "unset", "id": "", "field": "b"},
    ]


@pytest.mark.parametrize("before", [{}, {"steps": []}])
@pytest.mark.parametrize("after", [{}, {"steps": []}, {"steps": [{"id": "s"}]}])
def test_an_empty_list_is_not_an_absent_one(before, after):
    old = {"milestones": [{"id": "m", **before}]}
    new = {"milestones": [{"id": "m", **after}]}
    operations = diff(old, new)
    assert apply(old, operations) == new
    assert apply(new, invert(old, operations)) == old


def test_a_new_field_stands_before_the_children():
    plan = apply(plan_of(s=["a"]), [{"op": "set", "id": "s", "field": "owner", "value": "Ada"}])
    assert list(plan["milestones"][0]["steps"][0]) == ["id", "owner", "microsteps"]


def test_untouched_parts_are_shared():
    old = plan_of(s=["a", "b"], t=["c"])
    new = apply(old, [{"op": "set", "id": "a", "field": "title", "value": "A"}])
    assert new["milestones"][0]["steps"][1] is old["milestones"][0]["steps"][1]
    assert old["milestones"][0]["steps"][0]["microsteps"][0]["title"] == "a"


NESTED: list = []
for _ in range(5000):
    NESTED = [NESTED]

HOSTILE = [
    ("nonsense", "no object"),
    ({}, "no known `op`"),
    ({"op": ["set"]}, "no known `op`"),
    ({"op": "erase", "id": "a"}, "no known `op`"),
    ({"op": "remove"}, "lacks id"),
    ({"op": "remove", "id": "a", "force": True}, "unknown members"),
    ({"op": "remove", "id": 7}, "`id` is no text"),
    ({"op": "remove", "id": ""}, "the document itself"),
    ({"op": "remove", "id": "zz" * 5000}, "there is no entity"),
    ({"op": "unset", "id": "a", "field": "id"}, "an id cannot be set"),
    ({"op": "set", "id": "a", "field": "x" * 300, "value": 1}, "too long"),
    ({"op": "set", "id": "a", "field": "x", "value": NESTED}, "nested deeper"),
    ({"op": "set", "id": "a", "field": "x", "value": float("nan")}, "not finite"),
    ({"op": "set", "id": "a", "field": "x", "value": 2**53}, "would lose digits"),
    ({"op": "set", "id": "a", "field": "x", "value": {"\ud800": 1}}, "not a field name"),
    ({"op": "set", "id": "a", "field": "x", "value": ["\ud800"]}, "surrogate"),
    ({"op": "set", "id": "a", "field": "x", "value": {1: 2}}, "not a field name"),
    ({"op": "set", "id": "a", "field": "x", "value": {1, 2}}, "set is not a JSON type"),
    ({"op": "set", "id": "s", "field": "microsteps", "value": [{"id": "q"}]}, "holds entities"),
    ({"op": "set", "id": "s", "field": "microsteps", "value": []}, "holds entities"),
    ({"op": "unset", "id": "s", "field": "microsteps"}, "holds entities"),
    ({"op": "add", "parent": "s", "after": 3, "value": {"id": "q"}}, "neither text nor null"),
    ({"op": "add", "parent": "s", "after": "c", "value": {"id": "q"}}, "nothing can follow"),
    ({"op": "add", "parent": "s", "after": None, "value": {"id": "b"}}, "is taken"),
    ({"op": "add", "parent": "a", "after": None, "value": {"id": "q"}}, "holds nothing"),
    ({"op": "add", "parent": "s", "after": None, "value": {"title": "q"}}, "no object with an id"),
    ({"op": "add", "parent": "s", "after": None, "value": ["q"]}, "no object with an id"),
    ({"op": "add", "parent": "m", "after": None, "value": {"id": "q", "microsteps": 1}}, "not a list"),
    ({"op": "add", "parent": "m", "after": None, "value": {"id": "q", "microsteps": [{"id": "a"}]}}, "used twice"),
    ({"op": "add", "parent": "m", "after": None, "value": {"id": "q", "microsteps": [{"id": "q"}]}}, "used twice"),
    ({"op": "move", "id": "a", "parent": "m", "after": None}, "cannot stand in"),
    ({"op": "move", "id": "s", "parent": "s", "after": None}, "cannot stand in"),
    ({"op": "move", "id": "m", "parent": "a", "after": None}, "cannot stand in"),
    ({"op": "move", "id": "a", "parent": "s", "after": "a"}, "nothing can follow"),
    ({"op": "move", "id": "", "parent": "", "after": None}, "the document itself"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "words"), HOSTILE)
def test_hostile_operations_are_refused_by_number(operation, words):
    plan = plan_of(s=["a", "b"], t=["c"])
    kept = copy.deepcopy(plan)
    good = {"op": "set", "id": "a", "field": "title", "value": "A"}
    with pytest.raises(OperationError) as caught:
        apply(plan, [good, operation])
    assert caught.value.position == 1
    assert "operation 1" in str(caught.value)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 600
    assert plan == kept


@pytest.mark.parametrize("operations", [None, {}, "set", 3])
def test_operations_must_be_a_list(operations):
    with pytest.raises(OperationError) as caught:
        apply(plan_of(s=["a"]), operations)
    assert caught.value.position is None


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.sampled_from("smab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
FUZZED = st.fixed_dictionaries(
    {"op": st.sampled_from(["set", "unset", "add", "remove", "move"])},
    optional={
        "id": st.sampled_from(["", "m", "s", "t", "a", "b", "c"]) | JSONISH,
        "field": st.sampled_from(["id", "title", "steps", "microsteps"]) | JSONISH,
        "parent": st.sampled_from(["", "m", "s", "t", "a"]) | JSONISH,
        "after": st.sampled_from([None, "s", "a", "b"]) | JSONISH,
        "value": JSONISH | st.fixed_dictionaries({"id": st.sampled_from("abxyz")}),
    },
)


@given(st.lists(FUZZED, max_size=5))
def test_any_operations_apply_or_are_refused(operations):
    plan = plan_of(s=["a", "b"], t=["c"])
    try:
        result = apply(plan, operations)
    except OperationError:
        return
    assert len(set(ids(result))) == len(ids(result))
    assert apply(result, invert(plan, operations)) == plan
    document_hash(result)


@pytest.mark.parametrize(
    "plan",
    [
        {"milestones": {}},
        {"milestones": [3]},
        {"milestones": [{"title": "no id"}]},
        {"milestones": [{"id": "m", "steps": [{"id": "m"}]}]},
        {"milestones": [{"id": "m", "steps": None}]},
        [],
    ],
)
def test_malformed_plans_are_named_not_guessed(plan):
    with pytest.raises(SpecError) as caught:
        diff(plan, {"milestones": []})
    assert caught.value.code == "plan_malformed"
    assert caught.value.hint == "br lint"


def test_describe_speaks_to_people():
    plan = plan_of(s=["a", "b"])
    lines = [
        describe({"op": "set", "id": "a", "field": "status", "value": "done"}, plan),
        describe({"op": "unset", "id": "", "field": "title"}, plan),
        describe({"op": "add", "parent": "s", "after": "a", "value": {"id": "c", "title": "New"}}, plan),
        describe({"op": "move", "id": "b", "parent": "s", "after": None}, plan),
        describe({"op": "remove", "id": "a"}, plan),
    ]  # fmt: skip
    assert lines == [
        "a “a”: status: nothing → done",
        "the plan: title: P → nothing",
        "add c “New” to s",
        "move b “b” to s, first",
        "remove a “a”",
    ]


@given(st.data())
def test_every_edit_can_be_described(data):
    plan = data.draw(plans())
    rng = data.draw(st.randoms(use_true_random=False))
    for operation in diff(plan, random_edit(rng, plan)):
        line = describe(operation, plan)
        assert line
        assert "\n" not in line

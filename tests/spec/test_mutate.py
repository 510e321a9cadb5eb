"""Edits people ask for: what they do, and what they refuse with which words."""

import copy
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.diff import apply
from buildrunner.spec.document import index
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import Graph
from buildrunner.spec.ids import resolve
from buildrunner.spec.mutate import (
    EditRefused,
    add_entity,
    edit_fields,
    merge_entities,
    move,
    remove,
    rename,
    set_status,
    split,
)
from strategies import ids, plans


@pytest.fixture
def plan():
    return {
        "projectId": "p",
        "title": "Plan",
        "version": "1.0.0",
        "updatedAt": "2025-01-01T00:00:00Z",
        "milestones": [
            {
                "id": "m1",
                "title": "One",
                "steps": [
                    {
                        "id": "m1.s1",
                        "title": "First",
                        "microsteps": [
                            {"id": "m1.s1.ms1", "title": "A", "status": "done", "criteria": ["a"]},
                            {
                                "id": "m1.s1.ms2",
                                "title": "B",
                                "status": "todo",
                                "criteria": ["b1", "b2", "b3"],
                                "depends_on": ["m1.s1.ms1"],
                                "effort_points": 5,
                                "owner": "ada",
                                "aliases": ["old.b"],
                            },
                        ],
                    },
                    {
                        "id": "m1.s2",
                        "title": "Second",
                        "depends_on": ["m1.s1"],
                        "microsteps": [
                            {
                                "id": "m1.s2.ms1",
                                "title": "C",
                                "status": "todo",
                                "criteria": ["c"],
                                "depends_on": ["m1.s1.ms2"],
                                "effort_points": 3,
                            }
                        ],
                    },
                ],
            },
            {"id": "m2", "title": "Two", "steps": []},
        ],
    }


def after(plan, operations):
    before = copy.deepcopy(plan)
    result = apply(plan, operations)
    assert plan == before
    assert not Graph(result).knots()
    return index(result)


def refused(call, *arguments, **options):
    with pytest.raises(EditRefused) as caught:
        call(*arguments, **options)
    assert isinstance(caught.value, SpecError)
    return caught.value


def test_add_takes_the_next_id_and_the_last_place(plan):
    [operation] = add_entity(plan, "m1.s1", title="New", fields={"priority": "P1", "x": [1]})
    assert operation == {
        "op": "add",
        "parent": "m1.s1",
        "after": "m1.s1.ms2",
        "value": {
            "id": "m1.s1.ms3", "title": "New", "status": "todo", "criteria": [],
            "priority": "P1", "x": [1],
        },
    }  # fmt: skip
    assert add_entity(plan, "", title="M")[0]["value"] == {"id": "m3", "title": "M", "steps": []}
    assert add_entity(plan, "m2", title="S")[0]["value"]["id"] == "m2.s1"
    assert add_entity(plan, "m1", title="S", first=True)[0]["after"] is None
    assert add_entity(plan, "m1", title="S", after="m1.s1")[0]["after"] == "m1.s1"


def test_add_avoids_reserved_ids(plan):
    [operation] = add_entity(plan, "m1.s1", title="New", reserved=["m1.s1.ms3", "m1.s1.ms7"])
    assert operation["value"]["id"] == "m1.s1.ms8"


@pytest.mark.parametrize(
    ("parent", "options", "code", "words"),
    [
        ("m9", {}, "unknown_id", 'no "m9"'),
        ("m1.s1.ms1", {}, "wrong_kind", "holds nothing below it"),
        ("m1", {"kind": "microstep"}, "wrong_kind", "no microstep can be added"),
        ("m1.s1", {"title": "two\nlines"}, "invalid_value", "one line"),
        ("m1.s1", {"identifier": "m2"}, "id_taken", "taken"),
        ("m1.s1", {"identifier": "a b"}, "invalid_value", "white space"),
        ("m1.s1", {"fields": {"status": "finished"}}, "invalid_value", "todo, doing"),
        ("m1.s1", {"fields": {"effort_points": 0}}, "invalid_value", "1 to 100"),
        ("m1.s1", {"fields": {"effort_points": True}}, "invalid_value", "1 to 100"),
        ("m1.s1", {"fields": {"criteria": ["a", " "]}}, "invalid_value", "none of them empty"),
        ("m1.s1", {"fields": {"depends_on": ["nowhere"]}}, "unknown_id", "nowhere"),
        ("m1.s1", {"fields": {"depends_on": ["m1.s1"]}}, "dependency_cycle", "circle"),
        ("m1.s1", {"fields": {"x": float("nan")}}, "invalid_value", "not finite"),
        ("m1", {"fields": {"status": "todo"}}, "invalid_value", "has no status"),
        ("m1", {"fields": {"microsteps": []}}, "invalid_value", "not a field"),
        ("m1", {"after": "m2"}, "wrong_kind", "does not stand in"),
    ],
)
def test_add_refuses(plan, parent, options, code, words):
    error = refused(add_entity, plan, parent, **{"title": "New", **options})
    assert error.code == code
    assert words in str(error)


def test_edit_sets_and_unsets_only_what_changes(plan):
    operations = edit_fields(
        plan,
        "old.b",
        set={"title": "B", "owner": "bob", "note": {"x": 1}},
        unset=["effort_points", "gone"],
    )
    assert operations == [
        {"op": "set", "id": "m1.s1.ms2", "field": "owner", "value": "bob"},
        {"op": "set", "id": "m1.s1.ms2", "field": "note", "value": {"x": 1}},
        {"op": "unset", "id": "m1.s1.ms2", "field": "effort_points"},
    ]
    assert edit_fields(plan, "", set={"title": "Other"})[0]["id"] == ""


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("m1.s1.ms1", {"set": {"id": "x"}}, "invalid_value"),
        ("m1.s1", {"set": {"microsteps": []}}, "invalid_value"),
        ("m1.s1.ms1", {"unset": ["status"]}, "invalid_value"),
        ("m1.s1.ms1", {"unset": ["criteria"]}, "invalid_value"),
        ("m1.s1.ms1", {"set": {"depends_on": ["m1.s1.ms1"]}}, "dependency_cycle"),
        ("m1.s1.ms1", {"set": {"depends_on": ["old.b"]}}, "dependency_cycle"),
        ("m1.s1.ms1", {"set": {"depends_on": ["m1.s2"]}}, "dependency_cycle"),
        ("m1.s1.ms1", {"set": {"depends_on": "m1"}}, "invalid_value"),
        ("nowhere", {"set": {"title": "x"}}, "unknown_id"),
        ("", {"set": {"status": "done"}}, "invalid_value"),
    ],
)
def test_edit_refuses(plan, name, options, code):
    error = refused(edit_fields, plan, name, **options)
    assert error.code == code


def test_a_refused_circle_is_printed(plan):
    error = refused(edit_fields, plan, "m1.s1.ms1", set={"depends_on": ["m1.s2.ms1"]})
    assert "m1.s1.ms1 → m1.s2.ms1" in str(error)
    assert "m1.s1.ms1" in error.ids


def test_set_status(plan):
    assert set_status(plan, "old.b", "doing") == [
        {"op": "set", "id": "m1.s1.ms2", "field": "status", "value": "doing"}
    ]
    assert set_status(plan, "m1.s1.ms1", "done") == []
    assert refused(set_status, plan, "m1.s1", "done").code == "wrong_kind"
    assert refused(set_status, plan, "m1.s1.ms1", "finished").code == "invalid_value"


def test_move_keeps_the_id_unless_asked(plan):
    assert refused(move, plan, "m1.s1.ms1", parent="m1.s2").code == "dependency_cycle"
    del plan["milestones"][0]["steps"][1]["depends_on"]
    [operation] = move(plan, "m1.s1.ms1", parent="m1.s2", first=True)
    assert operation == {"op": "move", "id": "m1.s1.ms1", "parent": "m1.s2", "after": None}
    entities = after(plan, move(plan, "m1.s1.ms1", parent="m1.s2", renumber=True))
    moved = entities["m1.s2.ms2"].value
    assert moved["aliases"] == ["m1.s1.ms1"]
    assert entities["m1.s1.ms2"].value["depends_on"] == ["m1.s2.ms2"]
    assert move(plan, "m1.s1.ms2") == []
    assert move(plan, "m1.s1.ms1", after="m1.s1.ms2")[0]["after"] == "m1.s1.ms2"
    assert move(plan, "m2", first=True)[0]["parent"] == ""
    assert refused(move, plan, "m1.s1", parent="m1.s2").code == "wrong_kind"
    assert refused(move, plan, "m1.s1.ms2", parent="m1.s1", after="m1.s2.ms1").code == "wrong_kind"


def test_remove_refuses_while_others_depend(plan):
    error = refused(remove, plan, "m1.s1.ms2")
    assert error.code == "still_needed"
    assert error.ids == ["m1.s2.ms1"]
    assert "--cascade" in error.hint
    entities = after(plan, remove(plan, "m1.s1", cascade=True))
    assert "m1.s1.ms1" not in entities
    assert "depends_on" not in entities["m1.s2"].value
    assert "depends_on" not in entities["m1.s2.ms1"].value
    assert remove(plan, "m1.s2") == [{"op": "remove", "id": "m1.s2"}]


def test_rename_carries_everything_along(plan):
    entities = after(plan, rename(plan, "m1", "alpha"))
    assert entities["alpha"].value["aliases"] == ["m1"]
    assert entities["alpha.s1.ms2"].value["aliases"] == ["old.b", "m1.s1.ms2"]
    assert entities["alpha.s2.ms1"].value["depends_on"] == ["alpha.s1.ms2"]
    assert rename(plan, "m1", "m1") == []
    assert refused(rename, plan, "m1", "m2").code == "id_taken"


def test_split_a_microstep_by_its_criteria(plan):
    operations = split(plan, "m1.s1.ms2", titles=["B1", "B2"], groups=[[0, 2], [1]])
    entities = after(plan, operations)
    first, second = entities["m1.s1.ms2"].value, entities["m1.s1.ms3"].value
    assert (first["title"], first["criteria"], first["effort_points"]) == ("B1", ["b1", "b3"], 3)
    assert second == {
        "id": "m1.s1.ms3", "title": "B2", "status": "todo", "criteria": ["b2"], "owner": "ada",
        "depends_on": ["m1.s1.ms1"], "effort_points": 2,
    }  # fmt: skip
    assert entities["m1.s2.ms1"].value["depends_on"] == ["m1.s1.ms2", "m1.s1.ms3"]


def test_split_a_step_by_its_microsteps(plan):
    operations = split(plan, "m1.s1", titles=["X", "Y"], groups=[["m1.s1.ms1"], ["m1.s1.ms2"]])
    entities = after(plan, operations)
    assert entities["m1.s1.ms2"].parent == "m1.s3"
    assert entities["m1.s2"].value["depends_on"] == ["m1.s1", "m1.s3"]
    assert [step["id"] for step in entities["m1"].value["steps"]] == ["m1.s1", "m1.s3", "m1.s2"]


@pytest.mark.parametrize(
    ("titles", "groups"),
    [
        (["X"], [[0, 1, 2]]),
        (["X", "Y"], [[0], [1]]),
        (["X", "Y"], [[0, 1], [1, 2]]),
        (["X", "Y"], [[0, 1, 2], []]),
        (["X", "Y"], [[0, 1], [2, 3]]),
        (["X", ""], [[0, 1], [2]]),
        (["X", "Y", "Z"], [[0, 1], [2]]),
    ],
)
def test_split_refuses_what_is_no_partition(plan, titles, groups):
    assert refused(split, plan, "m1.s1.ms2", titles=titles, groups=groups).code == "invalid_value"


def test_merge_microsteps_into_one(plan):
    plan["milestones"][0]["steps"][0]["microsteps"].append(
        {
            "id": "m1.s1.ms3", "title": "D", "status": "doing", "criteria": ["b2", "d"],
            "depends_on": ["m1.s1.ms2", "m1.s1.ms1"], "effort_points": 99, "priority": "P1",
            "risk_level": "high", "note": 1,
        }
    )  # fmt: skip
    plan["milestones"][0]["steps"][1]["microsteps"][0]["depends_on"].append("m1.s1.ms3")
    entities = after(plan, merge_entities(plan, ["m1.s1.ms2", "m1.s1.ms3"]))
    merged = entities["m1.s1.ms2"].value
    assert merged == {
        "id": "m1.s1.ms2", "title": "B", "status": "doing", "criteria": ["b1", "b2", "b3", "d"],
        "depends_on": ["m1.s1.ms1"], "effort_points": 100, "owner": "ada", "priority": "P1",
        "risk_level": "high", "note": 1, "aliases": ["old.b", "m1.s1.ms3"],
    }  # fmt: skip
    assert entities["m1.s2.ms1"].value["depends_on"] == ["m1.s1.ms2"]
    assert "m1.s1.ms3" not in entities


def test_merge_refuses_circles_and_mixtures(plan):
    assert refused(merge_entities, plan, ["m1.s1.ms1"]).code == "invalid_value"
    assert refused(merge_entities, plan, ["m1.s1.ms2", "old.b"]).code == "invalid_value"
    assert refused(merge_entities, plan, ["m1.s1.ms1", "m1.s1"]).code == "wrong_kind"
    error = refused(merge_entities, plan, ["m1.s1.ms1", "m1.s2.ms1"])
    assert error.code == "dependency_cycle"


def test_merge_steps(plan):
    entities = after(plan, merge_entities(plan, ["m1.s1", "m1.s2"], title="Both"))
    step = entities["m1.s1"].value
    assert [m["id"] for m in step["microsteps"]] == ["m1.s1.ms1", "m1.s1.ms2", "m1.s2.ms1"]
    assert step["title"] == "Both"
    assert "depends_on" not in step


@given(plans(), st.randoms(use_true_random=False))
def test_any_edit_leaves_a_sound_plan_or_is_refused(plan, rng: Random):
    known = [*ids(plan), "nowhere", ""]
    pick = lambda: rng.choice(known)  # noqa: E731
    edits = [
        lambda: add_entity(plan, pick(), title="T", fields={"depends_on": [pick()]}),
        lambda: edit_fields(plan, pick(), set={"depends_on": [pick(), pick()]}),
        lambda: move(plan, pick(), parent=pick(), renumber=rng.random() < 0.5),
        lambda: remove(plan, pick(), cascade=rng.random() < 0.5),
        lambda: merge_entities(plan, [pick(), pick()]),
        lambda: rename(plan, pick(), rng.choice(["fresh", pick()])),
        lambda: split(plan, pick(), titles=["X", "Y"], groups=[[0], [1]]),
    ]
    before = copy.deepcopy(plan)
    try:
        operations = rng.choice(edits)()
    except EditRefused:
        return
    result = apply(plan, operations)
    assert plan == before
    assert len(set(ids(result))) == len(ids(result))
    assert not Graph(result).knots()
    for entity in index(result).values():
        for need in entity.value.get("depends_on", []):
            assert resolve(result, need) is not None

"""Ids: the next one, whose they are, who they were."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.document import index
from buildrunner.spec.ids import IdSpace, belongs, next_id, renamed, resolve
from strategies import entities, ids, plans


def plan_of(**steps):
    """Milestone m1; each step by its id with its microsteps' ids."""
    return {
        "milestones": [
            {
                "id": "m1",
                "steps": [
                    {"id": f"m1.{step}", "microsteps": [{"id": name} for name in names]}
                    for step, names in steps.items()
                ],
            }
        ]
    }


@pytest.mark.parametrize(
    ("names", "following"),
    [
        (["m1.s1.ms1", "m1.s1.ms3"], "m1.s1.ms4"),
        (["m1.s1.ms9", "m1.s1.ms10"], "m1.s1.ms11"),
        (["m1.s1.ms2", "m1.s1.ms1"], "m1.s1.ms3"),
        (["m1.s1-task7"], "m1.s1-task8"),
        (["a-1", "a-2"], "a-3"),
        (["m1.s1.setup", "m1.s1.ms1"], "m1.s1.ms2"),
        (["m1.s1.setup"], "m1.s1.ms1"),
        (["m1.s1.ms" + "9" * 30], "m1.s1.ms1"),
        ([], "m1.s1.ms1"),
    ],
)
def test_next_id_follows_the_siblings(names, following):
    assert next_id(plan_of(s1=names), "m1.s1", "microstep") == following


def test_next_id_follows_cousins_where_there_are_no_siblings():
    plan = plan_of(s1=["m1.s1.task1"], s2=[])
    assert next_id(plan, "m1.s2", "microstep") == "m1.s2.task1"
    assert next_id({"milestones": [{"id": "p1"}]}, "", "milestone") == "p2"
    assert next_id({}, "", "milestone") == "m1"


def test_next_id_is_not_led_astray_by_what_moved_in():
    plan = plan_of(s1=["m1.s1.ms1", "m1.s1.ms2"], s2=["m1.s1.ms5"])
    assert next_id(plan, "m1.s2", "microstep") == "m1.s2.ms1"
    assert next_id(plan, "m1.s1", "microstep") == "m1.s1.ms6"


def test_next_id_skips_former_ids():
    plan = plan_of(s1=["m1.s1.ms1"])
    plan["milestones"][0]["steps"][0]["microsteps"][0]["aliases"] = ["m1.s1.ms2", "m1.s1.ms4", 7]
    assert next_id(plan, "m1.s1", "microstep") == "m1.s1.ms5"


def test_id_space_counts_on():
    space = IdSpace(["a1", "intro"])
    assert [space.next("a"), space.next("a"), space.following("intro")] == ["a2", "a3", "intro-2"]
    assert space.following("intro") == "intro-3"


@given(plans(), st.sampled_from(["milestone", "step", "microstep"]), st.data())
def test_next_id_is_free_and_at_home(plan, kind, data):
    above = {"step": "milestone", "microstep": "step"}.get(kind)
    parents = [e["id"] for k, e, _ in entities(plan) if k == above] if above else [""]
    if parents:
        parent = data.draw(st.sampled_from(parents))
        made = next_id(plan, parent, kind)
        assert made not in ids(plan)
        assert belongs(made, parent)


@pytest.mark.parametrize(
    ("name", "parent", "expected"),
    [
        ("m1.s1", "m1", True), ("m1-s1", "m1", True), ("anything", "", True),
        ("m10.s1", "m1", False), ("m1", "m1", False), ("m1.", "m1", False), ("s1", "m1", False),
    ],
)  # fmt: skip
def test_belongs(name, parent, expected):
    assert belongs(name, parent) is expected


def test_resolve_prefers_ids_to_aliases():
    plan = plan_of(s1=["a", "b", "c"])
    first, second, _ = plan["milestones"][0]["steps"][0]["microsteps"]
    first["aliases"] = ["b", "old"]
    second["aliases"] = ["old"]
    assert resolve(plan, "b").value is second
    assert resolve(plan, "old").value is first
    assert resolve(plan, "nowhere") is None


def test_renamed_rewrites_what_names_it():
    plan = plan_of(s1=["a", "b"])
    steps = plan["milestones"][0]["steps"][0]
    steps["microsteps"][1].update(depends_on=["a", "m1.s1", 3], aliases=["x", "y"])
    before = copy.deepcopy(plan)
    found = index(renamed(plan, {"a": "z", "b": "y"}))
    assert plan == before
    assert found["z"].value == {"id": "z", "aliases": ["a"]}
    assert found["y"].value == {"id": "y", "depends_on": ["z", "m1.s1", 3], "aliases": ["x", "b"]}


@pytest.mark.parametrize(
    "plan", [{}, {"milestones": None}, {"milestones": [None, {"aliases": "x"}]}]
)
def test_malformed_plans_are_tolerated(plan):
    assert next_id(plan, "", "milestone") == "m1"
    assert resolve(plan, "x") is None
    assert renamed(plan, {"x": "y"})["milestones"] == plan.get("milestones")

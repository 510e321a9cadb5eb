"""Checks through edits and merges: one by one by id, and true to the criterion they stand for."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec import diff, mutate
from buildrunner.spec.criteria import followed, moved
from buildrunner.spec.merge import merge

MS = "m1.s1.ms1"


def plan_of(criteria: list[str], checks: list[dict[str, Any]] | None) -> dict[str, Any]:
    microstep: dict[str, Any] = {"id": MS, "title": "T", "status": "todo", "criteria": criteria}
    if checks is not None:
        microstep["checks"] = checks
    step = {"id": "m1.s1", "title": "S", "microsteps": [microstep]}
    milestone = {"id": "m1", "title": "M", "steps": [step]}
    return {"projectId": "p", "title": "P", "version": "0.1.0", "milestones": [milestone]}


def checks_in(plan: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plan["milestones"][0]["steps"][0]["microsteps"][0]["checks"]
    return found


def run(name: str, criterion: int | None = None, **more: Any) -> dict[str, Any]:
    check = {"id": name, "kind": "command", "run": name, **more}
    return check if criterion is None else {**check, "criterion": criterion}


def both(
    base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]
) -> list[dict[str, Any]]:
    """The checks of a clean merge, the same from either side."""
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert one.clean
    assert one.document == other.document
    return checks_in(one.document)


def test_different_members_of_one_check_merge() -> None:
    base = plan_of(["x"], [run("a"), run("b")])
    ours = plan_of(["x"], [run("a", timeout=5), run("b")])
    theirs = plan_of(["x"], [run("a", cwd="src"), run("b")])
    assert both(base, ours, theirs) == [run("a", timeout=5, cwd="src"), run("b")]


def test_both_sides_add_and_remove() -> None:
    base = plan_of(["x"], [run("a"), run("b")])
    ours = plan_of(["x"], [run("a"), run("b"), run("c")])
    theirs = plan_of(["x"], [run("a"), run("d")])
    assert [each["id"] for each in both(base, ours, theirs)] == ["a", "c", "d"]
    assert [each["id"] for each in both(plan_of(["x"], None), ours, theirs)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("theirs_run", ["make b", None])
def test_a_contested_command_is_a_conflict_not_a_guess(theirs_run: str | None) -> None:
    base = plan_of(["x"], [run("a", 0)])
    ours = plan_of(["x"], [{**run("a", 0), "run": "make a"}])
    theirs = plan_of(["x"], [{**run("a", 0), "run": theirs_run}] if theirs_run else [])
    found = merge(base, ours, theirs)
    assert not found.clean
    assert found.conflicts[0].field == ("checks/a/run" if theirs_run else "checks/a")
    assert checks_in(found.document)[0]["run"] == "make a"
    assert "criterion text" not in str(found.conflicts[0].as_dict())
    decided = merge(base, ours, theirs, {("*", "*"): theirs_run} if not theirs_run else None)
    assert decided.document


def test_an_index_follows_its_criterion_through_a_merge() -> None:
    base = plan_of(["one", "two"], [run("a", 0)])
    ours = plan_of(["zero", "one", "two"], [run("a", 1)])
    theirs = plan_of(["one", "two"], [run("a", 0), run("b", 1)])
    assert both(base, ours, theirs) == [run("a", 1), run("b", 2)]


def test_a_rewritten_criterion_keeps_its_check() -> None:
    base = plan_of(["one"], [run("a", 0)])
    ours = plan_of(["One, really"], [run("a", 0)])
    theirs = plan_of(["one"], [run("a", 0, timeout=9)])
    assert both(base, ours, theirs) == [run("a", 0, timeout=9)]


def test_a_removed_criterion_leaves_no_check_on_another() -> None:
    base = plan_of(["one", "two"], [])
    ours = plan_of(["two"], [])
    theirs = plan_of(["one", "two"], [run("a", 0)])
    assert both(base, ours, theirs) == [run("a", 1)]  # beyond the last: lint says so


def test_editing_criteria_moves_checks_along() -> None:
    plan = plan_of(["one", "two"], [run("a", 0), run("b", 1), run("c")])
    operations = mutate.edit_fields(plan, MS, set={"criteria": ["two", "three"]})
    after = diff.apply(plan, operations)
    assert checks_in(after) == [run("b", 0), run("c")]
    assert diff.apply(after, diff.invert(plan, operations)) == plan


def test_splitting_and_merging_keep_checks_on_their_criteria() -> None:
    plan = plan_of(["one", "two"], [run("a", 0), run("b", 1), run("c")])
    operations = mutate.split(plan, MS, titles=["A", "B"], groups=[[1], [0]])
    parts = diff.apply(plan, operations)["milestones"][0]["steps"][0]["microsteps"]
    assert [part["checks"] for part in parts] == [
        [run("b", 0), run("c")],
        [run("a", 0), run("c")],
    ]
    whole = diff.apply(plan, operations)
    united = diff.apply(whole, mutate.merge_entities(whole, [part["id"] for part in parts]))
    assert [(each["run"], each["criterion"]) for each in checks_in(united)] == [
        ("b", 0), ("c", 0), ("a", 1), ("c", 1),
    ]  # fmt: skip
    names = [each["id"] for each in checks_in(united)]
    assert len(set(names)) == len(names)


texts = st.lists(st.sampled_from("abcd"), max_size=5)


@given(texts, texts)
def test_moved_is_one_to_one_and_true_to_the_text(old: list[str], new: list[str]) -> None:
    places = moved(old, new)
    assert len(set(places.values())) == len(places)
    for before, after in places.items():
        assert old[before] == new[after] or (len(old) == len(new) and before == after)


@given(texts)
def test_nothing_moves_without_a_change(criteria: list[str]) -> None:
    checks = [run(str(place), place) for place in range(len(criteria))]
    assert followed(checks, criteria, copy.copy(criteria)) == checks


check_lists = st.lists(
    st.builds(
        lambda name, index, timeout: run(name, index, timeout=timeout),
        st.sampled_from("abc"), st.none() | st.integers(0, 3), st.integers(1, 3),
    ),
    max_size=3,
    unique_by=lambda check: check["id"],
)  # fmt: skip


@given(st.tuples(*(st.tuples(texts, check_lists) for _ in range(3))))
def test_merges_of_checks_agree_from_both_sides(versions: Any) -> None:
    base, ours, theirs = (plan_of(*version) for version in copy.deepcopy(versions))
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert one.clean == other.clean
    if one.clean:
        assert one.document == other.document
    for check in checks_in(one.document):
        assert check.get("criterion", 0).__class__ is int
    assert merge(base, ours, base).document == ours
    assert merge(base, base, theirs).document == theirs

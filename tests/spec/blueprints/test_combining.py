"""Packs and plans come together: deterministically, twice without effect, upgrades by merging."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec.blueprints import catalog, combine, load
from buildrunner.spec.blueprints.standing import origin
from buildrunner.spec.diff import apply
from buildrunner.spec.document import index, walk
from buildrunner.spec.errors import SpecError
from buildrunner.spec.lint import lint
from kits.packs import EMPTY, fragment, microstep, pack, small

NAMES = sorted(entry.name for entry in catalog())


def faults(plan: dict[str, Any]) -> list[str]:
    return [f"{f.code} {f.message}" for f in lint(json.dumps(plan).encode())]


def normal(plan: dict[str, Any]) -> dict[Any, Any]:
    """A plan with ids of packs in place of its own: what must not depend on the order."""
    names = {entity.id: origin(entity.value) or entity.id for entity in walk(plan)}
    found = {}
    for entity in walk(plan):
        fields = {
            name: value
            for name, value in entity.value.items()
            if name not in ("id", "steps", "microsteps", "depends_on", "source")
        }
        needs = sorted(map(str, (names[need] for need in entity.value.get("depends_on", ()))))
        found[names[entity.id]] = (names.get(entity.parent, ""), fields, needs)
    return found


def test_the_shipped_packs_are_the_ones_promised() -> None:
    assert NAMES == ["auth", "billing", "data-pipeline", "email", "rest-service"]
    for entry in catalog():
        assert entry.tags
        assert entry.keywords
        assert entry.summary
        assert load(entry.text.encode()).findings == []


@given(st.lists(st.sampled_from(NAMES), unique=True))
def test_packs_combine_in_any_order_and_lint_clean(names: list[str]) -> None:
    one_by_one = EMPTY
    for name in names:
        combined = combine(one_by_one, fragment(name))
        assert combined.clean
        assert apply(one_by_one, combined.operations) == combined.document
        one_by_one = combined.document
    assert faults(one_by_one) == []
    together = combine(EMPTY, *map(fragment, names)).document
    assert together == combine(EMPTY, *map(fragment, reversed(names))).document
    assert normal(together) == normal(one_by_one)
    assert combine(one_by_one, *map(fragment, names)).operations == []


def test_all_orders_of_all_packs_give_the_same_work() -> None:
    wanted = normal(combine(EMPTY, *map(fragment, NAMES)).document)
    for order in list(permutations(NAMES))[::7]:
        plan = EMPTY
        for name in order:
            plan = combine(plan, fragment(name)).document
        assert normal(plan) == wanted


def test_ids_follow_the_plan_and_say_where_they_are_from() -> None:
    plan = {
        **EMPTY,
        "milestones": [{"id": "p1", "title": "Kept", "steps": []}],
    }
    result = combine(plan, fragment("email"))
    added = index(result.document)
    assert "p2" in added
    assert "p2.s1.ms1" in added
    assert added["p2.s1.ms1"].value["source"]["key"] == "email@1.0.0#m1.s1.ms1"
    assert added["p2.s1.ms2"].value["depends_on"] == ["p2.s1.ms1"]
    assert result.document["blueprints"]["email"]["version"] == "1.0.0"
    assert plan["milestones"] == [{"id": "p1", "title": "Kept", "steps": []}]


def test_an_upgrade_keeps_what_people_did_and_brings_what_the_pack_changed() -> None:
    plan = combine(EMPTY, pack(small())).document
    plan = apply(
        plan,
        [
            {"op": "set", "id": "m1.s1.ms1", "field": "status", "value": "done"},
            {"op": "set", "id": "m1.s1.ms1", "field": "title", "value": "One, ours"},
        ],
    )
    later = small("1.1.0")
    microstep(later, 0)["criteria"] = ["a", "b", "new"]
    later["plan"]["milestones"][0]["steps"][0]["microsteps"].append(
        {"id": "m1.s1.ms3", "title": "Three", "criteria": ["d"], "depends_on": ["m1.s1.ms2"]}
    )
    result = combine(plan, pack(later))
    assert result.clean
    now = index(result.document)
    assert now["m1.s1.ms1"].value["status"] == "done"
    assert now["m1.s1.ms1"].value["title"] == "One, ours"
    assert now["m1.s1.ms1"].value["criteria"] == ["a", "b", "new"]
    assert now["m1.s1.ms3"].value["depends_on"] == ["m1.s1.ms2"]
    assert result.counts == {"added": 1, "updated": 1, "unchanged": 3, "left_out": 0}
    assert combine(result.document, pack(later)).operations == []


@pytest.mark.parametrize("with_base", [False, True])
@pytest.mark.parametrize(
    ("choice", "title"), [("keep", "Ours"), ("take", "Theirs"), (None, "Ours")]
)
def test_what_both_changed_is_a_choice(with_base: bool, choice: str | None, title: str) -> None:
    first = pack(small())
    plan = combine(EMPTY, first).document
    edit = {"op": "set", "id": "m1.s1.ms1", "field": "title", "value": "Ours"}
    plan = apply(plan, [edit])
    later = small("1.1.0")
    microstep(later, 0)["title"] = "Theirs"
    resolutions = {("m1.s1.ms1", "title"): choice} if choice else None
    bases = {"small": first} if with_base else None
    result = combine(plan, pack(later), resolutions=resolutions, bases=bases)
    assert result.clean is (choice is not None)
    assert index(result.document)["m1.s1.ms1"].value["title"] == title
    if choice is None:
        (conflict,) = [each.as_dict() for each in result.conflicts]
        assert conflict["ours"] == "Ours"
        assert conflict["theirs"] == "Theirs"
        assert conflict["choices"] == ["keep", "take"]
    else:
        assert combine(result.document, pack(later)).operations == []


def test_lists_that_both_changed_can_have_both() -> None:
    plan = combine(EMPTY, pack(small())).document
    plan = apply(
        plan, [{"op": "set", "id": "m1.s1.ms1", "field": "criteria", "value": ["a", "ours"]}]
    )
    later = small("1.1.0")
    microstep(later, 0)["criteria"] = ["a", "theirs"]
    answer = {("m1.s1.ms1", "criteria"): "both"}
    result = combine(plan, pack(later), resolutions=answer)
    assert result.clean
    criteria = index(result.document)["m1.s1.ms1"].value["criteria"]
    assert criteria == ["a", "ours", "theirs"]


def test_what_was_taken_out_stays_out() -> None:
    plan = combine(EMPTY, pack(small())).document
    plan = apply(plan, [{"op": "remove", "id": "m1.s1.ms2"}])
    result = combine(plan, pack(small("1.1.0")))
    assert "m1.s1.ms2" not in index(result.document)
    assert result.notes
    assert "stays out" in result.notes[0]


@pytest.mark.parametrize(
    ("choice", "titles"),
    [("keep", ["Ground"]), ("take", ["Ground"]), ("both", ["Ground", "Ground"])],
)
def test_a_milestone_of_the_same_title_is_a_choice(choice: str, titles: list[str]) -> None:
    own = {"id": "m1", "title": "ground ", "steps": [], "phase": "QA"}
    plan = {**EMPTY, "milestones": [own]}
    open_ = combine(plan, pack(small()))
    assert [(c.id, c.field, c.kind) for c in open_.conflicts] == [("m1", "title", "same_title")]
    result = combine(plan, pack(small()), resolutions={("m1", "title"): choice})
    assert result.clean
    milestones = result.document["milestones"]
    assert [m["title"].strip().capitalize() for m in milestones] == titles
    assert milestones[0]["phase"] == "QA"
    steps = {"keep": 0, "take": 1, "both": 0}[choice]
    assert len(milestones[0]["steps"]) == steps
    again = combine(result.document, pack(small()))
    assert again.operations == []
    assert again.clean


def test_a_pack_that_needs_another_says_so() -> None:
    needy = small(requires=[{"name": "auth", "version": "^1.0.0"}])
    microstep(needy, 0)["depends_on"] = ["auth#m1.s2.ms1"]
    with pytest.raises(SpecError) as caught:
        combine(EMPTY, pack(needy))
    assert caught.value.code == "blueprint_requires"
    result = combine(EMPTY, pack(needy), fragment("auth"))
    first = next(e for e in walk(result.document) if origin(e.value) == ("small", "m1.s1.ms1"))
    (need,) = first.value["depends_on"]
    assert origin(index(result.document)[need].value) == ("auth", "m1.s2.ms1")


def test_packs_that_exclude_one_another_are_a_choice() -> None:
    plan = combine(EMPTY, fragment("email")).document
    other = small(conflicts=[{"name": "email", "reason": "It sends nothing."}])
    result = combine(plan, pack(other))
    assert [(c.id, c.field, c.choices) for c in result.conflicts] == [
        ("email", "pack", ("keep", "both"))
    ]
    kept = combine(plan, pack(other), resolutions={("email", "pack"): "keep"})
    assert kept.operations == []
    assert kept.clean
    both = combine(plan, pack(other), resolutions={("email", "pack"): "both"})
    assert both.counts["added"] == 4


def test_an_older_version_is_refused() -> None:
    plan = combine(EMPTY, pack(small("1.1.0"))).document
    with pytest.raises(SpecError) as caught:
        combine(plan, pack(small("1.0.9")))
    assert caught.value.code == "blueprint_older"


def test_other_values_are_a_change_of_the_pack() -> None:
    plan = combine(EMPTY, fragment("auth")).document
    result = combine(plan, fragment("auth", attempts="3"))
    changed = [op for op in result.operations if op.get("field") == "criteria"]
    assert len(changed) == 1
    assert "After 3 wrong" in changed[0]["value"][0]

"""Drift that documents alone show: sides that part, questions by digest, names in texts."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from buildrunner.spec.document import index
from buildrunner.spec.drift import Names, conflict_digest, diverged
from buildrunner.spec.merge import merge

BASE: dict[str, Any] = {
    "projectId": "p",
    "title": "P",
    "version": "1.0.0",
    "updatedAt": "2026-01-01T00:00:00Z",
    "milestones": [
        {
            "id": "m1",
            "title": "M",
            "steps": [
                {
                    "id": "m1.s1",
                    "title": "S",
                    "microsteps": [
                        {"id": "m1.s1.ms1", "title": "One", "status": "todo", "criteria": ["c"]},
                        {"id": "m1.s1.ms2", "title": "Two", "status": "todo", "aliases": ["x-9"]},
                    ],
                }
            ],
        }
    ],
}


def edited(**fields: Any) -> dict[str, Any]:
    plan = copy.deepcopy(BASE)
    index(plan)["m1.s1.ms1"].value.update(fields)
    return plan


def told(ours: dict[str, Any], theirs: dict[str, Any] | None) -> set[tuple[str, str]]:
    return {(each.code, each.where) for each in diverged(BASE, ours, theirs)}


def test_each_side_and_what_both_changed() -> None:
    ours, theirs = edited(title="Ours", owner="a"), edited(title="Theirs", priority="P1")
    assert told(ours, theirs) == {
        ("field_contested", "m1.s1.ms1.title"),
        ("field_unsent", "m1.s1.ms1.owner"),
        ("field_behind", "m1.s1.ms1.priority"),
    }
    assert told(ours, None) == {
        ("field_unsent", "m1.s1.ms1.title"),
        ("field_unsent", "m1.s1.ms1.owner"),
    }


def test_the_same_edit_on_both_sides_is_no_drift() -> None:
    assert told(edited(title="Same"), edited(title="Same")) == set()
    passing = copy.deepcopy(BASE) | {"updatedAt": "2027-01-01T00:00:00Z", "version": "1.0.1"}
    assert told(passing, BASE) == set()


def test_added_and_removed_entities_are_told_by_name() -> None:
    ours = copy.deepcopy(BASE)
    ours["milestones"][0]["steps"][0]["microsteps"].pop()
    assert told(ours, BASE) == {("field_unsent", "m1.s1.ms2.entity")}
    assert told(BASE, ours) == {("field_behind", "m1.s1.ms2.entity")}


def test_a_digest_is_of_the_question_alone() -> None:
    (conflict,) = merge(BASE, edited(title="Ours"), edited(title="Theirs")).conflicts
    shown = conflict.as_dict()
    digest = conflict_digest(shown)
    assert conflict_digest(shown | {"author": {"name": "a"}, "title": "else"}) == digest
    assert conflict_digest(shown, theirs="Else") != digest
    without = {name: value for name, value in shown.items() if name != "base"}
    assert len({digest, conflict_digest(without), conflict_digest(shown | {"base": None})}) == 3


@pytest.mark.parametrize(
    ("text", "named", "unknown"),
    [
        ("feat(m1.s1.ms1): a", ["m1.s1.ms1"], []),
        ("x-9 is m1.s1.ms2 by now", ["m1.s1.ms2"], []),
        ("m1.s1.ms10, xm1.s1.ms1 and m1.s1.ms1.x", [], ["m1.s1.ms10"]),
        ("m1.s1 and m1 are no microsteps", [], []),
        ("upgrade to 1.2.3, v2.0 and py3.11", [], []),
        ("see m7.s1.ms1 twice: m7.s1.ms1", [], ["m7.s1.ms1"]),
        ("", [], []),
    ],
)
def test_names_in_texts(text: str, named: list[str], unknown: list[str]) -> None:
    names = Names(BASE)
    assert names.named(text) == named
    assert [each for each in names.unknown(text) if not each.startswith("xm")] == unknown


def test_a_plan_without_microsteps_names_nothing() -> None:
    names = Names({"milestones": []})
    assert names.named("m1.s1.ms1") == []
    assert names.unknown("m1.s1.ms1") == ["m1.s1.ms1"]

"""Who is who after several revisions."""

import pytest

from buildrunner.spec.diff import OperationError
from buildrunner.spec.lineage import trace
from buildrunner.spec.merge import merge

BASE = {
    "milestones": [
        {
            "id": "m",
            "steps": [
                {"id": "s", "microsteps": [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}]}
            ],
        }
    ]
}


def add(name, **fields):
    return {"op": "add", "parent": "s", "after": None, "value": {"id": name, **fields}}


def gone(name):
    return {"op": "remove", "id": name}


def test_edits_and_moves_change_nobody():
    operations = [
        {"op": "set", "id": "a", "field": "title", "value": "Z"},
        {"op": "move", "id": "b", "parent": "s", "after": None},
        add("c"),
    ]
    assert trace(BASE, [(operations, [])]) == {name: name for name in ("", "m", "s", "a", "b")}


def test_what_was_removed_is_nobody_even_if_its_id_returns():
    assert trace(BASE, [([gone("a")], []), ([add("a")], [])]).keys() == {"", "m", "s", "b"}
    assert trace(BASE, [([gone("s")], [])]).keys() == {"", "m"}


def test_renames_are_followed_from_hand_to_hand():
    first = ([add("c", aliases=["a"])], [{"from": "a", "to": "c"}])
    second = ([add("d", aliases=["a"])], [{"from": "a", "to": "d"}])
    third = ([gone("c"), add("e")], [{"from": "c", "to": "e"}])
    found = trace(BASE, [first, second, third])
    assert found["a"] == "e"
    assert found["b"] == "b"


def test_operations_must_follow():
    with pytest.raises(OperationError):
        trace(BASE, [([gone("nowhere")], [])])


def test_lineage_overrules_likeness():
    """`a` was removed and another `a` was added that looks just like it."""
    head = {
        "milestones": [
            {"id": "m", "steps": [{"id": "s", "microsteps": [{"id": "a", "title": "X"}, {"id": "b", "title": "B"}]}]}
        ]
    }  # fmt: skip
    ours = {
        "milestones": [
            {"id": "m", "steps": [{"id": "s", "microsteps": [{"id": "a", "title": "A", "owner": "me"}, {"id": "b", "title": "B"}]}]}
        ]
    }  # fmt: skip
    assert merge(BASE, ours, head).clean
    lineage = trace(BASE, [([gone("a"), add("a", title="X")], [])])
    [conflict] = merge(BASE, ours, head, lineage=lineage).conflicts
    assert (conflict.id, conflict.kind) == ("a", "entity")

"""Merge, case by case: what comes together, what is a conflict, and how it is answered."""

import copy

import pytest

from buildrunner.spec.conflicts import resolutions_from_json, resolutions_to_json
from buildrunner.spec.diff import apply, diff
from buildrunner.spec.document import content_hash, index
from buildrunner.spec.errors import SpecError
from buildrunner.spec.merge import ABSENT, EVERYTHING, OURS, THEIRS, merge


def ms(name, **fields):
    return {"id": name, "title": name, "status": "todo", "criteria": ["c"], **fields}


@pytest.fixture
def base():
    return {
        "title": "P",
        "version": "1.0.0",
        "updatedAt": "2025-01-01T00:00:00Z",
        "milestones": [
            {
                "id": "m",
                "title": "M",
                "steps": [
                    {"id": "s", "title": "S", "microsteps": [ms("a"), ms("b"), ms("c")]},
                    {"id": "t", "title": "T", "microsteps": [ms("d", depends_on=["a"])]},
                    {"id": "u", "title": "U", "microsteps": []},
                ],
            }
        ],
    }


def edit(plan, *operations):
    return apply(plan, list(operations))


def put(name, field, value):
    return {"op": "set", "id": name, "field": field, "value": value}


def out(name, field):
    return {"op": "unset", "id": name, "field": field}


def add(parent, value, after=None):
    return {"op": "add", "parent": parent, "after": after, "value": value}


def to(name, parent, after=None):
    return {"op": "move", "id": name, "parent": parent, "after": after}


def gone(name):
    return {"op": "remove", "id": name}


def merged(base, ours, theirs, resolutions=None):
    """A clean merge, the same from both sides."""
    result = merge(base, ours, theirs, resolutions)
    assert result.conflicts == []
    if resolutions is None:
        assert merge(base, theirs, ours).document == result.document
    return result.document


def only(base, ours, theirs):
    """The one conflict, which is the same seen from the other side."""
    [conflict] = merge(base, ours, theirs).conflicts
    [other] = merge(base, theirs, ours).conflicts
    assert (conflict.id, conflict.field, conflict.kind) == (other.id, other.field, other.kind)
    assert other.ours is conflict.theirs or other.ours == conflict.theirs
    return conflict


def below(plan, name):
    value = index(plan)[name].value
    return [child["id"] for child in value.get("microsteps", value.get("steps", []))]


# -- fields --


def test_different_fields_of_one_entity_come_together(base):
    result = merged(
        base, edit(base, put("a", "status", "doing")), edit(base, put("a", "owner", "x"))
    )
    assert index(result)["a"].value == ms("a", status="doing", owner="x")


def test_the_same_field_changed_differently_is_a_conflict(base):
    ours, theirs = edit(base, put("a", "title", "O")), edit(base, put("a", "title", "T"))
    conflict = only(base, ours, theirs)
    assert conflict.as_dict() == {
        "id": "a", "kind": "field", "field": "title",
        "base": "a", "ours": "O", "theirs": "T", "title": "O",
    }  # fmt: skip
    assert merge(base, ours, theirs).document == ours
    for answer, title in ((OURS, "O"), (THEIRS, "T"), ("Z", "Z")):
        result = merged(base, ours, theirs, {("a", "title"): answer})
        assert index(result)["a"].value["title"] == title


def test_an_absent_value_is_not_null(base):
    base = edit(base, put("a", "owner", "x"))
    ours, theirs = edit(base, out("a", "owner")), edit(base, put("a", "owner", None))
    conflict = only(base, ours, theirs)
    assert "ours" not in conflict.as_dict()
    assert conflict.as_dict()["theirs"] is None
    assert "owner" not in index(merged(base, ours, theirs, {("a", "owner"): ABSENT}))["a"].value


def test_true_and_one_are_different_values(base):
    conflict = only(base, edit(base, put("a", "x", True)), edit(base, put("a", "x", 1)))
    assert conflict.field == "x"


@pytest.mark.parametrize(
    ("before", "ours", "theirs", "result"),
    [
        (["a"], ["a", "o"], ["a", "t"], ["a", "o", "t"]),
        (["a"], ["o", "a"], ["a", "t"], ["o", "a", "t"]),
        (["a", "b"], ["A", "b"], ["a", "B"], ["A", "B"]),
        (["a", "b"], ["a"], ["a", "b", "t"], ["a", "t"]),
        (["a", "b", "c"], ["c", "a", "b"], ["a", "b", "c", "t"], ["c", "a", "b", "t"]),
        (["a", "b"], ["b"], ["a"], []),
        (["a"], ["a", "n"], ["a", "n"], ["a", "n"]),
        (["a", "b"], ["n", "a", "b"], ["a", "b", "n"], ["n", "a", "b"]),
        (["a", "b", "c"], ["b", "c", "a"], ["b", "a", "c"], ["b", "c", "a"]),
        (["a", "b"], ["A", "b"], ["Z", "b"], None),
        (["a", "b"], ["b"], ["Z", "b"], None),
        (["a", "a", "b"], ["a", "a"], ["a", "a", "b", "a"], ["a", "a", "a"]),
    ],
)
def test_lists_merge_element_by_element(base, before, ours, theirs, result):
    base = edit(base, put("a", "criteria", before))
    left, right = edit(base, put("a", "criteria", ours)), edit(base, put("a", "criteria", theirs))
    if result is None:
        assert only(base, left, right).field == "criteria"
    else:
        assert index(merged(base, left, right))["a"].value["criteria"] == result


def test_lists_of_objects_merge_too(base):
    base = edit(base, put("", "history", [{"n": 1}]))
    ours = edit(base, put("", "history", [{"n": 1}, {"n": 2}]))
    theirs = edit(base, put("", "history", [{"n": 1}, {"n": True}]))
    assert merged(base, ours, theirs)["history"] in (
        [{"n": 1}, {"n": 2}, {"n": True}],
        [{"n": 1}, {"n": True}, {"n": 2}],
    )


def test_dependencies_are_a_set(base):
    base = edit(base, put("d", "depends_on", ["a", "b"]))
    ours = edit(base, put("d", "depends_on", ["b", "c"]))
    theirs = edit(base, put("d", "depends_on", ["b", "a", "u"]))
    assert index(merged(base, ours, theirs))["d"].value["depends_on"] == ["b", "c", "u"]
    nothing = edit(base, out("d", "depends_on"))
    assert index(merged(base, nothing, ours))["d"].value["depends_on"] == ["c"]
    assert (
        "depends_on"
        not in index(merged(base, nothing, edit(base, put("d", "depends_on", ["a"]))))["d"].value
    )


def test_objects_merge_by_key_and_conflicts_name_the_way(base):
    base = edit(base, put("a", "note", {"x": 1, "y": {"z/k": 1, "w": 1}}))
    ours = edit(base, put("a", "note", {"x": 2, "y": {"z/k": 2, "w": 1}}))
    theirs = edit(base, put("a", "note", {"x": 1, "y": {"z/k": 3, "w": 1}, "n": 1}))
    conflict = only(base, ours, theirs)
    assert (conflict.field, conflict.base, conflict.ours, conflict.theirs) == (
        "note/y/z~1k",
        1,
        2,
        3,
    )
    result = merged(base, ours, theirs, {("a", "note/y/z~1k"): 9})
    assert index(result)["a"].value["note"] == {"x": 2, "y": {"z/k": 9, "w": 1}, "n": 1}


@pytest.mark.parametrize(
    ("field", "ours", "theirs", "result"),
    [
        ("version", "1.2.0", "1.10.0", "1.10.0"),
        ("version", "2.0.0-rc.2", "2.0.0", "2.0.0"),
        ("version", "2.0.0-rc.2", "2.0.0-rc.10", "2.0.0-rc.10"),
        ("version", "1.1.0", "nonsense", "1.1.0"),
        ("version", "0.9.0", "0.8.0", "0.9.0"),
        ("updatedAt", "2025-03-01T00:00:00Z", "2025-03-01T01:00:00+02:00", "2025-03-01T00:00:00Z"),
        ("updatedAt", "2025-03-01T00:00:00Z", "later", "2025-03-01T00:00:00Z"),
        ("updatedAt", 7, "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"),
    ],
)
def test_version_and_time_never_conflict(base, field, ours, theirs, result):
    left, right = edit(base, put("", field, ours)), edit(base, put("", field, theirs))
    assert merged(base, left, right)[field] == result


# -- what is removed --


def test_removing_what_nobody_touched_is_no_conflict(base):
    ours, theirs = edit(base, gone("b")), edit(base, put("a", "owner", "x"), gone("u"))
    result = merged(base, ours, theirs)
    assert below(result, "s") == ["a", "c"]
    assert below(result, "m") == ["s", "t"]


def test_edit_against_remove_asks_about_the_topmost_entity(base):
    ours, theirs = (
        edit(base, put("b", "title", "B")),
        edit(base, gone("s"), put("d", "depends_on", [])),
    )
    conflict = only(base, ours, theirs)
    assert (conflict.id, conflict.field, conflict.kind) == ("s", "entity", "entity")
    assert conflict.ours["microsteps"][1]["title"] == "B"
    assert "theirs" not in conflict.as_dict()
    assert below(merge(base, ours, theirs).document, "s") == ["a", "b", "c"]
    assert "s" not in index(merge(base, theirs, ours).document)
    kept = merged(base, ours, theirs, {("s", "entity"): OURS})
    assert index(kept)["b"].value["title"] == "B"
    assert below(kept, "m") == ["s", "t", "u"]
    assert "s" not in index(merged(base, ours, theirs, {("s", "entity"): THEIRS}))
    edited = merged(base, ours, theirs, {("s", "entity"): {"id": "zzz", "title": "New", "x": 1}})
    assert index(edited)["s"].value["title"] == "New"
    assert below(edited, "s") == ["a", "b", "c"]


@pytest.mark.parametrize(
    "change",
    [
        lambda: add("u", ms("n")),
        lambda: to("a", "u"),
        lambda: put("u", "title", "Other"),
    ],
)
def test_adding_to_or_moving_into_what_is_removed_is_a_conflict(base, change):
    ours, theirs = edit(base, change()), edit(base, gone("u"))
    conflict = only(base, ours, theirs)
    assert (conflict.id, conflict.field) == ("u", "entity")
    result = merged(base, ours, theirs, {("u", "entity"): THEIRS})
    assert "u" not in index(result)
    assert "a" in index(result)  # what moved in stays where it was
    assert merged(base, ours, theirs, {("u", "entity"): OURS}) == ours


def test_what_one_side_moved_out_survives_the_parent(base):
    ours = edit(base, to("b", "u"), gone("s"), put("d", "depends_on", []))
    theirs = edit(base, put("b", "title", "B"))
    result = merged(base, ours, theirs)
    assert below(result, "u") == ["b"]
    assert index(result)["b"].value["title"] == "B"
    assert "s" not in index(result)


def test_moving_out_of_what_the_other_side_removed_asks(base):
    ours, theirs = edit(base, to("b", "u")), edit(base, gone("s"), put("d", "depends_on", []))
    conflict = only(base, ours, theirs)
    assert (conflict.id, conflict.field) == ("b", "entity")
    result = merged(base, ours, theirs, {("b", "entity"): OURS})
    assert below(result, "u") == ["b"]
    assert "s" not in index(result)


def test_a_new_dependency_on_what_is_removed_asks(base):
    ours = edit(base, put("d", "depends_on", ["a", "c"]))
    theirs = edit(base, gone("c"))
    conflict = only(base, ours, theirs)
    assert (conflict.id, conflict.field, conflict.kind) == ("c", "entity", "reference")
    assert conflict.as_dict()["referrers"] == ["d"]
    removed = merged(base, ours, theirs, {("c", "entity"): THEIRS})
    assert index(removed)["d"].value["depends_on"] == ["a"]
    kept = merged(base, ours, theirs, {("c", "entity"): OURS})
    assert index(kept)["d"].value["depends_on"] == ["a", "c"]
    assert below(kept, "s") == ["a", "b", "c"]


def test_both_removing_is_agreement(base):
    ours, theirs = edit(base, gone("b")), edit(base, gone("b"), put("a", "owner", "x"))
    assert below(merged(base, ours, theirs), "s") == ["a", "c"]


# -- where things stand --


def test_moves_and_edits_of_one_entity_come_together(base):
    result = merged(base, edit(base, to("a", "u")), edit(base, put("a", "title", "A")))
    assert below(result, "u") == ["a"]
    assert index(result)["a"].value["title"] == "A"


def test_moves_to_different_parents_conflict(base):
    ours, theirs = edit(base, to("a", "t", "d")), edit(base, to("a", "u"))
    conflict = only(base, ours, theirs)
    assert conflict.as_dict() == {
        "id": "a", "kind": "position", "field": "position", "title": "a",
        "base": {"parent": "s", "after": None},
        "ours": {"parent": "t", "after": "d"},
        "theirs": {"parent": "u", "after": None},
    }  # fmt: skip
    assert merge(base, ours, theirs).document == ours
    assert merged(base, ours, theirs, {("a", "position"): THEIRS}) == theirs
    assert merged(base, ours, theirs, {("a", "position"): OURS}) == ours
    free = merged(base, ours, theirs, {("a", "position"): {"parent": "s", "after": "b"}})
    assert below(free, "s") == ["b", "a", "c"]


@pytest.mark.parametrize(
    "answer", [7, {}, {"parent": "nowhere"}, {"parent": "m"}, ABSENT, {"parent": ["s"]}]
)
def test_an_impossible_place_is_no_answer(base, answer):
    ours, theirs = edit(base, to("a", "t")), edit(base, to("a", "u"))
    result = merge(base, ours, theirs, {("a", "position"): answer})
    assert [c.field for c in result.conflicts] == ["position"]
    assert result.document == ours


@pytest.mark.parametrize(
    ("ours", "theirs", "result"),
    [
        ([to("c", "s")], [add("s", ms("n"), "c")], ["c", "a", "b", "n"]),
        ([add("s", ms("n1"))], [add("s", ms("n2"))], ["n1", "n2", "a", "b", "c"]),
        ([to("a", "s", "c")], [gone("b")], ["c", "a"]),
        ([to("a", "s", "c")], [to("c", "s")], ["c", "b", "a"]),
        ([to("a", "s", "b")], [to("a", "s", "c")], ["b", "c", "a"]),
        ([add("s", ms("n"), "b")], [gone("b")], ["a", "n", "c"]),
    ],
)
def test_siblings_merge_as_a_sequence(base, ours, theirs, result):
    assert below(merged(base, edit(base, *ours), edit(base, *theirs)), "s") == result


def test_both_places_removed_keeps_the_entity_and_asks(base):
    ours = edit(base, to("b", "t"), gone("u"))
    theirs = edit(base, to("b", "u"), gone("t"))
    result = merge(base, ours, theirs, {("t", "entity"): ABSENT, ("u", "entity"): ABSENT})
    assert "b" in index(result.document)


# -- ids --


def rivals(base, parent="s", name="n"):
    """(winner, loser): two different additions under one id."""
    return sorted(
        (ms(name, title="one", criteria=["1"]), ms(name, title="two", criteria=["2"])),
        key=content_hash,
    )


def test_equal_additions_unify(base):
    ours = edit(base, add("s", ms("n"), "a"))
    theirs = edit(base, add("s", ms("n", aliases=["old"]), "a"), put("a", "owner", "x"))
    result = merge(base, ours, theirs)
    assert result.clean
    assert result.renames == []
    assert below(result.document, "s") == ["a", "n", "b", "c"]
    assert index(result.document)["n"].value["aliases"] == ["old"]


def test_different_additions_both_stay(base):
    winner, loser = rivals(base, name="n7")
    ours = edit(base, add("s", loser), put("d", "depends_on", ["a", "n7"]))
    theirs = edit(base, add("s", winner), put("c", "depends_on", ["n7"]))
    result = merge(base, ours, theirs)
    entities = index(merged(base, ours, theirs))
    assert entities["n7"].value == winner
    assert entities["n8"].value == {**loser, "id": "n8", "aliases": ["n7"]}
    assert entities["d"].value["depends_on"] == ["a", "n8"]
    assert entities["c"].value["depends_on"] == ["n7"]
    assert result.renames == [{"from": "n7", "to": "n8", "title": loser["title"], "side": "ours"}]


def test_ids_that_others_have_seen_stay(base):
    one, two = (edit(base, add("s", addition)) for addition in rivals(base))
    for ours, theirs in ((one, two), (two, one)):
        entities = index(merge(base, ours, theirs, published="theirs").document)
        assert entities["n"].value == index(theirs)["n"].value
        entities = index(merge(base, ours, theirs, published="ours").document)
        assert entities["n"].value == index(ours)["n"].value


def test_an_id_others_know_is_not_given_away(base):
    """n became n-2 on the server; a clone removed n and happened to add an n-2."""
    winner, loser = rivals(base)
    synced = edit(base, add("s", loser))
    head = merged(base, edit(base, add("s", winner)), synced)
    ours = edit(synced, gone("n"), add("u", ms("n-2", title="new")))
    entities = index(merged(synced, ours, head))
    assert "n-2" not in entities
    assert entities["n-3"].value["title"] == "new"
    assert entities["n"].value == winner


def test_the_next_free_id_skips_everything_ever_used(base):
    base = edit(base, put("a", "aliases", ["n8"]))
    winner, loser = rivals(base, name="n7")
    ours = edit(base, add("s", loser), add("u", ms("n9")))
    result = merged(base, ours, edit(base, add("t", winner)))
    assert index(result)["n10"].value["aliases"] == ["n7"]


def test_a_renamed_step_takes_its_additions_along(base):
    steps = sorted(
        (
            {"id": "m.s1", "title": title, "microsteps": [ms("m.s1.ms1", title=title), ms("m.s1.ms2", depends_on=["m.s1.ms1"], title=title)]}
            for title in ("one", "two")
        ),
        key=content_hash,
    )  # fmt: skip
    winner, loser = steps
    ours = edit(base, add("m", loser), to("a", "m.s1", "m.s1.ms2"))
    theirs = edit(base, add("m", winner))
    entities = index(merged(base, ours, theirs))
    assert entities["m.s1"].value == winner
    moved = entities["m.s2"].value
    assert moved["title"] == loser["title"]
    assert [child["id"] for child in moved["microsteps"]] == ["m.s2.ms1", "m.s2.ms2", "a"]
    assert moved["microsteps"][1]["depends_on"] == ["m.s2.ms1"]
    assert moved["microsteps"][1]["aliases"] == ["m.s1.ms2"]


def test_edits_follow_an_entity_the_server_renamed(base):
    """A clone pushed n, the server renamed it, meanwhile the clone edited on."""
    winner, loser = rivals(base)
    sent = edit(base, add("s", loser))
    head = merged(base, edit(base, add("s", winner)), sent)
    working = edit(sent, put("n", "status", "doing"), put("d", "depends_on", ["a", "n"]))
    result = merge(sent, working, head)
    assert result.clean
    entities = index(result.document)
    assert entities["n"].value == winner
    assert entities["n-2"].value["status"] == "doing"
    assert entities["d"].value["depends_on"] == ["a", "n-2"]
    assert result.renames[0]["from"] == "n"
    assert merge(sent, sent, head).document == head


def test_edits_stay_with_an_entity_that_kept_its_id(base):
    """The other way: ours kept n, a newcomer got another id and carries n as its alias."""
    winner, loser = rivals(base)
    synced = edit(base, add("s", winner))
    head = merged(base, synced, edit(base, add("s", loser)))
    working = edit(synced, put("n", "status", "doing"))
    entities = index(merged(synced, working, head))
    assert entities["n"].value == {**winner, "status": "doing"}
    assert entities["n-2"].value["status"] == "todo"


def test_a_clone_that_missed_the_answer_does_not_add_twice(base):
    winner, loser = rivals(base)
    sent = edit(base, add("s", loser))
    head = merged(base, edit(base, add("s", winner)), sent)
    assert merged(base, sent, head) == head


def test_additions_follow_a_step_the_other_side_renamed(base):
    """Namespaces stay true: what was added below the old id is renamed with it."""
    base = edit(base, add("m", {"id": "m.s1", "title": "X", "microsteps": [ms("m.s1.ms1")]}))
    renamed = edit(
        base,
        gone("m.s1"),
        add("m", {"id": "m.s2", "title": "X", "aliases": ["m.s1"], "microsteps": [ms("m.s2.ms1", aliases=["m.s1.ms1"])]}),
    )  # fmt: skip
    ours = edit(base, add("m.s1", ms("m.s1.ms2"), "m.s1.ms1"))
    result = merged(base, ours, renamed)
    assert below(result, "m.s2") == ["m.s2.ms1", "m.s2.ms2"]
    assert index(result)["m.s2.ms2"].value["aliases"] == ["m.s1.ms2"]


def test_one_id_for_different_kinds(base):
    ours, theirs = edit(base, add("s", ms("n"))), edit(base, add("m", {"id": "n", "title": "N"}))
    entities = index(merged(base, ours, theirs))
    assert entities["n"].kind == "step"
    assert entities["n-2"].kind == "microstep"


# -- what only the combination breaks --


def test_a_circle_made_by_both_sides_asks(base):
    ours = edit(base, put("a", "depends_on", ["b"]))
    theirs = edit(base, put("b", "depends_on", ["c"]), put("c", "depends_on", ["a"]))
    result = merge(base, ours, theirs)
    asked = {(c.id, c.field, c.kind) for c in result.conflicts}
    assert asked == {(name, "depends_on", "cycle") for name in "abc"}
    assert result.document == ours
    assert merged(base, ours, theirs, {EVERYTHING: THEIRS}) == theirs
    chosen = {("a", "depends_on"): ["b"], ("b", "depends_on"): ["c"], ("c", "depends_on"): ABSENT}
    assert index(merged(base, ours, theirs, chosen))["b"].value["depends_on"] == ["c"]


def test_an_answer_that_closes_the_circle_again_is_refused(base):
    ours, theirs = (
        edit(base, put("a", "depends_on", ["b"])),
        edit(base, put("b", "depends_on", ["a"])),
    )
    wrong = {("a", "depends_on"): ["b"], ("b", "depends_on"): ["a"]}
    result = merge(base, ours, theirs, wrong)
    assert {c.kind for c in result.conflicts} == {"cycle"}
    assert result.document == ours


def test_a_circle_by_a_move_asks(base):
    ours = edit(base, put("a", "depends_on", ["u"]))
    theirs = edit(base, to("a", "u"))
    result = merge(base, ours, theirs)
    assert {(c.id, c.field) for c in result.conflicts} == {("a", "depends_on"), ("a", "position")}
    assert result.document == ours
    mixed = {("a", "depends_on"): THEIRS, ("a", "position"): THEIRS}
    assert merged(base, ours, theirs, mixed) == theirs


def test_a_circle_that_was_there_does_not_stand_in_the_way(base):
    base = edit(base, put("a", "depends_on", ["b"]), put("b", "depends_on", ["a"]))
    ours, theirs = (
        edit(base, put("c", "depends_on", ["d"])),
        edit(base, put("b", "depends_on", ["a", "u"])),
    )
    assert index(merged(base, ours, theirs))["c"].value["depends_on"] == ["d"]


# -- around it --


def test_without_a_common_base_nothing_is_lost(base):
    other = copy.deepcopy(base)
    other["milestones"][0]["steps"][0]["microsteps"][0]["title"] = "other"
    result = merge({}, base, other)
    titles = {entity.value["title"] for entity in index(result.document).values()}
    assert {"a", "other", "b", "c", "d"} <= titles


def test_key_order_and_untouched_parts_are_ours(base):
    ours = edit(base, put("a", "owner", "x"))
    result = merged(base, ours, edit(base, put("d", "owner", "y")))
    assert list(result) == list(ours)
    assert index(result)["s"].value is index(ours)["s"].value


def test_malformed_plans_are_refused(base):
    with pytest.raises(SpecError) as caught:
        merge(base, base, {"milestones": [{"id": "m"}, {"id": "m"}]})
    assert caught.value.code == "plan_malformed"


def test_resolutions_travel_as_json():
    resolutions = {
        ("a", "title"): "x",
        ("b", "entity"): ABSENT,
        ("c", "x"): OURS,
        EVERYTHING: THEIRS,
        ("d", "x"): None,
    }
    assert resolutions_from_json(resolutions_to_json(resolutions)) == resolutions


@pytest.mark.parametrize(
    "items",
    [
        {}, [3], [{"id": "a"}], [{"id": "a", "field": "x"}], [{"id": 1, "field": "x", "value": 1}],
        [{"id": "a", "field": "x", "take": "mine"}], [{"id": "a", "field": "x", "absent": False}],
        [{"id": "a", "field": "x", "value": 1, "take": "ours"}],
        [{"id": "a", "field": "x", "value": float("inf")}],
    ],
)  # fmt: skip
def test_malformed_resolutions_are_refused(items):
    with pytest.raises(SpecError) as caught:
        resolutions_from_json(items)
    assert caught.value.code == "invalid_resolution"


def test_a_merge_travels_as_operations(base):
    """What a server answers: the operations that lead from the client's plan to the merged one."""
    winner, loser = rivals(base)
    ours, theirs = (
        edit(base, add("s", loser), to("a", "u")),
        edit(base, add("s", winner), gone("b")),
    )
    result = merged(base, ours, theirs)
    assert apply(ours, diff(ours, result)) == result
    assert apply(theirs, diff(theirs, result)) == result

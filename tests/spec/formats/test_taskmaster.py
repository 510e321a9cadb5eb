"""task-master files: both layouts, dependencies, statuses, and the next import of a changed file."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.spec import formats
from buildrunner.spec.document import index, loads
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import Graph
from buildrunner.spec.lint import lint


@pytest.fixture
def document(data_dir):
    return json.loads((data_dir / "formats" / "taskmaster" / "testcraft.json").read_bytes())


@pytest.fixture
def plan(data_dir):
    return loads((data_dir / "plans" / "buildrunner-phase4.json").read_bytes())


def imported(document, existing=None, **options):
    return formats.read(
        json.dumps(document).encode(), name="tasks.json", existing=existing, **options
    )


def tasks(*entries):
    return {"tasks": [{"title": f"Task {entry['id']}", **entry} for entry in entries]}


def by_key(plan):
    return {
        entity.value["source"]["key"].partition("#")[2]: entity
        for entity in index(plan).values()
        if "source" in entity.value
    }


def codes(result):
    return [note.code for note in result.notes]


def test_every_task_and_subtask_arrives(document, plan):
    source = document["master"]["tasks"]
    result = imported(document, plan)
    assert result.format == "taskmaster"
    assert result.counts["milestones"] == 1
    assert result.counts["steps"] == len(source)
    assert result.counts["microsteps"] == sum(len(task["subtasks"]) or 1 for task in source)
    found = by_key(result.plan)
    for task in source:
        assert found[str(task["id"])].value["title"] == task["title"].strip()
        for subtask in task["subtasks"]:
            entity = found[f"{task['id']}.{subtask['id']}"]
            assert entity.value["title"] == subtask["title"]
            assert entity.value.get("details", "") == subtask["details"].strip()
            assert entity.value["description"] == subtask["description"].strip()
            assert entity.value["criteria"]


def test_numbers_of_tasks_become_numbers_of_ids(document, plan):
    found = by_key(imported(document, plan).plan)
    milestone = found[""].id
    assert found["28"].id == f"{milestone}.s28"
    assert found["28.3"].id == f"{milestone}.s28.ms3"


def test_the_plan_around_it_stays(document, plan):
    before = copy.deepcopy(plan)
    result = imported(document, plan)
    assert plan == before
    assert result.plan["milestones"][:-1] == before["milestones"]
    assert result.plan["title"] == before["title"]


def test_the_second_import_is_a_no_op(document, plan):
    first = imported(document, plan)
    second = imported(document, first.plan)
    assert second.plan == first.plan
    assert second.counts["unchanged"] == sum(
        first.counts[kind] for kind in ("milestones", "steps", "microsteps")
    )
    assert not second.counts["updated"]


def test_the_flat_layout_is_the_master_tag(document, plan):
    flat = {"tasks": document["master"]["tasks"], "meta": {"projectName": "testcraft"}}
    first = imported(flat, plan)
    assert by_key(first.plan)[""].value["title"] == "testcraft"
    later = imported(document, first.plan)
    assert later.counts["steps"] == later.counts["microsteps"] == 0


def test_tags_are_milestones(plan):
    task = tasks({"id": 1})
    result = imported({"master": task, "feature-x": task, "note": "no tag"}, plan)
    assert result.counts["milestones"] == result.counts["microsteps"] == 2
    assert [m["title"] for m in result.plan["milestones"][-2:]] == ["master", "feature-x"]


@pytest.mark.parametrize(
    ("word", "status", "kept"),
    [
        ("pending", "todo", None),
        ("in-progress", "doing", None),
        ("review", "doing", "review"),
        ("done", "done", None),
        ("completed", "done", None),
        ("deferred", "blocked", "deferred"),
        ("cancelled", "blocked", "cancelled"),
        ("blocked", "blocked", None),
        ("simmering", "todo", "simmering"),
    ],
)
def test_statuses(word, status, kept):
    result = imported(tasks({"id": 1, "status": word}))
    microstep = by_key(result.plan)["1.task"].value
    assert microstep["status"] == status
    assert microstep["source"].get("status") == kept
    assert ("status_unknown" in codes(result)) == (word == "simmering")
    assert ("status_read_as" in codes(result)) == (word in ("review", "deferred", "cancelled"))


def test_dependencies_of_tasks_hold_between_their_parts():
    result = imported(
        tasks(
            {"id": 1, "subtasks": [{"id": 1, "title": "a"}, {"id": 2, "title": "b", "dependencies": [1]}]},
            {"id": "2", "dependencies": ["1"]},
            {
                "id": 3,
                "dependencies": [1, 2.0],
                "subtasks": [
                    {"id": 1, "title": "c"},
                    {"id": 2, "title": "d", "dependencies": ["3.1"]},
                    {"id": 3, "title": "e", "dependencies": "1.1, 3.1"},
                    {"id": 4, "title": "f", "dependencies": [2]},
                ],
            },
        )
    )  # fmt: skip
    found = by_key(result.plan)
    needs = {
        key: [
            next(other for other, e in found.items() if e.id == need)
            for need in entity.value.get("depends_on", [])
        ]
        for key, entity in found.items()
    }
    assert {key: needs[key] for key in needs if needs[key]} == {
        "1.2": ["1.1"],
        "2": ["1"],
        "3": ["1", "2"],
        "3.2": ["3.1"],
        "3.3": ["1.1", "3.1"],
        "3.4": ["3.2"],
    }
    assert [entity.id for entity in Graph(result.plan).ready()] == [found["1.1"].id]
    assert not result.notes or codes(result) == ["criteria_derived"]


def test_cycles_and_dangling_references_are_reported_and_left_out():
    source = tasks(
        {"id": 1, "dependencies": [2]},
        {"id": 2, "dependencies": [3]},
        {"id": 3, "dependencies": [1, 3, 99, None, {"id": 4}]},
    )
    result = imported(source)
    steps = result.plan["milestones"][0]["steps"]
    assert [step.get("depends_on") for step in steps] == [["m1.s2"], ["m1.s3"], None]
    assert Graph(result.plan).cycles() == []
    cycle = next(note for note in result.notes if note.code == "dependency_cycle")
    assert cycle.dropped
    assert "master#1 → master#2 → master#3 → master#1" in cycle.message
    assert codes(result).count("dependency_dropped") == 2
    assert codes(result).count("not_a_reference") == 2
    assert result.counts["dropped"] == 5
    again = imported(source, result.plan)
    assert again.plan == result.plan
    assert again.counts["dropped"] == 5


@pytest.mark.parametrize("needs", ["m1.s2.ms1", "m1.s2"])
def test_a_cycle_with_the_plans_own_edges_is_not_made(needs):
    source = tasks({"id": 1}, {"id": 2})
    first = imported(source).plan
    first["milestones"][0]["steps"][0]["microsteps"][0]["depends_on"] = [needs]
    source["tasks"][1]["dependencies"] = [1]
    result = imported(source, first)
    assert "dependency_cycle" in codes(result)
    assert Graph(result.plan).cycles() == []
    assert imported(source, result.plan).plan == result.plan


def test_a_cycle_between_tasks_and_subtasks_is_seen():
    source = tasks(
        {"id": 1, "subtasks": [{"id": 1, "title": "a", "dependencies": ["2.1"]}]},
        {"id": 2, "subtasks": [{"id": 1, "title": "b"}], "dependencies": [1]},
        {"id": 3, "subtasks": [{"id": 1, "title": "c", "dependencies": ["3"]}]},
        {"id": 4, "subtasks": [{"id": 1, "title": "d"}], "dependencies": ["4.1"]},
    )
    result = imported(source)
    assert Graph(result.plan).cycles() == []
    assert sorted(note.code for note in result.notes if note.dropped) == [
        "dependency_cycle",
        "dependency_dropped",
        "dependency_dropped",
    ]


references = st.sampled_from([1, 2, 3, 4, "1.1", "1.2", "2.1", "2.2", "3.1", "4.2", 9])


@given(
    st.lists(
        st.tuples(
            st.lists(references, max_size=3),
            st.lists(st.lists(references, max_size=3), max_size=2),
        ),
        max_size=4,
    )
)
def test_no_import_makes_a_cycle(entries):
    source = tasks(
        {"id": 0},
        *(
            {
                "id": number,
                "dependencies": needs,
                "subtasks": [
                    {"id": part, "title": f"{number}.{part}", "dependencies": below}
                    for part, below in enumerate(parts, 1)
                ],
            }
            for number, (needs, parts) in enumerate(entries, 1)
        ),
    )
    result = imported(source)
    graph = Graph(result.plan)
    assert graph.cycles() == []
    assert not graph.missing
    assert imported(source, result.plan).plan == result.plan


def test_test_strategy_becomes_criteria():
    text = "Verify that:\n- it starts\n- it stops\n  within a second\n"
    result = imported(tasks({"id": 1, "testStrategy": text, "acceptanceCriteria": "All of it."}))
    assert by_key(result.plan)["1.task"].value["criteria"] == [
        "All of it.",
        "it starts",
        "it stops within a second",
    ]


def test_unknown_parts_are_kept(plan):
    entry = {
        "id": 1,
        "complexityScore": 7,
        "tags": ["x"],
        "subtasks": [{"id": 1, "assignee": "ann", "subtasks": [{"id": 9}]}],
    }
    found = by_key(imported(tasks(entry), plan).plan)
    assert found["1"].value["extra"] == {"complexityScore": 7, "tags": ["x"]}
    assert found["1.1"].value["extra"] == {"assignee": "ann", "subtasks": [{"id": 9}]}
    assert found["1.1"].value["title"] == "Microstep 1"


# -- the next import ---------------------------------------------------------------------------


def test_a_changed_source_changes_what_it_changed_and_nothing_else(document, plan):
    first = imported(document, plan).plan
    entity = by_key(first)["1.2"].value
    entity["owner"] = "ann"
    entity["criteria"] = ["written here"]
    changed = document["master"]["tasks"][0]["subtasks"][1]
    changed["status"], changed["title"] = "in-progress", "Configure the tools"
    result = imported(document, first)
    now = by_key(result.plan)["1.2"].value
    assert (now["status"], now["title"]) == ("doing", "Configure the tools")
    assert (now["owner"], now["criteria"]) == ("ann", ["written here"])
    assert result.counts["updated"] == 1
    assert not result.counts["kept"]


def test_what_changed_on_both_sides_stays_and_is_told_until_decided(document, plan):
    first = imported(document, plan).plan
    by_key(first)["1.2"].value["title"] = "Ours"
    document["master"]["tasks"][0]["subtasks"][1]["title"] = "Theirs"
    result = imported(document, first)
    assert by_key(result.plan)["1.2"].value["title"] == "Ours"
    assert result.counts["kept"] == 1
    note = next(note for note in result.notes if note.code == "changed_on_both_sides")
    assert note.ids == [by_key(first)["1.2"].id]
    assert result.plan == first
    settled = imported(document, first, prefer="plan")
    assert by_key(settled.plan)["1.2"].value["title"] == "Ours"
    assert imported(document, settled.plan).counts["kept"] == 0
    taken = imported(document, first, prefer="source")
    assert by_key(taken.plan)["1.2"].value["title"] == "Theirs"


def test_a_made_up_criterion_gives_way_to_a_real_one_and_never_competes():
    source = tasks({"id": 1}, {"id": 2})
    first = imported(source).plan
    by_key(first)["2.task"].value["criteria"] = ["ours"]
    source["tasks"][0]["testStrategy"] = "real"
    source["tasks"][1]["title"] = "Renamed"
    result = imported(source, first)
    assert by_key(result.plan)["1.task"].value["criteria"] == ["real"]
    assert by_key(result.plan)["2.task"].value["criteria"] == ["ours"]
    assert not result.counts["kept"]


def test_new_tasks_come_behind_their_neighbours_and_lost_ones_stay(document, plan):
    first = imported(document, plan).plan
    gone = document["master"]["tasks"].pop(2)
    document["master"]["tasks"].insert(1, {"id": 26, "title": "New", "status": "pending"})
    result = imported(document, first)
    titles = [step["title"] for step in result.plan["milestones"][-1]["steps"]]
    assert titles.index("New") == 1
    assert gone["title"] in titles
    assert result.counts["absent"] == 2  # the step and its microstep
    assert by_key(result.plan)["26"].id.endswith(".s26")


def test_a_field_the_source_no_longer_has_goes_unless_it_was_edited():
    source = tasks({"id": 1, "priority": "high", "details": "long"}, {"id": 2, "priority": "low"})
    first = imported(source).plan
    by_key(first)["2.task"].value["priority"] = "P1"
    for task in source["tasks"]:
        task.pop("priority")
    result = imported(source, first)
    assert "priority" not in by_key(result.plan)["1.task"].value
    assert by_key(result.plan)["2.task"].value["priority"] == "P1"
    assert imported(source, result.plan).plan == result.plan


def test_a_moved_entity_is_updated_where_it_stands(document, plan):
    first = imported(document, plan).plan
    steps = first["milestones"][-1]["steps"]
    moved = steps.pop(0)
    first["milestones"][0]["steps"].append(moved)
    document["master"]["tasks"][0]["subtasks"][0]["title"] = "Changed"
    result = imported(document, first)
    assert by_key(result.plan)["1.1"].value["title"] == "Changed"
    assert [result.counts[kind] for kind in ("milestones", "steps", "microsteps")] == [0, 0, 0]


def test_into_a_milestone_and_again_without_naming_it(document, plan):
    first = imported(document, plan, into="m2")
    assert first.counts["milestones"] == 0
    assert all(e.id.startswith("m2.") for e in by_key(first.plan).values())
    document["master"]["tasks"].append({"id": 99, "title": "Later"})
    again = imported(document, first.plan)
    assert again.counts["milestones"] == 0
    assert by_key(again.plan)["99"].id == "m2.s99"
    with pytest.raises(SpecError) as caught:
        imported(document, plan, into="m2.s1")
    assert caught.value.code == "import_into_unknown"


def test_another_projects_file_is_refused_and_can_stand_beside(document, plan):
    first = imported(document, plan).plan
    other = tasks(*({"id": number} for number in (1, 2, 3, 4)))
    with pytest.raises(SpecError) as caught:
        imported(other, first)
    assert caught.value.code == "import_other_project"
    beside = imported(other, first, namespace="billing")
    assert beside.counts["steps"] == 4
    assert imported(other, beside.plan, namespace="billing").plan == beside.plan
    assert imported(document, beside.plan).plan == beside.plan


def test_ids_of_a_removed_alias_are_not_given_again():
    source = tasks({"id": 1})
    first = imported(source).plan
    first["milestones"][0]["steps"][0]["aliases"] = ["m1.s2"]
    source["tasks"].append({"id": 2, "title": "Second"})
    assert by_key(imported(source, first).plan)["2"].id == "m1.s3"


# -- what is no task-master file ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "import_empty", None),
        (b"\xef\xbb\xbf \n", "import_empty", None),
        (b'{"tasks": [\n {"id": 1,\n', "import_syntax", 2),
        (b'{"tasks": [' + b"[" * 200_000, "import_syntax", 1),
        (b'{"tasks": [{"id": \xff}]}', "import_syntax", 1),
        (b'{"jobs": []}', "format_undetected", None),
        (b"\x00\x01\x02" * 50, "import_syntax", 1),
    ],
)
def test_what_is_broken_is_named_with_its_place(data, code, line):
    with pytest.raises(SpecError) as caught:
        formats.read(data, name="tasks.json", format=None if line is None else "taskmaster")
    assert caught.value.code == code
    assert caught.value.hint
    if line is not None:
        assert caught.value.line == line


@pytest.mark.parametrize(
    "entry",
    [
        None, 7, "x", [], {}, {"id": {}}, {"id": True}, {"id": 1, "title": 5, "status": []},
        {"id": 1, "subtasks": {"a": 1}}, {"id": 1, "subtasks": [None, 3]}, {"id": 1, "dependencies": 5},
        {"id": "9" * 5000}, {"id": 1, "title": "x" * 100_000}, {"id": 1e300}, {"id": -1},
        {"id": 1, "testStrategy": ["a", None, {"b": 1}], "priority": {"x": 1}},
        {"id": 1, "title": "a\nb\x00\u2028", "status": None}, {"id": 1, "title": "half \ud83d", "\udc00": "\ud800"},
        {"id": 1, "score": 10**30, "far": float("1e308"), "deep": json.loads("[" * 400 + "]" * 400)},
        {"id": 1, "wide": {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}},
    ],
)  # fmt: skip
def test_odd_entries_never_break_the_import(entry):
    source = {"tasks": [entry, {"id": 2, "title": "Fine"}]}
    result = imported(source)
    assert "Fine" in [e.value["title"] for e in index(result.plan).values()]
    assert imported(source, result.plan).plan == result.plan
    findings = lint(formats.write(result.plan, "json").encode())
    assert [finding for finding in findings if finding.severity == "error"] == []
    if not isinstance(entry, dict):
        assert result.counts["dropped"] == 1

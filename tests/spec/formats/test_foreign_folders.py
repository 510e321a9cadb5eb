"""spec-kit, OpenSpec, BMAD, beads and Backlog.md: real samples in, and back again."""

import json
import os
from pathlib import Path

import pytest

from buildrunner.spec import formats
from buildrunner.spec.diff import diff
from buildrunner.spec.document import index, loads, microsteps
from buildrunner.spec.errors import SpecError
from buildrunner.spec.lint import lint

FOLDERS = {
    "backlog-md": "backlog-md/backlog",
    "beads": "beads",
    "bmad": "bmad/artifacts",
    "openspec": "openspec/openspec",
    "spec-kit": "spec-kit/specs",
}
ROOMS = sorted(FOLDERS)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def sample(data_dir):
    def read(name):
        return files_of(data_dir / "formats" / FOLDERS[name])

    return read


def imported(files, existing=None, **options):
    return formats.read(files, name="folder", existing=existing, **options)


def exported(plan, name):
    if formats.FORMATS[name].folder:
        return {path: text.encode() for path, text in formats.write_files(plan, name).items()}
    return {"issues.jsonl": formats.write(plan, name).encode()}


def by_key(plan):
    return {
        entity.value["source"]["key"].partition("#")[2]: entity
        for entity in index(plan).values()
        if "source" in entity.value
    }


def statuses(plan):
    found = {}
    for entity in microsteps(plan):
        found.setdefault(entity.value["status"], []).append(entity.id)
    return {status: len(ids) for status, ids in found.items()}


@pytest.mark.parametrize("name", ROOMS)
def test_a_folder_is_recognised_and_makes_a_plan_without_findings(sample, name):
    result = imported(sample(name))
    assert result.format == name
    assert result.counts["microsteps"] > 5
    text = json.dumps(result.plan).encode()
    assert [each.as_dict() for each in lint(text) if each.severity == "error"] == []


@pytest.mark.parametrize("name", ROOMS)
def test_a_second_import_changes_nothing(sample, name):
    first = imported(sample(name)).plan
    second = imported(sample(name), first)
    assert diff(first, second.plan) == []
    assert second.counts["updated"] == second.counts["microsteps"] == 0


@pytest.mark.parametrize("name", ROOMS)
def test_an_export_comes_back_as_what_it_was(sample, name):
    plan = imported(sample(name)).plan
    back = imported(exported(plan, name), plan, format=name)
    assert diff(plan, back.plan) == []
    assert back.counts["absent"] == 0


@pytest.mark.parametrize("name", ROOMS)
def test_an_export_carries_what_was_done_since(sample, name):
    plan = imported(sample(name)).plan
    entity = next(entity for entity in microsteps(plan) if entity.value["status"] == "done")
    entity.value["status"] = "todo"
    fresh = imported(exported(plan, name), format=name).plan
    assert statuses(fresh)["todo"] == statuses(plan)["todo"]
    assert len(list(microsteps(fresh))) == len(list(microsteps(plan)))


@pytest.mark.parametrize("name", ROOMS)
def test_any_plan_can_be_written_and_read_again(data_dir, name):
    plan = loads((data_dir / "plans" / "buildrunner-phase4.json").read_bytes())
    written = exported(plan, name)
    back = imported(written, format=name)
    titles = {entity.value["title"] for entity in microsteps(plan)}
    assert titles <= {entity.value["title"] for entity in microsteps(back.plan)}
    if name != "bmad":  # whose status is that of a story
        assert statuses(back.plan)["done"] == statuses(plan)["done"]


def test_backlog_tasks_keep_their_parents_numbers_and_criteria(sample):
    found = by_key(imported(sample("backlog-md")).plan)
    assert found["100"].kind == "step"
    assert found["100.1"].above.id == found["100"].id
    assert found["100.1"].id.endswith(".s100.ms1")
    alone = found["1/task"].value
    assert alone["status"] == "done"
    assert alone["owner"] == "MrLesk"
    assert len(alone["criteria"]) == 5
    assert alone["extra"]["dependencies"] == ["task-0"]
    assert alone["extra"]["checked"] == [0, 1, 2, 3, 4]


def test_backlog_archive_and_drafts_come_along():
    text = b"---\nid: task-7\ntitle: Old\nstatus: In Progress\n---\n\n## Description\n\nText.\n"
    draft = text.replace(b"task-7", b"task-8").replace(b"Old", b"Idea")
    plan = imported({"archive/tasks/task-7 - Old.md": text, "drafts/task-8 - Idea.md": draft}).plan
    found = by_key(plan)
    assert found["7/task"].value["extra"]["folder"] == "archive"
    assert found["7/task"].value["status"] == "doing"
    assert found["8/task"].value["extra"]["folder"] == "drafts"


def test_beads_epics_hold_what_lies_below_them_and_tombstones_stay_out(sample):
    files = sample("beads")
    issues = [json.loads(line) for line in files["issues.jsonl"].splitlines()]
    result = imported(files)
    found = by_key(result.plan)
    for issue in issues:
        name = issue["id"]
        if issue["status"] == "tombstone":
            assert name not in found
            continue
        entity = found[name]
        assert entity.value["title"] == " ".join(issue["title"].split())
        if entity.kind == "microstep":
            wanted = {"closed": "done", "open": "todo", "hooked": "doing"}[issue["status"]]
            assert entity.value["status"] == wanted
    assert "tombstones" in [note.code for note in result.notes]
    lines = {
        each["id"]: each
        for each in map(json.loads, exported(result.plan, "beads")["issues.jsonl"].splitlines())
    }
    for issue in issues:
        if issue["status"] != "tombstone":
            again = lines[issue["id"]]
            assert {key: again.get(key) for key in issue if key != "dependencies"} == {
                **{key: value for key, value in issue.items() if key != "dependencies"},
                "title": " ".join(issue["title"].split()),
            }


def test_beads_blocks_become_dependencies_and_other_relations_are_kept():
    rows = [
        {"id": "b-1", "title": "First", "status": "open", "priority": 0, "issue_type": "task"},
        {
            "id": "b-2",
            "title": "Second",
            "status": "in_progress",
            "issue_type": "bug",
            "dependencies": [
                {"issue_id": "b-2", "depends_on_id": "b-1", "type": "blocks"},
                {"issue_id": "b-2", "depends_on_id": "b-1", "type": "discovered-from"},
            ],
        },
    ]
    data = "\n".join(json.dumps(row) for row in rows).encode()
    plan = imported({"issues.jsonl": data}).plan
    found = by_key(plan)
    assert found["b-2"].value["depends_on"] == [found["b-1"].id]
    assert found["b-1"].value["priority"] == "P1"
    back = [json.loads(line) for line in formats.write(plan, "beads").splitlines()]
    assert back[0]["priority"] == 0
    kinds = sorted(link["type"] for link in back[1]["dependencies"])
    assert kinds == ["blocks", "discovered-from"]


def test_bmad_tasks_take_the_acceptance_criteria_they_name(sample):
    plan = imported(sample("bmad")).plan
    found = by_key(plan)
    story = found["1-1-add-require-attributes-config-toggle"]
    assert story.kind == "step"
    task = found["1-1-add-require-attributes-config-toggle/1"].value
    acceptance = story.value["extra"]["acceptance"]
    assert task["criteria"] == [acceptance[0], acceptance[2]]
    ranged = found["1-3-section-header-parser-and-node-index/4"].value
    assert len(ranged["criteria"]) == 7
    assert found["32-4-inline-suppression-comments/story"].value["status"] == "doing"
    assert found["epic-32-retrospective/story"].value["status"] == "todo"


def test_openspec_finds_a_change_again_after_it_was_archived(sample):
    files = sample("openspec")
    moved = {
        path.replace("archive/2025-01-13-add-list-command", "add-list-command"): data
        for path, data in files.items()
    }
    plan = imported(moved).plan
    after = imported(files, plan)
    assert after.counts["microsteps"] == after.counts["absent"] == 0
    keys = {
        entity.value["source"]["key"]: entity.value
        for entity in index(after.plan).values()
        if "source" in entity.value
    }
    assert keys["add-list-command#"]["extra"]["archived"] == "2025-01-13"
    assert "specs/cli-list/spec.md" in keys["add-list-command#"]["extra"]["documents"]
    assert keys["add-list-command#1.1"]["criteria"][0].startswith("Implement directory scanning")


def test_spec_kit_phases_wait_for_the_foundational_one(sample):
    plan = imported(sample("spec-kit")).plan
    found = by_key(plan)
    setup, foundation, story = (found[f"phase-{number}"] for number in (1, 2, 3))
    assert foundation.value["depends_on"] == [setup.id]
    assert story.value["depends_on"] == [foundation.id]
    assert len(story.value["extra"]["acceptance"]) == 3
    assert found["T019"].value["extra"]["marks"] == ["P", "US1"]
    assert found["T019"].value["priority"] == "P1"
    single = formats.read(
        sample("spec-kit")["002-account-balances/tasks.md"],
        name="specs/002-account-balances/tasks.md",
    )
    assert single.format == "spec-kit"
    assert by_key(single.plan).keys() == found.keys()


@pytest.mark.parametrize(
    ("files", "code", "says"),
    [
        ({"issues.jsonl": b'{"id": "a", "title": "x"}\n{"id": \n'}, "import_syntax", "no JSON"),
        ({"issues.jsonl": b'{"id": "a"}\n[1]\n'}, "import_not_beads", "no id"),
        ({"sprint-status.yaml": b"a: &x [1]\nb: *x\n"}, "import_syntax", "alias"),
        ({"sprint-status.yaml": b"a: [1\n"}, "import_syntax", "YAML"),
        ({"sprint-status.yaml": b"project: x\n"}, "import_not_bmad", "development_status"),
        ({"tasks/task-1.md": b"---\nid: [1\nstatus: x\n---\n"}, "import_syntax", "task-1.md"),
        ({"tasks/task-1.md": b"---\nid: \xff\n---\n"}, "import_not_text", "UTF-8"),
    ],
)
def test_a_broken_file_is_named_with_its_line(files, code, says):
    with pytest.raises(SpecError) as caught:
        imported(files)
    assert caught.value.code == code
    assert says in caught.value.message
    if code != "import_not_bmad":
        assert caught.value.line


def test_yaml_of_a_stranger_makes_no_objects():
    with pytest.raises(SpecError) as caught:
        imported(
            {"sprint-status.yaml": b"development_status: !!python/object/apply:os.getcwd []\n"}
        )
    assert caught.value.code == "import_syntax"


def test_an_export_never_leaves_its_folder(sample):
    plan = imported(sample("openspec")).plan
    for folder in ("../outside", "/etc", "changes/../../x", "a//b"):
        plan["milestones"][0]["extra"]["folder"] = folder
        with pytest.raises(SpecError) as caught:
            formats.write_files(plan, "openspec")
        assert caught.value.code == "path_outside", folder
    assert os.sep == "/"

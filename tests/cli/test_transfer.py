"""`br plan import` and `br plan export`, as they are typed."""

import json
import os
import subprocess
import sys

import pytest

from buildrunner.cli.main import main

TASKS = {
    "master": {
        "tasks": [
            {"id": 1, "title": "Set up", "status": "done", "testStrategy": "it builds"},
            {"id": 2, "title": "Parse", "status": "cancelled", "dependencies": [1, 9]},
        ]
    }
}


@pytest.fixture
def br(tmp_path, monkeypatch, capfd):
    """Run `br` in a fresh workspace: (code, stdout, stderr), or with `--json` the object."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("BR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BR_ACTOR", "ann")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words):
        code = main(list(words))
        shown = capfd.readouterr()
        if "--json" in words:
            return code, json.loads(shown.out)
        return code, shown.out, shown.err

    assert run("init", "--title", "Demo")[0] == 0
    return run


@pytest.fixture
def tasks(tmp_path):
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(TASKS))
    return path


def plan(tmp_path):
    return json.loads((tmp_path / "buildrunner" / "specs" / "plan.json").read_bytes())


def test_import_counts_notes_and_what_to_do_next(br, tasks, tmp_path):
    code, out, err = br("plan", "import", "tasks.json")
    assert code == 0
    assert "imported tasks.json (task-master tasks.json)" in out
    assert "added 1 milestone, 2 steps, 2 microsteps · 1 left out" in out
    assert "left out: master#2 waits for master#9" in err
    assert "criteria" in err
    assert "cancelled as blocked" in err
    assert "br undo" in err
    assert plan(tmp_path)["milestones"][-1]["title"] == "master"


def test_the_second_import_writes_nothing(br, tasks, tmp_path):
    br("plan", "import", "tasks.json")
    path = tmp_path / "buildrunner" / "specs" / "plan.json"
    before = path.read_bytes(), path.stat().st_ino
    code, answer = br("plan:import", "tasks.json", "--json")
    assert code == 0
    assert answer["operations"] == []
    assert answer["entry"] is None
    assert answer["counts"]["unchanged"] == 5  # 1 milestone, 2 steps, 2 microsteps
    assert (path.read_bytes(), path.stat().st_ino) == before


def test_the_answer_as_json(br, tasks):
    code, answer = br("plan", "import", "tasks.json", "--json")
    assert code == 0
    assert set(answer) == {
        "path", "format", "counts", "notes", "entry", "dry_run", "operations", "words",
    }  # fmt: skip
    assert answer["format"] == "taskmaster"
    assert answer["counts"] == {
        "milestones": 1, "steps": 2, "microsteps": 2, "updated": 0, "unchanged": 0,
        "kept": 0, "absent": 0, "dropped": 1,
    }  # fmt: skip
    assert [note["code"] for note in answer["notes"] if note["dropped"]] == ["dependency_dropped"]
    assert answer["operations"]
    assert answer["words"]


def test_a_dry_run_shows_and_writes_nothing(br, tasks, tmp_path):
    before = plan(tmp_path)
    code, out, _ = br("plan", "import", "tasks.json", "--dry-run")
    assert code == 0
    assert "would import tasks.json" in out
    assert "master" in out
    assert plan(tmp_path) == before
    assert br("log", "--json")[1]["entries"] == []


def test_undo_takes_an_import_back(br, tasks, tmp_path):
    before = plan(tmp_path)
    br("plan", "import", "tasks.json")
    assert br("undo")[0] == 0
    assert plan(tmp_path) == before


def test_the_untouched_template_gives_way(br, tasks, tmp_path):
    code, answer = br("plan", "import", "tasks.json", "--json")
    assert code == 0
    assert [milestone["title"] for milestone in plan(tmp_path)["milestones"]] == ["master"]
    assert plan(tmp_path)["title"] == "Demo"
    assert "template_replaced" in [note["code"] for note in answer["notes"]]
    assert br("lint", "--strict")[0] == 0
    br("undo")
    br("plan", "edit", "m1", "--title", "Mine")
    br("plan", "import", "tasks.json")
    assert [m["title"] for m in plan(tmp_path)["milestones"]] == ["Mine", "master"]


def test_an_export_of_the_template_is_a_no_op_too(br, tmp_path):
    for name in ("a.md", "a.csv", "a.json"):
        br("plan", "export", "-o", name)
        assert br("plan", "import", name, "--json")[1]["operations"] == []


def test_into_a_milestone(br, tasks, tmp_path):
    code, answer = br("plan", "import", "tasks.json", "--into", "m1", "--json")
    assert code == 0
    assert answer["counts"]["milestones"] == 0
    assert len(plan(tmp_path)["milestones"]) == 1
    code, answer = br("plan", "import", "tasks.json", "--into", "m7", "--json")
    assert code == 2
    assert answer["error"]["code"] == "import_into_unknown"
    assert "m1" in answer["error"]["hint"]


def test_changed_on_both_sides(br, tasks, tmp_path):
    br("plan", "import", "tasks.json")
    identifier = plan(tmp_path)["milestones"][-1]["steps"][0]["microsteps"][0]["id"]
    assert br("todo", identifier)[0] == 0
    tasks.write_text(json.dumps(TASKS).replace('"done"', '"in-progress"'))
    code, out, err = br("plan", "import", "tasks.json")
    assert code == 0
    assert "kept as they are here" in out
    assert "--prefer source|plan" in err
    br("plan", "import", "tasks.json", "--prefer", "source")
    step = plan(tmp_path)["milestones"][-1]["steps"][0]
    assert step["microsteps"][0]["status"] == "doing"


def test_another_projects_file_stands_beside_under_a_name(br, tasks, tmp_path):
    br("plan", "import", "tasks.json")
    other = {"tasks": [{"id": number, "title": f"Other {number}"} for number in (1, 2)]}
    tasks.write_text(json.dumps(other))
    code, answer = br("plan", "import", "tasks.json", "--json")
    assert (code, answer["error"]["code"]) == (1, "import_other_project")
    assert "--source" in answer["error"]["hint"]
    code, answer = br("plan", "import", "tasks.json", "--source", "billing", "--json")
    assert code == 0
    assert answer["counts"]["microsteps"] == 2
    assert plan(tmp_path)["milestones"][-1]["steps"][0]["source"]["key"] == "billing/master#1"


@pytest.mark.parametrize(
    ("name", "data", "code", "exit_code", "says"),
    [
        ("t.json", b'{"tasks": [\n{"id"', "import_syntax", 1, "t.json:2:"),
        ("p.json", b'{"milestones": [\n', "import_syntax", 1, "p.json:1:"),
        ("x.json", b"{}", "format_undetected", 1, "x.json: "),
        ("x.csv", b'title\n"a"b\n', "import_syntax", 1, "x.csv:2: "),
        ("x.md", b"words", "import_nothing", 1, "x.md: "),
        ("x.md", b"", "import_empty", 1, "x.md: "),
        ("x.md", b"\xff", "import_not_text", 1, "x.md:1: "),
    ],
)
def test_a_broken_file_is_named_with_its_place(br, tmp_path, name, data, code, exit_code, says):
    before = plan(tmp_path)
    (tmp_path / name).write_bytes(data)
    got, answer = br("plan", "import", name, "--json")
    assert got == exit_code
    assert answer["error"]["code"] == code
    assert answer["error"]["message"].startswith(says)
    assert answer["error"]["hint"]
    assert plan(tmp_path) == before


def test_files_that_are_not_there_or_no_files(br, tmp_path):
    assert br("plan", "import", "gone.md", "--json")[0] == 3
    code, answer = br("plan", "import", ".", "--json")
    assert (code, answer["error"]["code"]) == (1, "import_empty")
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    code, answer = br("plan", "import", "huge.csv", "--json")
    assert (code, answer["error"]["code"]) == (1, "import_too_large")
    code, answer = br("plan", "import", "huge.csv", "--format", "trello", "--json")
    assert code in (1, 2)


def test_an_unknown_format_is_a_usage_error(br, tasks):
    code, answer = br("plan", "import", "tasks.json", "--format", "trello", "--json")
    assert (code, answer["error"]["code"]) == (2, "format_unknown")
    code, answer = br("plan", "export", "--format", "trello", "--json")
    assert (code, answer["error"]["code"]) == (2, "format_unknown")
    code, answer = br("plan", "export", "-o", "plan.txt", "--json")
    assert (code, answer["error"]["code"]) == (2, "format_unknown")


@pytest.mark.parametrize("name", ["out.md", "out.csv", "out.json"])
def test_an_export_read_back_is_a_no_op(br, tasks, tmp_path, name):
    br("plan", "import", "tasks.json")
    before = (tmp_path / "buildrunner" / "specs" / "plan.json").read_bytes()
    assert br("plan", "export", "-o", name)[0] == 0
    code, answer = br("plan", "import", name, "--json")
    assert code == 0
    assert answer["operations"] == []
    assert (tmp_path / "buildrunner" / "specs" / "plan.json").read_bytes() == before


def test_export_to_standard_output(br, tmp_path):
    code, out, err = br("plan", "export")
    assert (code, err) == (0, "")
    assert out.startswith("---\nbuildrunner: plan\n")
    assert out.endswith("\n")
    assert br("plan", "export", "--format", "dot")[1].startswith("digraph plan {")
    assert br("plan", "export", "--format", "mermaid")[1].startswith("flowchart LR\n")
    whole = (tmp_path / "buildrunner" / "specs" / "plan.json").read_text()
    assert br("plan", "export", "--format=json")[1] == whole


def test_export_as_json_answer(br):
    code, answer = br("plan", "export", "--format", "csv", "--json")
    assert code == 0
    assert answer["content"].startswith("milestone_id,")
    code, answer = br("plan", "export", "-o", "a.csv", "--json")
    assert answer == {"format": "csv", "path": "a.csv", "files": []}


def test_export_never_replaces_the_plan_nor_makes_folders(br, tmp_path):
    before = plan(tmp_path)
    (tmp_path / "link.json").symlink_to("buildrunner/specs/plan.json")
    code, answer = br("plan", "export", "-o", "link.json", "--json")
    assert (code, answer["error"]["code"]) == (1, "export_over_plan")
    code, answer = br("plan", "export", "-o", "no/where.md", "--json")
    assert (code, answer["error"]["code"]) == (3, "no_folder")
    assert plan(tmp_path) == before


def test_a_pipe(br, tmp_path):
    """From standard input, under a C locale, and into a pipe that closes early."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}
    text = "- [ ] Größe\n  - ≥ 3 µm\n"
    command = [sys.executable, "-m", "buildrunner.cli.main", "plan"]
    done = subprocess.run(
        [*command, "import", "-", "--json"], input=text.encode(), capture_output=True,
        cwd=tmp_path, env=environment, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["microsteps"] == 1
    shown = subprocess.run(
        [*command, "export"], capture_output=True, cwd=tmp_path, env=environment, timeout=60
    )
    assert "Größe" in shown.stdout.decode()


def test_a_folder_of_another_tool_comes_in_and_goes_out(br, tmp_path, data_dir):
    sample = data_dir / "formats" / "backlog-md" / "backlog"
    code, answer = br("plan", "import", str(sample), "--json")
    assert (code, answer["format"]) == (0, "backlog-md")
    code, answer = br("plan", "import", str(sample), "--format", "backlog-md", "--json")
    assert (code, answer["operations"]) == (0, [])
    code, answer = br("plan", "export", "--format", "backlog-md", "--json")
    assert (code, answer["error"]["code"]) == (2, "export_needs_folder")
    code, answer = br("plan", "export", "--format", "backlog-md", "-o", "out", "--json")
    assert code == 0
    assert all((tmp_path / "out" / name).is_file() for name in answer["files"])
    code, answer = br("plan", "import", "out", "--json")
    assert (code, answer["operations"]) == (0, [])


def test_an_export_does_not_follow_a_link_out_of_its_folder(br, tmp_path, data_dir):
    br("plan", "import", str(data_dir / "formats" / "backlog-md" / "backlog"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "completed").symlink_to(tmp_path / "elsewhere")
    code, answer = br("plan", "export", "--format", "backlog-md", "-o", "out", "--json")
    assert (code, answer["error"]["code"]) == (3, "path_outside")
    assert list((tmp_path / "elsewhere").iterdir()) == []

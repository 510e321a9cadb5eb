"""`br plan …`, `list`, `show`, `graph`, `completion` as they are typed."""

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kits.program import Br


def ids(br: Br) -> list[str]:
    return [row["id"] for row in br.ok("list")["microsteps"]]


def test_add_below_each_kind(br: Br) -> None:
    assert br.ok("plan", "add", "Second")["id"] == "m2"
    assert br.ok("plan", "add", "m2", "Step")["id"] == "m2.s1"
    added = br.ok(
        "plan", "add", "m2.s1", "Do", "--criterion", "a", "--criterion", "b", "--owner", "ada",
        "--priority", "P1", "--effort", "3", "--impact", "9", "--risk", "low",
        "--depends-on", "m1.s1.ms1", "--link", "https://example.org/1", "--set", "note=x",
    )  # fmt: skip
    assert br.microstep(added["id"]) == {
        "id": "m2.s1.ms1", "title": "Do", "status": "todo", "criteria": ["a", "b"], "owner": "ada",
        "priority": "P1", "effort_points": 3, "impact_score": 9, "risk_level": "low",
        "links": ["https://example.org/1"], "depends_on": ["m1.s1.ms1"], "note": "x",
    }  # fmt: skip
    assert br("lint", "--strict").code == 0
    assert br("plan", "add", "m2.s1.ms1", "below").code == 1


def test_place_and_id(br: Br) -> None:
    br.ok("plan", "add", "m1.s1", "First", "--first", "--id", "m1.s1.zero")
    br.ok("plan", "add", "m1.s1", "Between", "--after", "m1.s1.ms1")
    assert ids(br)[:4] == ["m1.s1.zero", "m1.s1.ms1", "m1.s1.ms3", "m1.s1.ms2"]
    assert (
        br("plan", "add", "m1.s1", "x", "--id", "m1.s1.ms1", "--json").error["code"] == "id_taken"
    )


def test_edit_sets_adds_and_unsets(br: Br) -> None:
    br.ok("plan", "edit", "m1.s1.ms1", "--criterion", "more", "--set", "effort_points=8")
    assert br.microstep("m1.s1.ms1")["criteria"] == ["README.md says it in five lines", "more"]
    br.ok("plan", "edit", "m1.s1.ms1", "--drop-criterion", "1", "--unset", "effort_points")
    assert br.microstep("m1.s1.ms1")["criteria"] == ["more"]
    assert "effort_points" not in br.microstep("m1.s1.ms1")
    br.ok("plan", "edit", "m1.s1.ms2", "--drop-depends-on", "m1.s1.ms1")
    assert br.microstep("m1.s1.ms2").get("depends_on", []) == []
    br.ok("plan", "edit", "m1", "--set", "phase=2026", "--set", 'meta={"a": [1]}')
    assert br.plan["milestones"][0]["phase"] == "2026"
    assert br.plan["milestones"][0]["meta"] == {"a": [1]}
    br.ok("plan", "edit", "--set", "version=2.0.0")
    assert br.plan["version"] == "2.0.0"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("m1.s1.ms1", "--effort", "0"), "invalid_value"),
        (("m1.s1.ms1", "--set", "status=finished"), "invalid_value"),
        (("m1.s1.ms1", "--depends-on", "m1.s1.ms2"), "dependency_cycle"),
        (("m1.s1.ms1", "--depends-on", "nope"), "unknown_id"),
        (("m1.s1.ms1", "--unset", "title"), "invalid_value"),
        (("m1.s1.ms1", "--set", "novalue"), "usage"),
        (("m1.s1.ms1", "--drop-criterion", "9"), "usage"),
    ],
)
def test_edits_that_would_break_the_plan(br: Br, words: tuple[str, ...], code: str) -> None:
    text = br.plan_path.read_text()
    answer = br("plan", "edit", *words, "--json")
    assert answer.error["code"] == code
    assert answer.code in (1, 2)
    assert br.plan_path.read_text() == text


def test_rename_keeps_the_old_id_alive(br: Br) -> None:
    br.ok("plan", "edit", "m1.s1.ms1", "--rename", "m1.s1.why")
    assert br.ok("show", "m1.s1.ms1")["id"] == "m1.s1.why"
    assert br.microstep("m1.s1.ms2")["depends_on"] == ["m1.s1.why"]
    br.ok("start", "m1.s1.ms1")
    assert br.microstep("m1.s1.why")["status"] == "doing"


def test_a_split_without_enough_to_share_says_what_to_add(br: Br) -> None:
    answer = br("plan", "split", "m1.s1.ms1", "One", "Two", "--json")
    assert (answer.code, answer.error["code"]) == (1, "too_few_to_split")
    assert answer.error["message"] == "m1.s1.ms1 has 1 criterion, too few for 2 parts"
    assert answer.error["missing"] == ["1 more criterion"]
    assert br(*shlex.split(answer.error["next_command"])[1:]).code == 0
    assert br("plan", "split", "m1.s1.ms1", "One", "Two").code == 0


def test_a_merge_tells_what_it_leaves_behind(br: Br) -> None:
    br.ok("plan", "edit", "m1.s1.ms1", "--set", "cost=1", "--set", "same=x")
    br.ok("plan", "edit", "m1.s1.ms2", "--set", "cost=2", "--set", "same=x", "--set", "own=y")
    words = ("plan", "merge", "m1.s1.ms1", "m1.s1.ms2")
    left = [{"id": "m1.s1.ms2", "field": "cost", "value": 2}]
    assert br.ok(*words, "--dry-run")["left_behind"] == left
    assert "m1.s1.ms1 keeps its own cost; that of m1.s1.ms2 was 2" in br(*words).err
    assert br.microstep("m1.s1.ms1")["own"] == "y"


def test_move_split_merge_remove(br: Br) -> None:
    br.ok("plan", "move", "m1.s1.ms2", "--first")
    assert ids(br)[:2] == ["m1.s1.ms2", "m1.s1.ms1"]
    moved = br.ok("plan", "move", "m1.s2.ms1", "--to", "m1.s1", "--renumber")
    assert moved["id"] == "m1.s1.ms3"
    split = br.ok("plan", "split", "m1.s1.ms2", "One", "Two", "--part", "2", "--part", "1")
    assert split["added"] == ["m1.s1.ms4"]
    assert br.microstep("m1.s1.ms3")["depends_on"] == ["m1.s1.ms2", "m1.s1.ms4"]
    br.ok("plan", "merge", "m1.s1.ms2", "m1.s1.ms4", "--title", "Whole")
    assert br.microstep("m1.s1.ms2")["title"] == "Whole"
    refused = br("plan", "remove", "m1.s1.ms1", "--json")
    assert refused.error["code"] == "still_needed"
    assert refused.error["missing"] == ["m1.s1.ms2"]
    assert refused.error["next_command"] == "br plan remove m1.s1.ms1 --cascade"
    br.ok("plan", "remove", "m1.s1.ms1", "--cascade")
    assert br("lint").code == 0
    for _ in range(5):
        br.ok("undo")
    assert ids(br) == ["m1.s1.ms1", "m1.s1.ms2", "m1.s2.ms1"]


EDITS: list[tuple[str, ...]] = [
    ("plan", "add", "X"),
    ("plan", "edit", "m1", "--title", "X"),
    ("plan", "move", "m1.s1.ms2", "--first"),
    ("plan", "split", "m1.s1.ms2", "A", "B"),
    ("plan", "merge", "m1.s1.ms1", "m1.s1.ms2"),
    ("plan", "remove", "m1.s2"),
    ("start", "m1.s1.ms1"),
    ("done", "m1.s1.ms1"),
    ("block", "m1.s1.ms1", "why"),
]


@pytest.mark.parametrize("words", EDITS, ids=" ".join)
def test_dry_run_says_what_the_edit_then_does(br: Br, words: tuple[str, ...]) -> None:
    if words[0] == "done":
        br.ok("qa", "signoff", words[1])
    caches = {"evidence.json", "content.json"}

    def files() -> dict[Path, bytes]:
        found = (p for p in br.cwd.rglob("*") if p.is_file() and p.name not in caches)
        return {p: p.read_bytes() for p in found}

    before = files()
    foreseen = br.ok(*words, "--dry-run")
    assert files() == before
    assert foreseen["dry_run"] is True
    assert br.ok(*words)["operations"] == foreseen["operations"]


def test_structural_edits_move_updated_at_and_status_changes_do_not(br: Br) -> None:
    plan = br.plan
    plan["updatedAt"] = "2020-01-01T00:00:00Z"
    br.write(plan)
    br.ok("start", "m1.s1.ms1")
    assert br.plan["updatedAt"] == "2020-01-01T00:00:00Z"
    assert br.ok("plan", "add", "X")["operations"][0]["op"] == "add"
    assert br.plan["updatedAt"] > "2020-01-01T00:00:00Z"


def test_list_filters(br: Br) -> None:
    br.ok("plan", "edit", "m1.s1.ms1", "--owner", "Ada Lovelace")
    br.ok("start", "m1.s1.ms1")

    def found(*words: str) -> list[str]:
        return [row["id"].removeprefix("m1.") for row in br.ok("list", *words)["microsteps"]]

    assert found("--status", "doing") == ["s1.ms1"]
    assert found("-s", "todo,doing", "--priority", "P1") == ["s1.ms1", "s1.ms2"]
    assert found("--owner", "ada") == ["s1.ms1"]
    assert found("m1.s2") == ["s2.ms1"]
    assert found("--search", "FIVE LINES") == ["s1.ms1"]
    assert found("--waiting") == ["s1.ms2", "s2.ms1"]
    assert found("--ready") == []
    assert found("-n", "1") == ["s1.ms1"]
    assert br.ok("list")["microsteps"][0]["claim"]["holder"] == "ada"
    line = br("list").out.splitlines()[0]
    assert line.split()[:4] == ["◐", "m1.s1.ms1", "doing", "P1"]
    assert br("list", PYTHONIOENCODING="ascii").out.startswith("~ m1.s1.ms1")


def test_show_tells_both_directions(br: Br) -> None:
    shown = br.ok("show", "m1.s1.ms2")
    assert shown["depends_on"][0]["id"] == "m1.s1.ms1"
    assert shown["blocked_by"] == [["m1.s1.ms1"]]
    assert shown["needed_by"] == shown["unblocks"] == ["m1.s2.ms1"]
    assert shown["pointer"] == "/milestones/0/steps/0/microsteps/1"
    assert "depends on" in br("show", "m1.s1.ms2").out


def test_graph(br: Br) -> None:
    graph = br.ok("graph")
    assert graph["ready"] == ["m1.s1.ms1"]
    assert graph["waiting"][1]["blocked_by"] == [["m1.s1.ms2", "m1.s1.ms1"]]
    assert [e["id"] for e in graph["critical_path"]] == ["m1.s1.ms1", "m1.s1.ms2", "m1.s2.ms1"]
    assert json.loads(br("graph", "--format", "json").out) == graph
    tree = br("graph").out.splitlines()
    assert tree[0] == "Ready (1)"
    assert tree[2].startswith("└─ ○ m1.s1.ms2")
    assert br("graph", "--format", "mermaid").out.startswith("flowchart")
    assert br("graph", "--format", "dot").out.startswith("digraph")
    assert br.ok("graph", "--affected", "m1.s1.ms1")["affected"] == ["m1.s1.ms2", "m1.s2.ms1"]
    assert br("graph", "--ready", "--blocked").code == 2


def test_graph_with_a_circle(br: Br) -> None:
    plan: dict[str, Any] = br.plan
    plan["milestones"][0]["steps"][0]["microsteps"][0]["depends_on"] = ["m1.s2.ms1"]
    br.write(plan)
    graph = br.ok("graph")
    assert graph["critical_path"] is None
    assert len(graph["cycles"]) == 1
    assert "Waiting in a circle" in br("graph").out
    refused = br("graph", "--critical-path")
    assert refused.code == 1
    assert "m1.s1.ms1" in refused.err


SHELLS = {"bash": ["-n"], "zsh": ["-n"], "fish": ["-n"]}


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_is_valid_for_its_shell(br: Br, shell: str) -> None:
    script = br("completion", shell).out
    for command in ("status", "reconcile", "--depends-on" if shell != "fish" else "depends-on"):
        assert command in script
    program = shutil.which(shell)
    if program is None:
        assert shell != "bash", "the tests need bash"
        return  # its syntax is checked where the shell is installed
    path = br.cwd / f"completion.{shell}"
    path.write_text(script)
    subprocess.run([program, *SHELLS[shell], str(path)], check=True)


def complete(br: Br, *words: str) -> list[str]:
    """What bash offers for the last word."""
    bin_dir = br.cwd.parent / "bin"
    bin_dir.mkdir(exist_ok=True)
    (bin_dir / "br").write_text("#!/bin/sh\nexec " + " ".join(br.command()) + ' "$@"\n')
    (bin_dir / "br").chmod(0o755)
    (br.cwd / "c.bash").write_text(br("completion", "bash").out)
    line = (
        'source ./c.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _br; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", line, "-", "br", *words], cwd=br.cwd, capture_output=True, text=True,
        check=True, env=br.env | {"PATH": f"{bin_dir}:{br.env['PATH']}"},
    )  # fmt: skip
    return done.stdout.split()


def test_bash_completes_commands_options_values_and_ids(br: Br) -> None:
    assert complete(br, "sta") == ["status", "start"]
    assert complete(br, "plan", "m") == ["move", "merge"]
    assert complete(br, "list", "--sta") == ["--status"]
    assert complete(br, "graph", "--format", "") == ["tree", "mermaid", "dot", "json"]
    assert complete(br, "start", "m1.s1.") == ["m1.s1.ms1", "m1.s1.ms2"]
    assert complete(br, "completion", "f") == ["fish"]

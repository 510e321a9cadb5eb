"""`br git install`: plain git merges plans by entity and field, and lints before a commit."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kits.program import Br

PLAN = "buildrunner/specs/plan.json"
Edit = Callable[[Br], Any]


@pytest.fixture
def installed(repo: Br) -> Br:
    repo.ok("git", "install")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "driver")
    return repo


def branches(br: Br, ours: Edit, theirs: Edit) -> None:
    """Two branches from here, `main` (checked out) with one edit and `other` with another."""
    br.git("checkout", "-q", "-b", "other")
    theirs(br)
    br.git("commit", "-qam", "theirs")
    br.git("checkout", "-q", "main")
    ours(br)
    br.git("commit", "-qam", "ours")


def set_title(identifier: str, title: str) -> Edit:
    return lambda br: br.ok("plan", "edit", identifier, "--title", title)


def merges_cleanly(br: Br) -> None:
    assert "CONFLICT" not in br.git("merge", "--no-edit", "other")
    assert br("lint").code == 0
    assert br.git("status", "--porcelain") == ""


def test_different_microsteps(installed: Br) -> None:
    branches(
        installed,
        lambda br: br.ok("start", "m1.s1.ms1"),
        lambda br: br.ok("block", "m1.s1.ms2", "waiting"),
    )
    merges_cleanly(installed)
    assert installed.microstep("m1.s1.ms1")["status"] == "doing"
    assert installed.microstep("m1.s1.ms2")["status"] == "blocked"


def test_different_fields_of_one(installed: Br) -> None:
    branches(
        installed,
        set_title("m1.s1.ms1", "Ours"),
        lambda br: br.ok("plan", "edit", "m1.s1.ms1", "--owner", "bob", "--criterion", "more"),
    )
    merges_cleanly(installed)
    merged = installed.microstep("m1.s1.ms1")
    assert (merged["title"], merged["owner"], merged["criteria"][-1]) == ("Ours", "bob", "more")


def test_siblings_added_at_once(installed: Br) -> None:
    def add(title: str) -> Edit:
        return lambda br: br.ok("plan", "add", "m1.s1", title, "--criterion", f"{title} holds")

    branches(installed, add("Mine"), add("Yours"))
    merges_cleanly(installed)
    added = installed.plan["milestones"][0]["steps"][0]["microsteps"][2:]
    assert {each["title"] for each in added} == {"Mine", "Yours"}
    assert {each["id"] for each in added} == {"m1.s1.ms3", "m1.s1.ms4"}
    assert [each["aliases"] for each in added if "aliases" in each] == [["m1.s1.ms3"]]


def test_equal_additions_unify(installed: Br) -> None:
    def add(br: Br) -> None:
        br.ok("plan", "add", "m1.s1", "Same", "--criterion", "x")

    branches(installed, add, add)
    merges_cleanly(installed)
    assert len(installed.plan["milestones"][0]["steps"][0]["microsteps"]) == 3


def test_plan_added_on_both_sides(empty: Br) -> None:
    empty.git("init", "-q", "-b", "main")
    empty.git("commit", "-q", "--allow-empty", "-m", "root")
    empty.git("checkout", "-q", "-b", "other")
    empty.ok("init", "--title", "Demo")
    empty.ok("git", "install")
    shutil.copy(empty.plan_path, empty.cwd.parent / "plan.json")
    empty.git("add", "-A")
    empty.git("commit", "-qm", "theirs")
    empty.git("checkout", "-q", "main")
    empty.plan_path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(empty.cwd.parent / "plan.json", empty.plan_path)
    shutil.copy(empty.cwd.parent / "plan.json", empty.cwd / "unrelated")
    (empty.cwd / ".gitattributes").write_text("/buildrunner/specs/plan.json merge=buildrunner\n")
    empty.ok("plan", "add", "Second")
    empty.git("add", PLAN, "unrelated", ".gitattributes")
    empty.git("commit", "-qm", "ours")
    empty.git("merge", "--no-edit", "-X", "ours", "other", check=False)
    assert [m["id"] for m in empty.plan["milestones"]] == ["m1", "m2"]


def conflicting(br: Br) -> None:
    branches(
        br,
        set_title("m1.s1.ms1", "Ours"),
        lambda b: (
            set_title("m1.s1.ms1", "Theirs")(b),
            b.ok("plan", "edit", "m1", "--title", "Only theirs"),
        ),
    )


def test_conflict_leaves_a_valid_plan_and_reconcile_settles_it(installed: Br) -> None:
    conflicting(installed)
    assert "CONFLICT" in installed.git("merge", "--no-edit", "other", check=False)
    text = installed.plan_path.read_text()
    assert "<<<<" not in text
    assert installed("lint").code == 0
    assert installed.microstep("m1.s1.ms1")["title"] == "Ours"
    assert installed.plan["milestones"][0]["title"] == "Only theirs"
    (pending,) = installed.state["pending_conflicts"]
    assert (pending["id"], pending["field"]) == ("m1.s1.ms1", "title")
    assert (pending["ours"], pending["theirs"]) == ("Ours", "Theirs")
    assert installed.ok("status")["sync"]["state"] == "conflicts"
    # What is not settled cannot slip into a commit by `git add`.
    installed.git("add", PLAN)
    assert "br reconcile" in installed.git("commit", "-q", "--no-edit", check=False)
    installed.ok("reconcile", "--theirs")
    installed.git("add", PLAN)
    installed.git("commit", "-q", "--no-edit")
    assert installed.microstep("m1.s1.ms1")["title"] == "Theirs"
    assert "pending_conflicts" not in installed.state


def test_aborted_merge_leaves_nothing_pending(installed: Br) -> None:
    conflicting(installed)
    installed.git("merge", "--no-edit", "other", check=False)
    installed.git("merge", "--abort")
    assert installed.ok("status")["sync"]["state"] == "unlinked"
    assert "pending_conflicts" not in installed.state
    installed.ok("start", "m1.s1.ms1")
    installed.git("commit", "-qam", "goes on")


@pytest.mark.parametrize("command", ["rebase", "cherry-pick"])
def test_rebase_and_cherry_pick(installed: Br, command: str) -> None:
    branches(
        installed, set_title("m1.s1.ms1", "Ours"), lambda br: br.ok("plan", "add", "m1.s1", "New")
    )
    installed.git(command, "other")
    assert installed.microstep("m1.s1.ms1")["title"] == "Ours"
    assert installed.microstep("m1.s1.ms3")["title"] == "New"
    assert installed("lint").code == 0


def test_conflict_in_a_rebase(installed: Br) -> None:
    conflicting(installed)
    installed.git("rebase", "other", check=False)
    assert installed.state["pending_conflicts"]
    installed.ok("reconcile", "--set", "m1.s1.ms1.title=Third")
    installed.git("add", PLAN)
    installed.git("rebase", "--continue")
    assert installed.microstep("m1.s1.ms1")["title"] == "Third"
    assert installed("status").code == 0


def test_conflicts_between_ancestors_are_nobodys(installed: Br) -> None:
    """A criss-cross merge makes git merge the two common ancestors first."""
    br = installed
    branches(br, set_title("m1.s1.ms1", "A"), set_title("m1.s1.ms1", "B"))
    br.git("tag", "a")
    br.git("tag", "b", "other")
    for branch, other, title in (("main", "b", "AB"), ("other", "a", "BA")):
        br.git("checkout", "-q", branch)
        br.git("merge", "--no-edit", other, check=False)
        br.ok("reconcile", "--set", f"m1.s1.ms1.title={title}")
        br.git("add", PLAN)
        br.git("commit", "-q", "--no-edit")
    br.git("checkout", "-q", "main")
    br.git("merge", "--no-edit", "other", check=False)
    (pending,) = br.state["pending_conflicts"]
    assert {pending["ours"], pending["theirs"]} == {"AB", "BA"}


def test_unreadable_side_keeps_ours(installed: Br) -> None:
    branches(
        installed,
        set_title("m1.s1.ms1", "Ours"),
        lambda br: (
            br.git("config", "core.hooksPath", "/nonexistent"),
            br.plan_path.write_text("{"),
        ),
    )
    assert "theirs is no readable plan" in installed.git("merge", "--no-edit", "other", check=False)
    assert installed.microstep("m1.s1.ms1")["title"] == "Ours"


def test_pre_commit_refuses_a_broken_plan(installed: Br) -> None:
    good = installed.plan_path.read_text()
    installed.plan_path.write_text(good.replace('"m1.s1.ms2"', '"m1.s1.ms1"', 1))
    said = installed.git("commit", "-qam", "broken", check=False)
    assert "BR301" in said
    assert "plan.json" in said
    # The staged text counts, not the file.
    installed.git("add", "-A")
    installed.plan_path.write_text(good)
    assert "BR301" in installed.git("commit", "-qm", "broken", check=False)
    installed.git("add", "-A")
    installed.git("commit", "-q", "--allow-empty", "-m", "fine")


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file outside git's objects and our state, with its mode."""
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mode)
        for path in root.rglob("*")
        if path.is_file()
        and not {"objects", "state", "logs"} & set(path.relative_to(root).parts)
        and path.name not in ("index", "lock")
    }


def add_hook(repo: Br) -> None:
    path = repo.cwd / ".git" / "hooks" / "pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\necho my hook >> ran\n")
    path.chmod(0o755)


@pytest.mark.parametrize("hook", [False, True])
@pytest.mark.parametrize("attributes", [None, "", "*.png binary\n", "*.png binary", "a\r\n"])
def test_uninstall_restores_exactly(repo: Br, attributes: str | None, hook: bool) -> None:
    if attributes is not None:
        (repo.cwd / ".gitattributes").write_bytes(attributes.encode())
    if hook:
        add_hook(repo)
    before = snapshot(repo.cwd)
    assert repo.ok("git", "install")["changed"]
    assert repo.ok("git", "install")["changed"] == []
    assert snapshot(repo.cwd) != before
    repo.ok("git", "uninstall")
    assert snapshot(repo.cwd) == before
    assert repo.ok("git", "uninstall")["changed"] == []


def test_the_hook_that_was_there_still_runs(repo: Br) -> None:
    add_hook(repo)
    repo.ok("git", "install")
    repo.git("commit", "-q", "--allow-empty", "-m", "x")
    assert (repo.cwd / "ran").read_text() == "my hook\n"


def test_dry_run_touches_nothing(repo: Br) -> None:
    before = snapshot(repo.cwd)
    assert repo.ok("git", "install", "--dry-run")["changed"]
    assert snapshot(repo.cwd) == before


def test_hooks_path_and_worktrees(repo: Br) -> None:
    repo.git("config", "core.hooksPath", "my hooks")
    repo.git("worktree", "add", "-q", "../tree", "-b", "tree")
    tree = Br(repo.cwd.parent / "tree", repo.env)
    tree.ok("git", "install")
    assert (tree.cwd / "my hooks" / "pre-commit").exists()
    tree.git("add", "-A")
    tree.git("commit", "-q", "-m", "driver")
    branches_of = (set_title("m1.s1.ms1", "Tree"), set_title("m1.s1.ms2", "Main"))
    branches_of[0](tree)
    tree.git("commit", "-qam", "tree")
    branches_of[1](repo)
    repo.git("commit", "-qam", "main")
    tree.git("merge", "--no-edit", "main")
    assert tree.microstep("m1.s1.ms1")["title"] == "Tree"
    assert tree.microstep("m1.s1.ms2")["title"] == "Main"


def test_workspace_in_a_folder_with_an_odd_name(empty: Br) -> None:
    empty.git("init", "-q", "-b", "main")
    folder = empty.cwd / 'it\'s 100% ours "really"'
    folder.mkdir()
    inside = Br(folder, empty.env)
    inside.ok("init")
    inside.ok("git", "install")
    inside.git("add", "-A")
    inside.git("commit", "-q", "-m", "start")
    branches(inside, set_title("m1.s1.ms1", "Ours"), set_title("m1.s1.ms2", "Theirs"))
    merges_cleanly(inside)
    inside.plan_path.write_text("{")
    assert "BR1" in inside.git("commit", "-qam", "broken", check=False)


def test_a_buildrunner_package_in_the_repository_is_not_run(installed: Br) -> None:
    package = installed.cwd / "buildrunner" / "cli"
    package.mkdir()
    for path in (package.parent / "__init__.py", package / "__init__.py", package / "__main__.py"):
        path.write_text("open('ran', 'w').close(); raise SystemExit(0)\n")
    branches(installed, set_title("m1.s1.ms1", "Ours"), set_title("m1.s1.ms2", "Theirs"))
    installed.git("merge", "--no-edit", "other")
    assert not (installed.cwd / "ran").exists()
    assert installed.microstep("m1.s1.ms2")["title"] == "Theirs"


def test_merge_of_files(repo: Br) -> None:
    plan = repo.plan
    for name, title in (("base", "Base"), ("ours", "Ours"), ("theirs", "Theirs")):
        plan["milestones"][0]["title"] = title
        (repo.cwd / f"{name}.json").write_text(json.dumps(plan, indent=2))
    clean = repo.ok("merge", "base.json", "base.json", "theirs.json", "-o", "out.json")
    assert clean["clean"]
    assert json.loads((repo.cwd / "out.json").read_text())["milestones"][0]["title"] == "Theirs"
    answer = repo("merge", "base.json", "ours.json", "theirs.json", "--json")
    assert answer.code == 5
    assert answer.error["missing"] == ["m1.title"]
    assert answer.json["document"]["milestones"][0]["title"] == "Ours"


def test_diff(repo: Br) -> None:
    assert repo.ok("diff")["operations"] == []
    repo.ok("start", "m1.s1.ms1")
    (operation,) = repo.ok("diff")["operations"]
    assert operation == {"op": "set", "id": "m1.s1.ms1", "field": "status", "value": "doing"}
    repo.git("commit", "-qam", "started")
    assert repo.ok("diff", "HEAD~1", "HEAD")["operations"] == [operation]
    assert "todo → doing" in repo("diff", "HEAD~1").out
    assert repo("diff", "nowhere").code == 2

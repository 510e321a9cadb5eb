"""Edits: layout kept, journal consistent, undo by merge."""

import json
from pathlib import Path
from typing import Any

import pytest

from buildrunner.spec.errors import SpecError
from buildrunner.workspace import Workspace, WorkspaceError, files, journal
from buildrunner.workspace.undo import UndoConflict, undo


def set_field(identifier: str, field: str, value: Any) -> list[dict[str, Any]]:
    return [{"op": "set", "id": identifier, "field": field, "value": value}]


def edit(workspace: Workspace, identifier: str, field: str, value: Any) -> None:
    workspace.edit(set_field(identifier, field, value), command="test", actor="ada")


def status(workspace: Workspace, identifier: str) -> Any:
    return field(workspace, identifier, "status")


def field(workspace: Workspace, identifier: str, name: str) -> Any:
    from buildrunner.spec.document import index

    return index(workspace.read()[1])[identifier].value.get(name)


@pytest.mark.parametrize("name", ["buildrunner-phase4.json", "buildrunner-phase8.json"])
def test_a_status_change_is_one_line(workspace: Workspace, data_dir: Path, name: str) -> None:
    original = (data_dir / "plans" / name).read_text()
    Path(workspace.plan_path).write_text(original)
    edit(workspace, "m1.s1.ms3", "status", "doing")
    old, new = original.splitlines(), Path(workspace.plan_path).read_text().splitlines()
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert len(changed) == 1
    assert '"doing"' in changed[0][1]


def test_journal_tells_who_did_what(workspace: Workspace) -> None:
    edit(workspace, "m1.s1.ms1", "status", "doing")
    edit(workspace, "m1.s1.ms1", "status", "blocked")
    first, second = journal.entries(workspace)
    assert (first["n"], second["n"]) == (1, 2)
    assert first["actor"] == "ada"
    assert second["inverse"] == set_field("m1.s1.ms1", "status", "doing")
    assert "doing → blocked" in second["words"][0]
    assert first["after"] == second["before"]


def test_no_change_writes_nothing(workspace: Workspace) -> None:
    before = Path(workspace.plan_path).stat()
    made = workspace.edit([], command="nothing", actor="ada")
    assert made.number == 0
    assert Path(workspace.plan_path).stat().st_ino == before.st_ino
    assert journal.entries(workspace) == []


def test_dry_run_writes_nothing(workspace: Workspace) -> None:
    made = workspace.edit(
        set_field("m1.s1.ms1", "status", "blocked"), command="x", actor="a", dry_run=True
    )
    assert '"blocked"' in made.text
    assert status(workspace, "m1.s1.ms1") == "todo"
    assert not Path(workspace.state_dir).exists()


def test_refused_operations_change_nothing(workspace: Workspace) -> None:
    text = Path(workspace.plan_path).read_text()
    with pytest.raises(SpecError):
        edit(workspace, "nope", "status", "blocked")
    assert Path(workspace.plan_path).read_text() == text
    assert journal.entries(workspace) == []


def test_edits_outside_are_journalled_before_the_next_one(workspace: Workspace) -> None:
    edit(workspace, "m1.s1.ms1", "status", "doing")
    text = Path(workspace.plan_path).read_text()
    Path(workspace.plan_path).write_text(text.replace("Microstep 2.1", "By hand"))
    edit(workspace, "m1.s1.ms1", "status", "blocked")
    kinds = [entry["kind"] for entry in journal.entries(workspace)]
    assert kinds == ["edit", "outside", "edit"]
    assert "By hand" in journal.entries(workspace)[1]["words"][0]


def test_undo_keeps_what_was_done_since(workspace: Workspace) -> None:
    edit(workspace, "m1.s1.ms1", "status", "doing")
    edit(workspace, "m1.s2.ms1", "title", "Later")
    text = Path(workspace.plan_path).read_text()
    Path(workspace.plan_path).write_text(text.replace("Microstep 3.1", "By hand"))
    target, _ = undo(workspace, 1, actor="ada")
    assert target["n"] == 1
    assert status(workspace, "m1.s1.ms1") == "todo"
    assert field(workspace, "m1.s2.ms1", "title") == "Later"
    assert field(workspace, "m1.s3.ms1", "title") == "By hand"


def test_undo_walks_back_and_redo_forward(workspace: Workspace) -> None:
    texts = [Path(workspace.plan_path).read_text()]
    for number in range(3):
        edit(workspace, "m1.s1.ms1", "title", f"Title {number}")
        texts.append(Path(workspace.plan_path).read_text())
    for wanted in (texts[2], texts[1], texts[0]):
        undo(workspace, actor="ada")
        assert Path(workspace.plan_path).read_text() == wanted
    with pytest.raises(WorkspaceError) as caught:
        undo(workspace, actor="ada")
    assert caught.value.code == "nothing_to_undo"
    for wanted in texts[1:]:
        undo(workspace, actor="ada", redo=True)
        assert Path(workspace.plan_path).read_text() == wanted
    with pytest.raises(WorkspaceError) as caught:
        undo(workspace, actor="ada", redo=True)
    assert caught.value.code == "nothing_to_redo"


def test_undo_of_an_undo_by_its_number(workspace: Workspace) -> None:
    edit(workspace, "m1.s1.ms1", "status", "blocked")
    undo(workspace, 1, actor="ada")
    with pytest.raises(WorkspaceError) as caught:
        undo(workspace, 1, actor="ada")
    assert caught.value.code == "already_undone"
    undo(workspace, 2, actor="ada")
    assert status(workspace, "m1.s1.ms1") == "blocked"


def test_undo_is_refused_where_the_field_moved_on(workspace: Workspace) -> None:
    edit(workspace, "m1.s1.ms1", "title", "One")
    edit(workspace, "m1.s1.ms1", "title", "Two")
    text = Path(workspace.plan_path).read_text()
    with pytest.raises(UndoConflict) as caught:
        undo(workspace, 1, actor="ada")
    assert caught.value.exit_code == 5
    assert caught.value.conflicts[0]["field"] == "title"
    assert Path(workspace.plan_path).read_text() == text


def test_undo_brings_a_removed_subtree_back(workspace: Workspace) -> None:
    text = Path(workspace.plan_path).read_text()
    workspace.edit([{"op": "remove", "id": "m1.s2"}], command="remove", actor="ada")
    undo(workspace, actor="ada")
    assert json.loads(Path(workspace.plan_path).read_text()) == json.loads(text)


def test_replaced_plan_ends_what_can_be_undone(workspace: Workspace) -> None:
    edit(workspace, "m1.s1.ms1", "status", "doing")
    Path(workspace.state_dir, "last.json").unlink()
    text = Path(workspace.plan_path).read_text()
    Path(workspace.plan_path).write_text(text.replace("Microstep 2.1", "By hand"))
    edit(workspace, "m1.s1.ms2", "status", "doing")
    assert [e.get("gap", False) for e in journal.entries(workspace)] == [False, True, False]
    undo(workspace, actor="ada")
    with pytest.raises(WorkspaceError) as caught:
        undo(workspace, actor="ada")
    assert caught.value.code == "history_broken"


def test_torn_last_line_is_ignored_then_removed(workspace: Workspace) -> None:
    edit(workspace, "m1.s1.ms1", "status", "doing")
    path = Path(workspace.state_dir, "history.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"n": 2, "ti')
    assert len(journal.entries(workspace)) == 1
    last = journal.last(workspace)
    assert last is not None
    assert last["n"] == 1
    edit(workspace, "m1.s1.ms1", "status", "blocked")
    assert [e["n"] for e in journal.entries(workspace)] == [1, 2]


def test_entry_whose_plan_was_not_renamed_did_not_happen(workspace: Workspace) -> None:
    edit(workspace, "m1.s1.ms1", "status", "doing")
    staged = files.stage(workspace.plan_path, b'{"title": "half"}')
    with workspace.lock():
        entry = {"n": 2, "kind": "edit", "operations": [], "staged": Path(staged).name}
        journal.append(workspace, entry)
    assert [e["n"] for e in journal.entries(workspace)] == [1]
    edit(workspace, "m1.s1.ms1", "status", "blocked")
    assert not Path(staged).exists()
    assert [e["n"] for e in journal.entries(workspace)] == [1, 2]
    assert status(workspace, "m1.s1.ms1") == "blocked"

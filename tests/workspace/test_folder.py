"""Finding a workspace, reading it, replacing files whole."""

import os
from pathlib import Path

import pytest

from buildrunner.spec.errors import PlanSyntaxError
from buildrunner.workspace import Workspace, WorkspaceError, files, find
from buildrunner.workspace.errors import from_os


def test_found_from_any_folder_inside(workspace: Workspace) -> None:
    deep = Path(workspace.root, "src", "deep")
    deep.mkdir(parents=True)
    assert find(str(deep)).root == find(workspace.root).root == workspace.root


def test_nothing_found_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        find(str(tmp_path))
    assert (caught.value.code, caught.value.exit_code) == ("no_workspace", 3)
    with pytest.raises(WorkspaceError) as caught:
        find(str(tmp_path / "nowhere"))
    assert caught.value.code == "no_folder"


def test_missing_plan_is_told_from_missing_workspace(workspace: Workspace) -> None:
    workspace.update_state(server="http://localhost:1")
    os.unlink(workspace.plan_path)
    with pytest.raises(WorkspaceError) as caught:
        find(workspace.root)
    assert caught.value.code == "no_plan"
    assert caught.value.next_command.startswith("git checkout")


def test_broken_plan_has_a_place(workspace: Workspace) -> None:
    Path(workspace.plan_path).write_text('{"a": 1,\n}')
    with pytest.raises(PlanSyntaxError) as caught:
        workspace.read()
    assert caught.value.line in (1, 2)


def test_state_is_ignored_by_git_and_holds_what_it_is_told(workspace: Workspace) -> None:
    assert workspace.state() == {}
    workspace.update_state(server="http://x", base={"revision": 3, "hash": "h"})
    workspace.update_state(server=None)
    assert workspace.state() == {"schema": 1, "base": {"revision": 3, "hash": "h"}}
    assert "*" in Path(workspace.state_dir, ".gitignore").read_text().splitlines()
    workspace.write_base({"title": "x"})
    assert workspace.base() == {"title": "x"}
    workspace.write_base(None)
    assert workspace.base() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 99}', '{"schema": "x"}', "\x00"])
def test_unusable_state_is_refused_not_overwritten(workspace: Workspace, text: str) -> None:
    workspace.ensure_state()
    path = Path(workspace.state_dir, "runner_state.json")
    path.write_text(text)
    with pytest.raises(WorkspaceError):
        workspace.update_state(server="http://x")
    assert path.read_text() == text


def test_write_keeps_mode_and_symbolic_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    files.write(str(link), b"new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.json", "real.json"]


def test_create_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert files.create(str(path), b"one")
    assert not files.create(str(path), b"two")
    assert path.read_text() == "one"
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    assert not files.create(str(dangling), b"two")


def test_failed_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)  # a full disk cannot be had without mounting one
    with pytest.raises(WorkspaceError) as caught:
        files.write(str(path), b"new")
    assert caught.value.code == "disk_full"
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_system_errors_are_words() -> None:
    for number in (28, 30, 13, 5, 122, 20, 21, 36, 24, 1):
        error = from_os(OSError(number, os.strerror(number)), "write", "plan.json")
        assert error.message.startswith("cannot write plan.json: ")
        assert "Errno" not in error.message

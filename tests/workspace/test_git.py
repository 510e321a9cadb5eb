"""What is read of git without git, compared with what git says."""

import subprocess
from pathlib import Path

import pytest

from buildrunner.workspace import WorkspaceError, git


def run(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    run(root, "init", "-q", "-b", "main")
    (root / "plan.json").write_text("{}")
    run(root, "add", "-A")
    run(root, "commit", "-q", "-m", "x")
    return root


def test_branch_and_folders(repository: Path, tmp_path: Path) -> None:
    deep = repository / "a" / "b"
    deep.mkdir(parents=True)
    assert git.branch(str(deep)) == "main"
    assert git.top_level(str(deep)) == str(repository)
    run(repository, "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "feature/x")
    tree = str(tmp_path / "tree")
    assert git.branch(tree) == "feature/x"
    assert git.common_dir(tree) == git.common_dir(str(repository)) == str(repository / ".git")
    assert git.git_dir(tree) == run(tmp_path / "tree", "rev-parse", "--absolute-git-dir")
    run(repository, "checkout", "-q", "--detach")
    assert git.branch(str(repository)) is None


def test_outside_git(tmp_path: Path) -> None:
    assert git.branch(str(tmp_path)) is None
    assert git.common_dir(str(tmp_path)) is None
    with pytest.raises(WorkspaceError) as caught:
        git.require(str(tmp_path))
    assert caught.value.next_command == "git init"


def test_show(repository: Path) -> None:
    path = str(repository / "plan.json")
    assert git.show(str(repository), "HEAD", path) == b"{}"
    assert git.show(str(repository), "main", str(repository / "new.json")) is None
    for revision in ("nope", "--output=/tmp/x", "-x", "HEAD:plan.json"):
        with pytest.raises(WorkspaceError) as caught:
            git.show(str(repository), revision, path)
        assert caught.value.exit_code == 2


def test_git_fails_in_words(repository: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        git.run(["checkout", "nowhere"], str(repository))
    assert caught.value.code == "git_failed"
    assert "nowhere" in caught.value.message
    assert git.run(["checkout", "nowhere"], str(repository), check=False) == ""


def test_no_git_installed(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(WorkspaceError) as caught:
        git.run(["status"], str(repository))
    assert caught.value.code == "no_git"
    assert git.author(str(repository)) == ""

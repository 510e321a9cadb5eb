"""What a content digest sees, and what it does not."""

import os
import time
from pathlib import Path

import pytest

from buildrunner.workspace import Workspace
from buildrunner.workspace.content import Content, revision
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.index import is_settled, signature
from buildrunner.workspace.proving_at import Commit
from kits.growth import growth
from kits.workspaces import git


@pytest.fixture
def tree(workspace: Workspace) -> Path:
    root = Path(workspace.root)
    (root / "src" / "deep").mkdir(parents=True)
    (root / "src" / "a.py").write_text("a")
    (root / "src" / "deep" / "b.py").write_text("b")
    (root / "src" / "deep" / "c.txt").write_text("c")
    (root / "README.md").write_text("read me")
    workspace.ensure_state()
    return root


@pytest.fixture
def repo(tree: Path) -> Path:
    (tree / ".gitignore").write_text("*.log\n")
    git(tree, "init", "-q")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "start")
    return tree


def digest(root: Path, *paths: str) -> str:
    return Content(Workspace(str(root))).digest(paths)


def names(root: Path, *paths: str) -> list[str]:
    return [os.fsdecode(name) for name in Content(Workspace(str(root))).names(paths)]


def test_it_is_the_same_with_and_without_git(tree: Path, repo: Path) -> None:
    with_git = digest(repo)
    (repo / ".git").rename(repo.parent / "elsewhere")
    assert digest(repo) == with_git
    assert with_git.startswith("sha256:")


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["src"], ["src/a.py", "src/deep/b.py", "src/deep/c.txt"]),
        (["./src/"], ["src/a.py", "src/deep/b.py", "src/deep/c.txt"]),
        (["src/a.py"], ["src/a.py"]),
        (["sr"], []),
        (["**/*.py"], ["src/a.py", "src/deep/b.py"]),
        (["src/*.py"], ["src/a.py"]),
        (["src/**"], ["src/a.py", "src/deep/b.py", "src/deep/c.txt"]),
        (["src/de*"], ["src/deep/b.py", "src/deep/c.txt"]),
        (["src/?.py", "README.md"], ["README.md", "src/a.py"]),
        (["src/[!b].py"], ["src/a.py"]),
        (["src/[a-"], []),
        (["*.md"], ["README.md"]),
        (["buildrunner/specs"], ["buildrunner/specs/plan.json"]),
        (["buildrunner/state"], []),
        (["**/plan.json"], []),
    ],
)
def test_paths(tree: Path, paths: list[str], expected: list[str]) -> None:
    assert names(tree, *paths) == expected


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "src/../../x", "a\0b"])
def test_no_path_leads_out(tree: Path, path: str) -> None:
    with pytest.raises(WorkspaceError, match="no path inside the workspace"):
        digest(tree, path)


def test_changes_under_the_paths_count_and_others_do_not(repo: Path) -> None:
    before, whole = digest(repo, "src"), digest(repo)
    (repo / "README.md").write_text("other")
    (repo / "noise.log").write_text("ignored")
    (repo / "buildrunner" / "specs" / "plan.json").write_text("{}")
    assert digest(repo, "src") == before
    assert digest(repo) != whole
    git(repo, "commit", "-qam", "a commit elsewhere")
    assert digest(repo, "src") == before
    (repo / "src" / "new.py").write_text("untracked counts")
    assert digest(repo, "src") != before


def test_bytes_names_modes_and_links_count(repo: Path) -> None:
    seen = {digest(repo, "src")}
    script = repo / "src" / "a.py"
    script.write_text("A")
    seen.add(digest(repo, "src"))
    script.chmod(0o755)
    seen.add(digest(repo, "src"))
    script.rename(repo / "src" / "z.py")
    seen.add(digest(repo, "src"))
    (repo / "src" / "link").symlink_to("z.py")
    seen.add(digest(repo, "src"))
    (repo / "src" / "link").unlink()
    (repo / "src" / "link").write_text("z.py")
    seen.add(digest(repo, "src"))
    os.mkfifo(repo / "src" / "pipe")
    seen.add(digest(repo, "src"))
    assert len(seen) == 6  # a pipe has no content


def test_what_is_remembered_notices_a_rewrite_of_equal_length(tree: Path) -> None:
    path = tree / "src" / "a.py"
    while not is_settled(signature(str(path)), time.time_ns()):
        time.sleep(0.01)
    before = digest(tree, "src")
    assert (tree / "buildrunner" / "state" / "content.json").exists()
    status = path.stat()
    path.write_text("X")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert digest(tree, "src") != before


def test_five_thousand_files_cost_no_more_each_than_some(repo: Path) -> None:
    for folder in range(50):
        (repo / f"d{folder}").mkdir()
        for number in range(100):
            (repo / f"d{folder}" / f"{number}.txt").write_text(f"{folder} {number}" * 50)
    assert growth(lambda count: digest(repo, *(f"d{folder}" for folder in range(count))), 50) < 4


def test_a_workspace_in_an_ignored_folder_is_looked_at_all_the_same(tree: Path) -> None:
    outside = tree.parent
    git(outside, "init", "-q")
    (outside / ".gitignore").write_text(f"{tree.name}/\n")
    assert names(tree, "src/a.py") == ["src/a.py"]
    before = digest(tree)
    (tree / "src" / "a.py").write_text("changed")
    assert digest(tree) != before


def test_revision(tree: Path) -> None:
    assert revision(str(tree)).commit is None
    git(tree, "init", "-q")
    assert revision(str(tree)).dirty
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "start")
    now = revision(str(tree))
    assert now.commit == git(tree, "rev-parse", "HEAD")
    assert not now.dirty
    (tree / "buildrunner" / "specs" / "plan.json").write_text("{}")
    assert not revision(str(tree)).dirty
    (tree / "README.md").write_text("changed")
    assert revision(str(tree)).dirty


def test_a_link_stands_for_what_it_leads_to(repo: Path) -> None:
    (repo / "real").mkdir()
    (repo / "real" / "x").write_text("x")
    (repo / "one").symlink_to("two")
    (repo / "two").symlink_to("real")
    (repo / "round").symlink_to("round")
    (repo / "out").symlink_to("../../etc/passwd")
    (repo / "own").symlink_to("buildrunner/specs")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "links")
    kinds = [("one",), ("one/x",), ("one/**",), ("two/*",)]
    before = [digest(repo, *paths) for paths in kinds]
    assert [Commit(str(repo), "HEAD", "").digest(paths) for paths in kinds] == before
    rest = [digest(repo, name) for name in ("round", "out", "own")]
    (repo / "real" / "x").write_text("other")
    (repo / "buildrunner" / "specs" / "plan.json").write_text("{}")
    assert not set(before) & {digest(repo, *paths) for paths in kinds}
    assert [digest(repo, name) for name in ("round", "out", "own")] == rest


@pytest.mark.parametrize("path", ["part", "part/x", "part/**"])
def test_what_differs_from_a_submodules_commit_counts(repo: Path, path: str) -> None:
    part = repo / "part"
    part.mkdir()
    git(part, "init", "-q")
    (part / "x").write_text("x")
    seen = [digest(repo, path)]
    (part / "x").write_text("other")
    seen.append(digest(repo, path))
    git(part, "add", "-A")
    git(part, "commit", "-q", "-m", "x")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "part")
    clean = digest(repo, path)
    assert Commit(str(repo), "HEAD", "").digest((path,)) == clean
    (part / "x").write_text("not committed")
    seen.append(digest(repo, path))
    (part / "x").write_text("nor is this")
    seen.append(digest(repo, path))
    assert len({*seen, clean}) == 5
    (part / "x").write_text("other")
    assert digest(repo, path) == clean

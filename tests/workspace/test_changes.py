"""What is read of two revisions is what git holds, whatever the repository configures."""

import os
import subprocess
from pathlib import Path

import pytest

from buildrunner.policy.change import Change, FileChange
from buildrunner.workspace import changes
from buildrunner.workspace.errors import WorkspaceError


class Repository:
    """A repository to commit into."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.org")
        self.commit({"start.txt": "one\ntwo\nthree\n"}, "start")

    def git(self, *words: str, stdin: str | None = None) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        done = subprocess.run(
            ["git", *words], cwd=self.root, input=stdin, capture_output=True, text=True, check=True,
            env=environment | {"GIT_CONFIG_NOSYSTEM": "1", "HOME": str(self.root.parent)},
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, files: dict[str, str | bytes | None], message: str = "change") -> str:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            elif isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def change(self, base: str = "main", head: str = "HEAD") -> Change:
        return changes.between(str(self.root), base, head).change


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.git("checkout", "-q", "-b", "work")
    return made


def only(change: Change) -> FileChange:
    (file,) = change.files
    return file


def test_lines_have_their_numbers(repo: Repository) -> None:
    repo.commit({"start.txt": "zero\none\ntwo\nTHREE\n@@ -1 +1 @@\ndiff --git a/x b/x\n"})
    first, second = only(repo.change()).hunks
    assert (first.added, first.removed) == ([(1, "zero")], [])
    assert second.added == [(4, "THREE"), (5, "@@ -1 +1 @@"), (6, "diff --git a/x b/x")]
    assert second.removed == [(3, "three")]


def test_the_final_state_is_judged_and_what_main_did_meanwhile_is_not(repo: Repository) -> None:
    repo.commit({"secret.txt": "AKIA\n", "kept.txt": "x\n"})
    repo.commit({"secret.txt": None})
    repo.git("checkout", "-q", "main")
    repo.commit({"elsewhere.txt": "main\n"})
    repo.git("checkout", "-q", "work")
    change = repo.change()
    assert [file.path for file in change.files] == ["kept.txt"]
    assert [commit.subject for commit in change.commits] == ["change", "change"]
    assert change.commits[0].author.email == "ada@example.org"


def test_what_the_base_has_by_now_is_no_change(repo: Repository) -> None:
    repo.commit({"same.txt": "x\n", "other.txt": "work\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"same.txt": "x\n", "other.txt": "main\n"})
    repo.git("checkout", "-q", "work")
    assert [file.path for file in repo.change().files] == ["other.txt"]


def test_renames_name_both_paths(repo: Repository) -> None:
    repo.git("mv", "start.txt", "moved name.txt")
    repo.commit({})
    file = only(repo.change())
    assert (file.status, file.old_path, file.path) == ("renamed", "start.txt", "moved name.txt")
    assert file.hunks == []


def test_modes_links_and_submodules_are_seen(repo: Repository) -> None:
    os.chmod(repo.root / "start.txt", 0o755)
    os.symlink("start.txt", repo.root / "link")
    repo.commit({})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},lib")
    repo.git("commit", "-q", "-m", "sub")
    modes = {f.path: (f.status, f.mode_before, f.mode_after) for f in repo.change().files}
    assert modes == {
        "start.txt": ("modified", "100644", "100755"),
        "link": ("added", "", "120000"),
        "lib": ("added", "", "160000"),
    }


def test_a_change_of_type_keeps_lines_with_their_files(repo: Repository) -> None:
    (repo.root / "start.txt").unlink()
    os.symlink("target", repo.root / "start.txt")
    repo.commit({"z.txt": "last\n"})
    first, second = repo.change().files
    assert (first.status, list(first.added())) == ("typechange", [(1, "target")])
    assert list(second.added()) == [(1, "last")]


@pytest.mark.parametrize(
    "name", ["with space", "ümlaut", 'quote"d', "tab\there", "new\nline", "-dash", ":(glob)x"]
)
def test_any_name_is_read(repo: Repository, name: str) -> None:
    repo.commit({name: "content\n"})
    file = only(repo.change())
    assert file.path == name
    assert list(file.added()) == [(1, "content")]


def test_a_repository_cannot_hide_lines_by_its_configuration(repo: Repository) -> None:
    for key, value in (
        ("diff.external", "true"), ("color.diff", "always"), ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"), ("diff.context", "9"), ("diff.renames", "copies"),
        ("diff.submodule", "log"), ("diff.ignoreSubmodules", "all"), ("core.quotePath", "true"),
        ("diff.hide.textconv", "true"), ("diff.hide.binary", "true"), ("diff.relative", "true"),
        ("diff.interHunkContext", "9"), ("log.showSignature", "true"), ("diff.algorithm", "patience"),
    ):  # fmt: skip
        repo.git("config", key, value)
    repo.commit({".gitattributes": "* -diff\n*.py binary diff=hide\n", "ü.py": "seen\n"})
    files = {file.path: file for file in repo.change().files}
    assert list(files["ü.py"].added()) == [(1, "seen")]
    assert not files["ü.py"].binary


def test_binary_files_have_no_lines_but_other_encodings_do(repo: Repository) -> None:
    repo.commit({"a.png": b"\x89PNG\0\n\0\n", "b.txt": "wide\nlines\n".encode("utf-16")})
    png, text = repo.change().files
    assert png.binary
    assert png.hunks == []
    assert list(text.added()) == [(1, "wide"), (2, "lines")]


def test_latin_1_and_odd_line_ends_are_read(repo: Repository) -> None:
    repo.commit({"a.txt": b"caf\xe9\r\nx = 1\rno newline at the end"})
    lines = [text for _, text in only(repo.change()).added()]
    assert lines[0] == "caf\ufffd\r"
    assert len(lines) == 2


def test_huge_files_are_named_and_not_read(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "LARGEST_FILE", 1000)
    repo.commit({"big.txt": "x" * 2000, "small.txt": "y\n"})
    big, small = repo.change().files
    assert big.truncated
    assert big.hunks == []
    assert list(small.added()) == [(1, "y")]


def test_rules_come_from_the_tip_of_the_base(repo: Repository) -> None:
    repo.git("checkout", "-q", "main")
    repo.commit(
        {
            "governance/policy.yml": "version: '2'\n",
            "governance/waivers.json": "{}",
            "CODEOWNERS": "* @a\n",
        }
    )
    repo.git("checkout", "-q", "work")
    repo.commit({"governance/policy.yml": "version: '1'\n"})
    reading = changes.between(str(repo.root), "main", "work")
    assert reading.policy == ("governance/policy.yml", b"version: '2'\n")
    assert reading.waivers == ("governance/waivers.json", b"{}")
    assert reading.proposed is None
    assert reading.change.codeowners == "* @a\n"
    assert reading.change.policy_after == {
        "path": "governance/policy.yml", "text": "version: '1'\n"
    }  # fmt: skip


def test_a_workspace_in_a_folder_of_the_repository_is_found(repo: Repository) -> None:
    plan = '{"projectId": "p", "title": "T", "version": "1.0.0", "milestones": []}\n'
    repo.git("checkout", "-q", "main")
    repo.commit(
        {
            "part/buildrunner/specs/plan.json": plan,
            "part/buildrunner/governance/policy.yml": "version: '3'\n",
        }
    )
    head = repo.commit({"x": "y"})
    reading = changes.between(str(repo.root / "part"), "HEAD~1", head)
    assert reading.policy == ("part/buildrunner/governance/policy.yml", b"version: '3'\n")
    assert reading.change.plan_after is not None


@pytest.mark.parametrize(
    ("base", "head", "code"),
    [
        ("nowhere", "HEAD", "unknown_revision"),
        ("main", "nowhere", "unknown_revision"),
        ("--output=x", "HEAD", "unknown_revision"),
        ("other", "HEAD", "no_common_ancestor"),
    ],
)
def test_revisions_that_do_not_fit(repo: Repository, base: str, head: str, code: str) -> None:
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit({"alone": "x"})
    repo.git("checkout", "-q", "work")
    with pytest.raises(WorkspaceError) as caught:
        repo.change(base, head)
    assert caught.value.code == code


def test_two_policies_on_the_base_are_an_error(repo: Repository) -> None:
    repo.git("checkout", "-q", "main")
    repo.commit({"governance/policy.yml": "a: 1", "buildrunner/governance/policy.yml": "a: 1"})
    with pytest.raises(WorkspaceError) as caught:
        repo.change("main", "main")
    assert caught.value.code == "two_policies"


def test_a_plan_that_is_none_is_an_error(repo: Repository) -> None:
    repo.commit({"buildrunner/specs/plan.json": "{nonsense"})
    with pytest.raises(WorkspaceError) as caught:
        repo.change()
    assert caught.value.code == "plan_broken"


def test_outside_git_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        changes.between(str(tmp_path), "main", "HEAD")
    assert caught.value.code == "no_git_repository"

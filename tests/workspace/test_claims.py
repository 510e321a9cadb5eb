"""Leases: one holder at a time, in all worktrees, for a while."""

import subprocess
import sys
from pathlib import Path

import pytest

from buildrunner.workspace import Workspace, WorkspaceError, claims
from kits.workspaces import make_plan, place

CLAIM = (
    "import sys; from buildrunner.workspace import Workspace, WorkspaceError, claims\n"
    "try:\n"
    "    claims.claim(Workspace(sys.argv[1]), 'm1.s1.ms1', holder=sys.argv[2])\n"
    "    print('got')\n"
    "except WorkspaceError as error: print(error.code)"
)


def test_one_holder_until_released(workspace: Workspace) -> None:
    lease = claims.claim(workspace, "m1.s1.ms1", holder="ada", ttl=60)
    assert claims.active(workspace) == {"m1.s1.ms1": lease}
    with pytest.raises(WorkspaceError) as caught:
        claims.claim(workspace, "m1.s1.ms1", holder="bob")
    assert (caught.value.code, caught.value.exit_code) == ("claim_held", 5)
    with pytest.raises(WorkspaceError):
        claims.release(workspace, "m1.s1.ms1", holder="bob")
    assert claims.release(workspace, "m1.s1.ms1", holder="ada") == lease
    assert claims.release(workspace, "m1.s1.ms1", holder="ada") is None
    claims.claim(workspace, "m1.s1.ms1", holder="bob")


def test_one_name_is_not_one_agent(workspace: Workspace) -> None:
    claims.claim(workspace, "m1.s1.ms1", holder="ada", ttl=60)
    with pytest.raises(WorkspaceError) as caught:
        claims.claim(workspace, "m1.s1.ms1", holder="ada")
    assert caught.value.next_command == "br claim m1.s1.ms1 --renew"
    renewed = claims.claim(workspace, "m1.s1.ms1", holder="ada", ttl=7200, renew=True)
    assert renewed["expires_at"] > renewed["since"]


def test_a_lease_ends_by_itself(workspace: Workspace) -> None:
    claims.claim(workspace, "m1.s1.ms1", holder="ada", ttl=-1)
    assert claims.active(workspace) == {}
    claims.claim(workspace, "m1.s1.ms1", holder="bob")


def test_forced_release(workspace: Workspace) -> None:
    claims.claim(workspace, "m1.s1.ms1", holder="ada")
    assert claims.release(workspace, "m1.s1.ms1", holder="bob", force=True)
    assert claims.active(workspace) == {}


def test_processes_at_once_get_it_once(workspace: Workspace) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM, workspace.root, name], stdout=subprocess.PIPE, text=True
        )
        for name in ("same", "same", "same", "other", "another")
    ]
    said = sorted(process.communicate(timeout=30)[0].strip() for process in processes)
    assert said == ["claim_held"] * 4 + ["got"]


def test_worktrees_share_leases_and_folders_do_not(tmp_path: Path) -> None:
    first = place(tmp_path / "repo" / "one", make_plan())
    second = place(tmp_path / "repo" / "two", make_plan())
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "x"],
        ["worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path / "repo", check=True, capture_output=True)
    lease = claims.claim(first, "m1.s1.ms1", holder="ada")
    twin = Workspace(str(tmp_path / "tree" / "one"))
    assert claims.active(twin) == {"m1.s1.ms1": lease}
    assert claims.active(second) == {}
    with pytest.raises(WorkspaceError):
        claims.claim(twin, "m1.s1.ms1", holder="bob")


@pytest.mark.parametrize("text", ["{}", '{"claims": []}', '{"claims": {".": {"x": 1}}}'])
def test_strange_books_are_read_as_empty(workspace: Workspace, text: str) -> None:
    workspace.ensure_state()
    Path(claims.path_of(workspace)).write_text(text)
    assert claims.active(workspace) == {}
    claims.claim(workspace, "m1.s1.ms1", holder="ada")

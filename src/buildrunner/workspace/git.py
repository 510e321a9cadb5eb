"""git around a workspace: branch and folders by reading files, the rest by running git.

Nothing goes through a shell. What the hot commands need (`branch`, `common_dir`) starts no process.
"""

from __future__ import annotations

import os

from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def git_dir(folder: str) -> str | None:
    """The git directory of the working tree around `folder`, a worktree's own; None outside."""
    while True:
        found = os.path.join(folder, ".git")
        if os.path.isdir(found):
            return found
        if os.path.isfile(found):
            link = _first_line(found)
            if link.startswith("gitdir: "):
                return os.path.normpath(os.path.join(folder, link[8:]))
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def top_level(folder: str) -> str | None:
    """The root of the working tree around `folder`; None outside."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def common_dir(folder: str) -> str | None:
    """The directory that all worktrees of a repository share; None outside."""
    directory = git_dir(folder)
    if directory is None:
        return None
    common = _first_line(os.path.join(directory, "commondir"))
    return os.path.normpath(os.path.join(directory, common)) if common else directory


def branch(folder: str) -> str | None:
    """The checked-out branch; None outside git and on a detached HEAD."""
    directory = git_dir(folder)
    if directory is None:
        return None
    head = _first_line(os.path.join(directory, "HEAD"))
    if head == "ref: refs/heads/.invalid":  # the reftable format keeps HEAD elsewhere
        return run(["symbolic-ref", "--quiet", "--short", "HEAD"], folder, check=False) or None
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else None


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline().rstrip("\r\n")
    except OSError:
        return ""


def run(arguments: Sequence[str], folder: str, *, check: bool = True) -> str:
    """The output of `git -C folder …` without its last newline.

    Raises WorkspaceError `git_failed` with git's own words; with `check=False` a failure is "".
    """
    return run_bytes(arguments, folder, check=check).decode(errors="replace").rstrip("\n")


def run_bytes(arguments: Sequence[str], folder: str, *, check: bool = True) -> bytes:
    """The same, as the bytes git wrote."""
    import subprocess

    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except FileNotFoundError:
        if not check:
            return b""
        raise WorkspaceError("no_git", "git is not installed", "install git", 1) from None
    if done.returncode == 0:
        return done.stdout
    if not check:
        return b""
    words = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
    raise WorkspaceError("git_failed", f"git {arguments[0]}: {words}", exit_code=1)


def require(folder: str) -> str:
    """The root of the working tree. Raises WorkspaceError `no_git_repository`."""
    root = top_level(folder)
    if root is None:
        raise WorkspaceError(
            "no_git_repository",
            f"{folder} is in no git repository",
            "start one with `git init`",
            1,
            next_command="git init",
        )
    return root


def author(folder: str) -> str:
    """`user.name` as git would sign a commit here; "" where it is not set."""
    return run(["config", "--get", "user.name"], folder, check=False)


def commit_of(folder: str, revision: str) -> str:
    """The commit that a revision names. Raises WorkspaceError `unknown_revision`, `no_commit`."""
    if revision.startswith("-"):
        raise WorkspaceError("unknown_revision", f"{revision} is no git revision", exit_code=2)
    commit = run(
        ["rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"],
        folder,
        check=False,
    )
    if commit:
        return commit
    if revision == "HEAD":
        raise WorkspaceError(
            "no_commit",
            "there is no commit yet to compare with",
            "name two files, or commit first",
            1,
            next_command="git add -A && git commit",
        )
    raise WorkspaceError(
        "unknown_revision",
        f"{revision} is neither a file nor a git revision here",
        "name a file, a branch, a tag or a commit",
        2,
    )


def show(folder: str, revision: str, path: str) -> bytes | None:
    """A file as it was in a revision; None when that revision has no such file.

    Raises WorkspaceError as `commit_of` does.
    """
    root = require(folder)
    name = os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")
    commit = commit_of(folder, revision)
    if not run(["ls-tree", "--full-tree", "--name-only", commit, name], folder):
        return None
    return run_bytes(["show", f"{commit}:{name}"], folder)

"""Teaching one git repository to merge plans by field and to lint them before a commit.

Three things are set: a line in `.gitattributes`, two merge drivers in the repository's config, and
a pre-commit hook that runs the hook it found there afterwards. All call this very installation by
its absolute path. Taking it back leaves every file as it was.
"""

from __future__ import annotations

import os
import shlex
import stat
import sys

from buildrunner.workspace import files, git
from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from buildrunner.workspace.folder import Workspace

DRIVER = "buildrunner"
# git merges several common ancestors with one another first; a conflict there is nobody's.
ANCESTOR_DRIVER = "buildrunner-ancestor"
SECTIONS = (DRIVER, ANCESTOR_DRIVER)
CHAINED = "pre-commit.before-buildrunner"
_MARK = "# BuildRunner: merge plans by entity and field (br git install)"
_MARK_JOINED = _MARK + " ."  # the file ended without a newline
_MARK_EMPTY = _MARK + " -"  # the file was there, with nothing in it
_RULE = "/buildrunner/specs/plan.json merge=buildrunner"
_HOOK_MARK = "# BuildRunner: lint the plan before a commit (br git install)"


def interpreter() -> list[str]:
    """The command that runs this very `br`.

    `-P` keeps the current folder off the import path: a repository may hold a `buildrunner/` of
    its own, or anything that is named like a module.
    """
    return [sys.executable, "-P", "-m", "buildrunner.cli"]


class Setup:
    """What install or uninstall did: names of what changed and of what was kept."""

    def __init__(self) -> None:
        self.changed: list[str] = []
        self.kept: list[str] = []

    def note(self, changed: bool, name: str) -> None:
        (self.changed if changed else self.kept).append(name)


def driver_command(*, ancestor: bool) -> str:
    """The driver for git's config: run by a shell, `%` doubled, git quotes the path itself."""
    command = " ".join(shlex.quote(word) for word in interpreter()).replace("%", "%%")
    flag = " --ancestor" if ancestor else ""
    return f"{command} git merge-driver{flag} %O %A %B %P"


def hook_text() -> str:
    """The pre-commit hook, for any POSIX shell."""
    python = shlex.quote(sys.executable)
    command = " ".join(shlex.quote(word) for word in interpreter())
    return f"""#!/bin/sh
{_HOOK_MARK}
if [ -x {python} ]; then
  {command} git pre-commit || exit $?
else
  echo "br: the plan was not linted, its Python is gone; run \\`br git install\\` again" >&2
fi
chained="$(dirname "$0")/{CHAINED}"
if [ -x "$chained" ]; then exec "$chained" "$@"; fi
exit 0
"""


def install(workspace: Workspace, *, hook: bool = True, dry_run: bool = False) -> Setup:
    """Set all three up, or mend them. Raises WorkspaceError outside git."""
    git.require(workspace.root)
    done = Setup()
    done.note(_add_attribute(workspace, dry_run=dry_run), _attributes(workspace))
    for section, ancestor in ((DRIVER, False), (ANCESTOR_DRIVER, True)):
        values = {
            "name": "BuildRunner plans, merged by entity and field",
            "driver": driver_command(ancestor=ancestor),
        }
        if not ancestor:
            values["recursive"] = ANCESTOR_DRIVER
        for name, value in values.items():
            key = f"merge.{section}.{name}"
            old = git.run(["config", "--local", "--get", key], workspace.root, check=False)
            done.note(old != value, f"git config {key}")
            if old != value and not dry_run:
                git.run(["config", "--local", key, value], workspace.root)
    if hook:
        done.note(_add_hook(workspace, dry_run=dry_run), hook_path(workspace))
    return done


def uninstall(workspace: Workspace, *, dry_run: bool = False) -> Setup:
    """Take all three back; what was not set up is left alone."""
    git.require(workspace.root)
    done = Setup()
    done.note(_remove_attribute(workspace, dry_run=dry_run), _attributes(workspace))
    for section in SECTIONS:
        pattern = f"^merge\\.{section}\\."
        known = git.run(["config", "--local", "--get-regexp", pattern], workspace.root, check=False)
        done.note(bool(known), f"git config merge.{section}")
        if known and not dry_run:
            git.run(["config", "--local", "--remove-section", f"merge.{section}"], workspace.root)
    done.note(_remove_hook(workspace, dry_run=dry_run), hook_path(workspace))
    return done


def _attributes(workspace: Workspace) -> str:
    return os.path.join(workspace.root, ".gitattributes")


def _read(path: str) -> bytes:
    try:
        return files.read(path)
    except FileNotFoundError:
        return b""


def _add_attribute(workspace: Workspace, *, dry_run: bool) -> bool:
    path = _attributes(workspace)
    old = _read(path)
    if _RULE.encode() in old.splitlines():
        return False
    newline = b"\r\n" if b"\r\n" in old else b"\n"
    joined = bool(old) and not old.endswith(b"\n")
    empty = not old and os.path.lexists(path)
    mark = (_MARK_JOINED if joined else _MARK_EMPTY if empty else _MARK).encode()
    new = old + (newline if joined else b"") + mark + newline + _RULE.encode() + newline
    if not dry_run:
        files.write(path, new)
    return True


def _remove_attribute(workspace: Workspace, *, dry_run: bool) -> bool:
    path = _attributes(workspace)
    old = _read(path)
    lines = old.splitlines(keepends=True)
    bare = [line.rstrip(b"\r\n") for line in lines]
    for mark in (_MARK, _MARK_JOINED, _MARK_EMPTY):
        if mark.encode() not in bare:
            continue
        at = bare.index(mark.encode())
        ours = 2 if bare[at + 1 : at + 2] == [_RULE.encode()] else 1
        head = b"".join(lines[:at])
        tail = b"".join(lines[at + ours :])
        if mark == _MARK_JOINED and not tail:
            head = head.removesuffix(b"\n").removesuffix(b"\r")
        if dry_run:
            pass
        elif head + tail or mark == _MARK_EMPTY:
            files.write(path, head + tail)
        else:
            files.discard(path)
        return True
    return False


def hook_path(workspace: Workspace) -> str:
    """Where git looks for the pre-commit hook: core.hooksPath, worktrees, all considered."""
    folder = git.run(["rev-parse", "--git-path", "hooks"], workspace.root)
    if _chains(os.path.join(workspace.root, folder, "pre-commit")):
        # A tracked hook must not name this machine; it runs the one behind it.
        common = git.run(["rev-parse", "--git-common-dir"], workspace.root)
        folder = os.path.join(common, "hooks")
    return os.path.join(os.path.abspath(os.path.join(workspace.root, folder)), "pre-commit")


def _chains(path: str) -> bool:
    """Whether it is the hook of `br governance init`, which runs the clone's own afterwards."""
    return b"(br governance init)" in b"".join(_read(path).splitlines()[:3])


def _is_ours(path: str) -> bool:
    return _HOOK_MARK.encode() in _read(path).splitlines()[:3]


def _add_hook(workspace: Workspace, *, dry_run: bool) -> bool:
    path = hook_path(workspace)
    wanted = hook_text().encode()
    if os.path.lexists(path) and _read(path) == wanted:
        return False
    if dry_run:
        return True
    files.make_folder(os.path.dirname(path))
    if os.path.lexists(path) and not _is_ours(path):
        chained = os.path.join(os.path.dirname(path), CHAINED)
        if os.path.lexists(chained):
            raise WorkspaceError(
                "hook_in_the_way",
                f"both {path} and {chained} exist; one of them would be lost",
                "join the two by hand, then run this again",
                1,
                missing=[chained],
            )
        os.rename(path, chained)
    elif os.path.lexists(path):
        os.unlink(path)
    files.write(path, wanted, mode=0o777)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return True


def _remove_hook(workspace: Workspace, *, dry_run: bool) -> bool:
    path = hook_path(workspace)
    if not os.path.lexists(path) or not _is_ours(path):
        return False
    if not dry_run:
        os.unlink(path)
        chained = os.path.join(os.path.dirname(path), CHAINED)
        if os.path.lexists(chained):
            os.rename(chained, path)
    return True

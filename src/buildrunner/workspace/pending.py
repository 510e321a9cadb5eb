"""Conflicts that a git merge left in the plan, for as long as that merge lasts.

The driver records them in runner_state.json. They are over when they were reconciled, and also
when the merge is: aborted, or finished by hand.
"""

from __future__ import annotations

import os

from buildrunner.workspace import files, git
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.state import read_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.workspace.folder import Workspace

RECORD = "conflicts.json"
_MARKS = (
    "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply",
)  # fmt: skip


def git_conflicts(workspace: Workspace) -> list[dict[str, Any]]:
    """The conflicts a git merge under way left open; records of one that is over are removed."""
    waiting = workspace.state().get("pending_conflicts")
    if not isinstance(waiting, list) or not waiting:
        return []
    path = os.path.join(workspace.state_dir, RECORD)
    record = read_object(path)
    if record is None or record.get("revision") is not None:
        return []  # a sync met these
    if merging(workspace):
        return waiting
    try:
        with workspace.lock():
            workspace.update_state(pending_conflicts=None)
            files.discard(path)
    except WorkspaceError:
        pass  # a read-only clone: they count as over all the same
    return []


def merging(workspace: Workspace) -> bool:
    """Whether git is in the middle of a merge, or the plan is still unmerged in its index."""
    directory = git.git_dir(workspace.root)
    if directory is None:
        return False
    if any(os.path.lexists(os.path.join(directory, mark)) for mark in _MARKS):
        return True
    unmerged = git.run(["ls-files", "-u", "--", workspace.plan_path], workspace.root, check=False)
    return bool(unmerged)

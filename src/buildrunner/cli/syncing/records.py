"""What a clone remembers between two syncs, beside the base document.

`outbox.json` is the push under way: written before it is sent and removed once its answer is in the
plan, so that a sync cut off anywhere is taken up again with the same request. `conflicts.json` is
what `br reconcile` works on: the three documents of a merge that did not go through.
"""

from __future__ import annotations

import os
from typing import Any

from buildrunner.spec.document import document_hash
from buildrunner.workspace import files
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import Workspace
from buildrunner.workspace.state import read_object, write_object

OUTBOX = "outbox.json"
CONFLICTS = "conflicts.json"


class Link:
    """Where this clone syncs: `server`, `project_id`, and the git `branch` it was linked on."""

    __slots__ = ("branch", "project_id", "server")

    def __init__(self, server: str, project_id: str, branch: str | None) -> None:
        self.server = server
        self.project_id = project_id
        self.branch = branch


def link_of(workspace: Workspace) -> Link:
    """The link of this clone. Raises WorkspaceError `not_linked`."""
    state = workspace.state()
    server, project_id = state.get("server"), state.get("project_id")
    if not isinstance(server, str) or not isinstance(project_id, str):
        raise WorkspaceError(
            "not_linked",
            "this clone is not linked to a project on a server",
            "name the project once; `br open` shows its address when you are on the web page",
            1,
            missing=["server", "project_id"],
            next_command="br link PROJECT_ID --server URL",
        )
    branch = state.get("branch")
    return Link(server, project_id, branch if isinstance(branch, str) else None)


class Base:
    """The document last agreed on with the server, its `revision` and `hash`."""

    __slots__ = ("document", "hash", "revision")

    def __init__(self, revision: int, document: dict[str, Any]) -> None:
        self.revision = revision
        self.document = document
        self.hash = document_hash(document)


def read_base(workspace: Workspace) -> Base | None:
    """The sync base; None where there is none or its two files do not belong together."""
    document = workspace.base()
    if document is None:
        return None
    state = workspace.state()
    base = Base(0, document)
    for known in (state.get("base"), state.get("previous_base")):
        if isinstance(known, dict) and known.get("hash") == base.hash:
            base.revision = int(known.get("revision") or 0)
            return base
    return None


def write_base(workspace: Workspace, base: Base) -> None:
    """Remember a new base and forget the push and the conflicts that led to it.

    The state names the old base as well until the next one: killed between the two files, the
    document that is there still finds its revision.
    """
    with workspace.lock():
        workspace.update_state(
            base={"revision": base.revision, "hash": base.hash},
            previous_base=workspace.state().get("base"),
            pending_conflicts=None,
        )
        workspace.write_base(base.document)
        discard(workspace, OUTBOX)
        discard(workspace, CONFLICTS)


def read_record(workspace: Workspace, name: str) -> dict[str, Any] | None:
    """One of the records, None where there is none."""
    return read_object(os.path.join(workspace.state_dir, name))


def write_record(workspace: Workspace, name: str, value: dict[str, Any]) -> None:
    """Write one of the records atomically."""
    with workspace.lock():
        write_object(os.path.join(workspace.state_dir, name), value)


def discard(workspace: Workspace, name: str) -> None:
    """Forget one of the records."""
    files.discard(os.path.join(workspace.state_dir, name))

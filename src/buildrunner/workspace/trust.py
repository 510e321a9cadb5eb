"""Which checks may run here: those HEAD's plan defines, and those a person here agreed to.

A command can come into a plan by sync, import or from an agent. What stands in HEAD was reviewed as
code is; everything else waits for `br qa trust`. Trust is by the definition's digest, belongs to this
clone and is never sent anywhere.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from buildrunner.evidence.checks import Check
from buildrunner.spec.document import loads, walk
from buildrunner.spec.errors import SpecError
from buildrunner.workspace import git
from buildrunner.workspace.editing import now
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.state import read_object, write_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildrunner.workspace.folder import Workspace

FILE = "trusted_checks.json"
SCHEMA = 1
# These start no program: there is nothing to trust.
HARMLESS = ("file", "manual")


class Trust:
    """What is trusted at this moment; reads HEAD and the state folder once."""

    def __init__(self, workspace: Workspace) -> None:
        self._agreed = set(_read(workspace))
        self._workspace = workspace
        self._committed: set[str] | None = None

    def covers(self, check: Check) -> bool:
        """Whether a check may run."""
        if not runs(check):
            return True
        if not check.digest:
            return False
        return check.digest in self._agreed or check.digest in self.committed()

    def committed(self) -> set[str]:
        """The digests of the checks in HEAD's plan; empty without a commit."""
        if self._committed is None:
            self._committed = _in_head(self._workspace)
        return self._committed


def runs(check: Check) -> bool:
    """Whether a check starts a program or asks the network."""
    return check.kind not in HARMLESS or "run" in check.definition


def agree(workspace: Workspace, checks: Iterable[Check], *, by: str) -> list[Check]:
    """Trust these definitions in this clone; those that are new."""
    with workspace.lock():
        agreed = _read(workspace)
        new = []
        for check in checks:
            if check.digest and check.digest not in agreed:
                agreed[check.digest] = {"at": now(), "by": by}
                new.append(check)
        if new:
            path = os.path.join(workspace.state_dir, FILE)
            write_object(path, {"schema": SCHEMA, "digests": agreed})
    return new


def _read(workspace: Workspace) -> dict[str, Any]:
    found = read_object(os.path.join(workspace.state_dir, FILE)) or {}
    digests = found.get("digests")
    return digests if found.get("schema") == SCHEMA and isinstance(digests, dict) else {}


def _in_head(workspace: Workspace) -> set[str]:
    if git.top_level(workspace.root) is None:
        return set()
    try:
        data = git.show(workspace.root, "HEAD", workspace.plan_path)
        plan = loads(data) if data else {}
    except (WorkspaceError, SpecError):  # no commit yet, or one whose plan nobody can read
        return set()
    found = set()
    for entity in walk(plan):
        declared = entity.value.get("checks")
        for each in declared if isinstance(declared, list) else ():
            if isinstance(each, dict):
                found.add(Check(each, entity.id).digest)
    return found - {""}

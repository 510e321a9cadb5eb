"""Changing the plan: one lock, one journal entry, one rename, at any moment a whole file."""

from __future__ import annotations

import os
import time
from hashlib import sha256

from buildrunner.workspace import files, journal
from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from buildrunner.workspace.folder import Workspace

    Change = list[dict[str, Any]] | Callable[[dict[str, Any]], list[dict[str, Any]]]

# The plan as the journal last left it: what tells an edit made by an editor or by git.
LAST = "last.json"
# Looking a title up walks the plan: a few lines say enough.
DESCRIBED = 12


class Edit:
    """What an edit did: the plan `before` and after (`plan`), the operations, the new text.

    `number` is that of the journal entry, 0 when nothing changed or on a dry run. `unproven` are
    the microsteps that became done without proof because the policy only warns.
    """

    __slots__ = ("before", "number", "operations", "plan", "text", "unproven")

    def __init__(
        self,
        before: dict[str, Any],
        plan: dict[str, Any],
        operations: list[dict[str, Any]],
        text: str,
        number: int = 0,
        unproven: list[dict[str, Any]] | None = None,
    ) -> None:
        self.before = before
        self.plan = plan
        self.operations = operations
        self.text = text
        self.number = number
        self.unproven = unproven or []


def now() -> str:
    """The time in RFC 3339, UTC, whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def edit(
    workspace: Workspace,
    change: Change,
    *,
    command: str,
    actor: str,
    kind: str = "edit",
    dry_run: bool = False,
    undoes: int = 0,
    arriving: bool = False,
) -> Edit:
    """See `Workspace.edit`; `undoes` is the number of the entry an undo takes back."""
    from buildrunner.spec.diff import apply, invert
    from buildrunner.spec.layout import dumps

    if dry_run:
        text, plan = workspace.read()
        operations = change(plan) if callable(change) else change
        after = apply(plan, operations) if operations else plan
        unproven = [] if arriving else _demand(workspace, kind, operations, plan, after)
        new_text = dumps(after, like=text) if operations else text
        return Edit(plan, after, operations, new_text, unproven=unproven)
    with workspace.lock():
        journal.recover(workspace)
        text, plan = workspace.read()
        operations = change(plan) if callable(change) else change
        if not operations and not undoes:  # an undo is recorded even if nothing is left of it
            return Edit(plan, plan, [], text)
        after = apply(plan, operations)
        unproven = [] if arriving else _demand(workspace, kind, operations, plan, after)
        entry: dict[str, Any] = {
            "actor": actor,
            "command": command,
            "kind": kind,
            "operations": operations,
            "inverse": invert(plan, operations),
            "words": described(operations, plan),
        }
        if session := os.environ.get("BR_SESSION") or _session_of(workspace, actor):
            # Whose run this was is asked later, of the run and of the commit it was at.
            from buildrunner.workspace.git import run

            entry["session"] = session
            entry["commit"] = (
                run(["rev-parse", "HEAD"], workspace.root, check=False).strip() or None
            )
        if undoes:
            entry["undoes"] = undoes
        new_text = dumps(after, like=text)
        number = record_outside(workspace, text.encode(), plan) + 1
        _commit(workspace, entry, number, text.encode(), new_text.encode())
        return Edit(plan, after, operations, new_text, number, unproven)


def _session_of(workspace: Workspace, actor: str) -> str:
    """The run of an agent that was begun by `br hooks start` and goes on."""
    if not os.path.exists(os.path.join(workspace.state_dir, "sessions")):
        return ""
    from buildrunner.workspace.runs import alive

    return alive(workspace.state_dir, actor)


def _demand(
    workspace: Workspace,
    kind: str,
    operations: list[dict[str, Any]],
    before: dict[str, Any],
    after: dict[str, Any],
) -> list[dict[str, Any]]:
    """Ask whether statuses may change so, and for proof where an edit finishes something.

    What a server agreed to was judged there, and an undo puts back what stood.
    """
    moving = [each for each in operations if each["op"] == "set" and each.get("field") == "status"]
    if kind == "sync" or not moving:
        return []
    if kind != "undo":
        from buildrunner.workspace import transitions

        transitions.demand(workspace, moving, before, after)
    if not any(each.get("value") == "done" for each in moving):
        return []
    from buildrunner.workspace.proving import demand

    return demand(workspace, before, after)


def is_stamp(operation: dict[str, Any]) -> bool:
    """Whether an operation only moves the plan's `updatedAt`."""
    return operation.get("id") == "" and operation.get("field") == "updatedAt"


def described(
    operations: list[dict[str, Any]], plan: dict[str, Any], *, most: int = DESCRIBED
) -> list[str]:
    """Operations in words against the plan they were made for; the first ones of many."""
    from buildrunner.spec.diff import describe

    operations = [each for each in operations if not is_stamp(each)]
    words = [describe(operation, plan) for operation in operations[:most]]
    if len(operations) > most:
        words.append(f"and {len(operations) - most} more")
    return words


def write_text(workspace: Workspace, text: str) -> None:
    """See `Workspace.write`."""
    with workspace.lock():
        journal.recover(workspace)
        files.write(workspace.plan_path, text.encode())


def _commit(
    workspace: Workspace, entry: dict[str, Any], number: int, before: bytes, after: bytes
) -> None:
    staged = files.stage(workspace.plan_path, after)
    size = -1
    try:
        size = journal.append(
            workspace,
            {
                "n": number,
                "time": now(),
                **entry,
                "before": digest(before),
                "after": digest(after),
                "staged": os.path.basename(staged),
            },
        )
        files.replace(staged, workspace.plan_path)
    except BaseException:
        # Killed or refused before the rename: the entry goes before its evidence.
        if size >= 0 and os.path.lexists(staged):
            journal.truncate(workspace, size)
        files.discard(staged)
        raise
    _remember(workspace, after)


def digest(data: bytes) -> str:
    """The SHA-256 of a plan file, in hexadecimal."""
    return sha256(data).hexdigest()


def _remember(workspace: Workspace, data: bytes) -> None:
    """Keep a copy of the plan; losing it costs only the description of an outside edit."""
    path = os.path.join(workspace.state_dir, LAST)
    temporary = f"{path}{files.TEMPORARY_SUFFIX}"
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        files.discard(temporary)


def record_outside(workspace: Workspace, data: bytes, plan: dict[str, Any]) -> int:
    """Journal what happened to the plan since the last entry; the number of the last entry.

    The caller holds the lock; `data` and `plan` are the current file.
    """
    entry = journal.last(workspace)
    now_digest = digest(data)
    if entry is None:
        return 0
    number: int = entry["n"]
    if entry.get("after") == now_digest:
        return number
    from buildrunner.spec.diff import diff, invert
    from buildrunner.spec.errors import SpecError

    outside: dict[str, Any] = {
        "n": number + 1,
        "time": now(),
        "actor": "",
        "command": "",
        "kind": "outside",
        "operations": [],
        "inverse": [],
        "before": entry.get("after"),
        "after": now_digest,
    }
    previous = document_after(workspace, entry)
    try:
        if previous is None:
            raise SpecError("no_copy", "the copy of the last plan is gone")
        outside["operations"] = diff(previous, plan)
        outside["inverse"] = invert(previous, outside["operations"])
        outside["words"] = described(outside["operations"], previous)
    except SpecError:
        outside.update(operations=[], inverse=[], gap=True)
    journal.append(workspace, outside)
    _remember(workspace, data)
    return number + 1


def document_after(workspace: Workspace, entry: dict[str, Any]) -> dict[str, Any] | None:
    """The plan as an entry left it, from the copy kept beside the journal."""
    from buildrunner.spec.diff import apply
    from buildrunner.spec.document import loads
    from buildrunner.spec.errors import SpecError

    try:
        copy = files.read(os.path.join(workspace.state_dir, LAST))
        if digest(copy) == entry.get("after"):
            return loads(copy)
        # Killed between the rename and the copy: the copy is one entry behind.
        if digest(copy) == entry.get("before"):
            return apply(loads(copy), entry["operations"])
    except (FileNotFoundError, WorkspaceError, SpecError, KeyError):
        pass
    return None

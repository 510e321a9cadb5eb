"""Taking a change back: a three-way merge of the plan now with the plan before that change.

The merge's base is the plan right after the change, read back through the journal's inverses. So
what was done since stays, and only a later edit of the same field stands in the way.
"""

from __future__ import annotations

from buildrunner.spec.diff import apply, diff
from buildrunner.spec.errors import SpecError
from buildrunner.spec.merge import merge
from buildrunner.workspace import journal
from buildrunner.workspace.editing import Edit, digest, document_after, edit, is_stamp
from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.workspace.folder import Workspace

    Entry = dict[str, Any]


class UndoConflict(WorkspaceError):
    """The change cannot be taken back: the same place was edited since (exit code 5)."""

    def __init__(self, number: int, conflicts: list[dict[str, Any]]) -> None:
        places = ", ".join(f"{each['id'] or 'plan'}.{each['field']}" for each in conflicts[:3])
        super().__init__(
            "undo_conflict",
            f"change {number} cannot be taken back: {places} was changed again since",
            "take back the later change first, or edit the field",
            5,
            next_command=f"br log {conflicts[0]['id']}".rstrip(),
        )
        self.conflicts = conflicts


def alive(entries: list[Entry]) -> list[Entry]:
    """The entries that were not taken back, oldest first; an undone undo does not count."""
    dead: set[int] = set()
    kept = []
    for entry in reversed(entries):
        if entry["n"] in dead:
            continue
        if entry.get("undoes"):
            dead.add(entry["undoes"])
        kept.append(entry)
    kept.reverse()
    return kept


def choose(entries: list[Entry], number: int | None, *, redo: bool) -> Entry:
    """The entry to take back: `number`, else the newest edit; with `redo` the newest undo.

    Raises WorkspaceError `nothing_to_undo`, `nothing_to_redo` or `unknown_entry`.
    """
    living = alive(entries)
    if number is not None:
        for entry in entries:
            if entry["n"] == number:
                if entry not in living:
                    raise WorkspaceError(
                        "already_undone",
                        f"change {number} was taken back already",
                        exit_code=1,
                        next_command="br log",
                    )
                return entry
        raise WorkspaceError(
            "unknown_entry",
            f"the journal has no change {number}",
            exit_code=1,
            next_command="br log",
        )
    kinds = {entry["n"]: entry.get("kind") for entry in entries}
    for entry in reversed(living):
        undoing_an_edit = bool(entry.get("undoes")) and kinds.get(entry["undoes"]) != "undo"
        if redo and undoing_an_edit:
            return entry
        if entry.get("kind") == "edit":
            if redo:
                break
            return entry
    if redo:
        raise WorkspaceError(
            "nothing_to_redo", "nothing was taken back that could be redone", exit_code=1,
            next_command="br log",
        )  # fmt: skip
    raise WorkspaceError(
        "nothing_to_undo",
        "no change made with br is left to take back",
        exit_code=1,
        next_command="br log",
    )


def undo(
    workspace: Workspace,
    number: int | None = None,
    *,
    actor: str,
    redo: bool = False,
    dry_run: bool = False,
) -> tuple[Entry, Edit]:
    """Take back one journal entry: (that entry, the edit that did it).

    Raises UndoConflict, and WorkspaceError where there is nothing to take back or the journal
    does not reach back that far.
    """
    if dry_run:
        return _undo(workspace, number, actor, redo, dry_run=True)
    with workspace.lock():
        journal.recover(workspace)
        return _undo(workspace, number, actor, redo, dry_run=False)


def _undo(
    workspace: Workspace, number: int | None, actor: str, redo: bool, *, dry_run: bool
) -> tuple[Entry, Edit]:
    entries = journal.entries(workspace)
    target = choose(entries, number, redo=redo)
    after, before = _around(workspace, entries, target)

    def change(plan: dict[str, Any]) -> list[dict[str, Any]]:
        merged = merge(after, plan, before, published="ours")
        if not merged.clean:
            found = [conflict.as_dict() for conflict in merged.conflicts]
            raise UndoConflict(target["n"], found)
        # When the plan was last touched is no part of the change.
        return [each for each in diff(plan, merged.document) if not is_stamp(each)]

    made = edit(
        workspace,
        change,
        command=f"undo {target['n']}",
        actor=actor,
        kind="undo",
        dry_run=dry_run,
        undoes=target["n"],
    )
    return target, made


def _around(
    workspace: Workspace, entries: list[Entry], target: Entry
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The plan right after and right before an entry."""
    data = workspace.read_bytes()
    newest = entries[-1]
    try:
        if newest.get("after") == digest(data):
            document: dict[str, Any] | None = workspace.read()[1]
        else:
            document = document_after(workspace, newest)
        if document is None:
            raise _too_far(target)
        for entry in reversed(entries):
            if entry["n"] == target["n"]:
                break
            if entry.get("gap"):
                raise _too_far(target)
            document = apply(document, entry["inverse"])
        if target.get("gap"):
            raise _too_far(target)
        return document, apply(document, target["inverse"])
    except (SpecError, KeyError):
        raise _too_far(target) from None


def _too_far(target: Entry) -> WorkspaceError:
    return WorkspaceError(
        "history_broken",
        f"the journal does not lead back to change {target['n']}: the plan was replaced since",
        "take the old plan from git instead",
        1,
        next_command="git log -- buildrunner/specs/plan.json",
    )

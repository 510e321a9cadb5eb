"""Settling conflicts: what is open, what was decided, and the plan that follows from it.

Works on the three documents in `conflicts.json`, so it needs no server. "Ours" is this clone.
Decisions are kept until the last conflict has one; only then is the plan written.
"""

from __future__ import annotations

from typing import Any

from buildrunner.cli.syncing.records import (
    CONFLICTS,
    Base,
    discard,
    read_record,
    write_base,
    write_record,
)
from buildrunner.spec.conflicts import resolutions_from_json, resolutions_to_json
from buildrunner.spec.merge import MergeResult, merge
from buildrunner.workspace.folder import Workspace

Plan = dict[str, Any]
Resolutions = dict[tuple[str, str], Any]


class Pending:
    """A merge that waits for decisions. `revision` is None where git, not a server, met them."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.base: Plan = record["base"]
        self.theirs: Plan = record["theirs"]
        revision = record.get("revision")
        self.revision: int | None = revision if isinstance(revision, int) else None
        self.told: list[dict[str, Any]] = list(record.get("conflicts") or [])
        self.decided: Resolutions = resolutions_from_json(record.get("resolutions") or [])

    def record(self) -> dict[str, Any]:
        """What `conflicts.json` holds."""
        return {
            "revision": self.revision,
            "base": self.base,
            "theirs": self.theirs,
            "conflicts": self.told,
            "resolutions": resolutions_to_json(self.decided),
        }

    def merge(self, plan: Plan) -> MergeResult:
        """The plan as it is now joined with theirs, as far as it was decided.

        What a server holds others have seen, so its ids stay; two branches of git are equals.
        """
        published = None if self.revision is None else "theirs"
        return merge(self.base, plan, self.theirs, self.decided, published=published)

    def open(self, plan: Plan) -> list[dict[str, Any]]:
        """The conflicts still undecided for the plan as it is now, with author and time."""
        said = {(told.get("id"), told.get("field")): told for told in self.told}
        found = []
        for conflict in self.merge(plan).conflicts:
            shown = conflict.as_dict()
            told = said.get((conflict.id, conflict.field), {})
            shown |= {name: told[name] for name in ("author", "time") if told.get(name)}
            found.append(shown)
        return found


def pending(workspace: Workspace) -> Pending | None:
    """The merge that waits here, None where nothing is open."""
    record = read_record(workspace, CONFLICTS)
    return Pending(record) if record else None


class Settled:
    """`remaining` conflicts, and the `operations` that brought the plan to the merged one."""

    def __init__(self, remaining: list[dict[str, Any]], operations: list[dict[str, Any]]) -> None:
        self.remaining = remaining
        self.operations = operations


def settle(
    workspace: Workspace,
    waiting: Pending,
    resolutions: Resolutions,
    *,
    actor: str,
    dry_run: bool = False,
) -> Settled:
    """Add decisions; with the last one the merged plan is written and becomes ready to sync."""
    waiting.decided |= resolutions
    remaining: list[dict[str, Any]] = []

    def change(plan: Plan) -> list[dict[str, Any]]:
        remaining.extend(waiting.open(plan))
        if remaining:
            return []
        return waiting.merge(plan).operations("ours")

    edit = workspace.edit(change, command="reconcile", actor=actor, kind="sync", dry_run=dry_run)
    if dry_run:
        return Settled(remaining, edit.operations)
    if remaining:
        write_record(workspace, CONFLICTS, waiting.record())
        workspace.update_state(pending_conflicts=remaining)
    elif waiting.revision is None:
        with workspace.lock():
            workspace.update_state(pending_conflicts=None)
            discard(workspace, CONFLICTS)
    else:
        write_base(workspace, Base(waiting.revision, waiting.theirs))
    return Settled(remaining, edit.operations)

"""Where the server's answer lands: in the plan, merged with what was edited meanwhile, and in the
record of what both sides agreed on; or, with a conflict, in a record for `br reconcile` alone.
"""

from __future__ import annotations

from typing import Any

from buildrunner.cli.syncing.records import CONFLICTS, Base, write_base, write_record
from buildrunner.client import Client, Conflict
from buildrunner.client.models import Synced
from buildrunner.spec.diff import apply, diff
from buildrunner.spec.document import document_hash, index
from buildrunner.spec.lineage import trace
from buildrunner.spec.merge import merge
from buildrunner.workspace.folder import Workspace

Plan = dict[str, Any]
Known = tuple[list[dict[str, Any]], list[dict[str, Any]]]
SENT, TOOK = "sent", "took"


class Outcome:
    """What a sync did.

    `steps` are (SENT or TOOK, operations, the document they apply to), in the order they happened;
    `pushed` and `pulled` are the operations of either kind. `renames` is what the merge renamed,
    `conflicts` what stands in the way; with conflicts nothing was written on either side.
    `page` is where the conflicts can be decided on the server, "" where they were not brought there.
    `refused` and `warnings` are those of the server's answer: microsteps without proof, or in a
    status that may not follow.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.document_hash = ""
        self.steps: list[tuple[str, list[dict[str, Any]], Plan]] = []
        self.renames: list[dict[str, Any]] = []
        self.conflicts: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []
        self.warnings: list[dict[str, Any]] = []
        self.first = False
        self.plan: Plan = {}
        self.page = ""

    @property
    def pushed(self) -> list[dict[str, Any]]:
        """What this clone sent."""
        return [each for kind, operations, _ in self.steps if kind == SENT for each in operations]

    @property
    def pulled(self) -> list[dict[str, Any]]:
        """What this clone took."""
        return [each for kind, operations, _ in self.steps if kind == TOOK for each in operations]

    def follow(self, earlier: Outcome) -> Outcome:
        """This outcome as the end of a sync that began with `earlier`."""
        self.steps = earlier.steps + self.steps
        self.renames = earlier.renames + self.renames
        self.refused = self.refused or earlier.refused
        self.warnings = earlier.warnings + self.warnings
        self.first = self.first or earlier.first
        return self


class LocalConflict(Exception):
    """The plan was edited while the answer was on its way, in the same field."""


class Landing:
    """The local end of a sync. `actor` is the name the journal keeps."""

    def __init__(
        self, workspace: Workspace, client: Client, *, project_id: str, actor: str
    ) -> None:
        self.workspace = workspace
        self.client = client
        self.project_id = project_id
        self.actor = actor

    def take(self, outcome: Outcome, *, sent: Plan, answer: Synced) -> Outcome:
        """Put the server's answer into the plan and remember the new base."""
        agreed = apply(sent, answer.operations) if answer.operations else sent
        if document_hash(agreed) != answer.document_hash:
            # Never write a document that the server does not hold: take its own, and merge.
            stored = self.client.plans.get(self.project_id)
            agreed, revision, known = stored.document, stored.revision, None
        else:
            revision = answer.revision
            renames = [rename for rename in answer.renames if rename.get("side") == "ours"]
            known = (answer.operations, renames)
        took = answer.operations
        outcome.refused, outcome.warnings = answer.refused, answer.warnings
        if answer.refused:
            names = {each["id"] for each in answer.refused}
            outcome.steps = [
                (kind, _others(operations, names), before)
                for kind, operations, before in outcome.steps
            ]
            took = _others(took, names)
        outcome.steps.append((TOOK, took, sent))
        outcome.renames = answer.renames
        landed = _still_so(agreed, answer.refused)
        base = Base(revision, agreed)
        return self.settle(outcome, sent=sent, base=base, known=known, landed=landed)

    def settle(
        self,
        outcome: Outcome,
        *,
        sent: Plan,
        base: Base,
        known: Known | None = None,
        landed: Plan | None = None,
    ) -> Outcome:
        """Write the agreed document; edits made since `sent` was read are merged on top.

        `known`: the operations and renames that led from `sent` to it, which tell who is who.
        `landed` is what is written where it differs from what was agreed: with the edits that the
        server refused, so that the next sync offers them again.
        """
        target = base.document if landed is None else landed

        def incoming(current: Plan) -> list[dict[str, Any]]:
            if current == sent:
                return diff(current, target)
            lineage = trace(sent, [known]) if known else None
            result = merge(sent, current, target, lineage=lineage, published="theirs")
            if not result.clean:
                outcome.conflicts = [conflict.as_dict() for conflict in result.conflicts]
                raise LocalConflict
            outcome.renames = outcome.renames + result.renames
            return diff(current, result.document)

        outcome.revision, outcome.document_hash = base.revision, base.hash
        try:
            edit = self.workspace.edit(incoming, command="sync", actor=self.actor, kind="sync")
        except LocalConflict:
            self._record_conflicts(outcome.conflicts, base=sent, theirs=base)
            return outcome
        outcome.plan = edit.plan
        write_base(self.workspace, base)
        return outcome

    def refused(self, refusal: Conflict, before: Plan | None, plan: Plan) -> Outcome:
        """A 409: field conflicts are recorded, an unknown base is replaced, others are raised."""
        if refusal.code in {"base_unknown", "plan_exists"} or before is None:
            stored = self.client.plans.get(self.project_id)
            outcome = Outcome()
            base = Base(stored.revision, stored.document)
            return self.settle(outcome, sent=common_part(plan, stored.document), base=base)
        if refusal.code != "sync_conflict":
            raise refusal
        since = refusal.problem.get("operations_since_base") or []
        theirs = Base(int(refusal.problem["revision"]), apply(before, since))
        outcome = Outcome()
        outcome.revision, outcome.document_hash = theirs.revision, theirs.hash
        outcome.conflicts = list(refusal.problem.get("conflicts") or [])
        outcome.plan = plan
        self._record_conflicts(outcome.conflicts, base=before, theirs=theirs)
        return outcome

    def _record_conflicts(
        self, conflicts: list[dict[str, Any]], *, base: Plan, theirs: Base
    ) -> None:
        with self.workspace.lock():
            record = {
                "revision": theirs.revision,
                "base": base,
                "theirs": theirs.document,
                "conflicts": conflicts,
            }
            write_record(self.workspace, CONFLICTS, record)
            self.workspace.update_state(pending_conflicts=conflicts)

    def common(self, plan: Plan, theirs: Plan) -> Plan:
        """The base of a first merge: an untouched template yields to the server's plan whole."""
        if document_hash(plan) == self.workspace.state().get("template_hash"):
            return plan
        return common_part(plan, theirs)


def _others(operations: list[dict[str, Any]], refused: set[str]) -> list[dict[str, Any]]:
    """The operations but for the statuses that were sent in vain and came back."""
    return [
        each
        for each in operations
        if not (each.get("field") == "status" and each.get("id") in refused)
    ]


def _still_so(agreed: Plan, refused: list[dict[str, Any]]) -> Plan:
    """What the clone keeps: the agreed document with the status that the server refused."""
    known = index(agreed) if refused else {}
    keep = [
        {"op": "set", "id": each["id"], "field": "status", "value": each.get("after", "done")}
        for each in refused
        if each["id"] in known
    ]
    return apply(agreed, keep) if keep else agreed


def common_part(ours: Plan, theirs: Plan) -> Plan:
    """The base of two plans that never met: what they agree on.

    Entities of one side alone count as added there, a field that differs as changed on both sides,
    so that nothing of either is dropped and every difference is shown.
    """
    theirs_by_id, ours_by_id = index(theirs), index(ours)

    def shared(value: Plan, children: tuple[str, ...], other: Plan | None) -> Plan:
        if other is None:
            return {}
        name = children[0] if children else ""
        kept = {
            key: item
            for key, item in value.items()
            if key != name and key in other and other[key] == item
        }
        if name and isinstance(value.get(name), list):
            kept[name] = []
            for child in value[name]:
                identifier = child.get("id") if isinstance(child, dict) else None
                mine = ours_by_id.get(identifier) if isinstance(identifier, str) else None
                found = theirs_by_id.get(identifier) if isinstance(identifier, str) else None
                if mine and found and (mine.kind, mine.parent) == (found.kind, found.parent):
                    kept[name].append(shared(child, children[1:], found.value))
        return kept

    return shared(ours, ("milestones", "steps", "microsteps"), theirs)

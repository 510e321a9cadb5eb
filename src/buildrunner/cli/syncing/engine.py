"""One sync: send what changed here, merge what changed there, agree on one document hash.

The plan file is written only when everything merged. A conflict leaves it as it is and is recorded
for `br reconcile`. Whatever happens in between, a local edit stays in the file and travels with
the next sync.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from buildrunner.cli.syncing.records import (
    CONFLICTS,
    OUTBOX,
    Base,
    discard,
    link_of,
    read_base,
    read_record,
    write_base,
    write_record,
)
from buildrunner.client import Client, Conflict, NotFound, Problem
from buildrunner.client.models import Synced
from buildrunner.spec.diff import apply, diff
from buildrunner.spec.document import document_hash, index
from buildrunner.spec.lineage import trace
from buildrunner.spec.merge import merge
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import Workspace

Plan = dict[str, Any]
Known = tuple[list[dict[str, Any]], list[dict[str, Any]]]
SENT, TOOK = "sent", "took"


class Outcome:
    """What a sync did.

    `steps` are (SENT or TOOK, operations, the document they apply to), in the order they happened;
    `pushed` and `pulled` are the operations of either kind. `renames` is what the merge renamed,
    `conflicts` what stands in the way; with conflicts nothing was written on either side.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.document_hash = ""
        self.steps: list[tuple[str, list[dict[str, Any]], Plan]] = []
        self.renames: list[dict[str, Any]] = []
        self.conflicts: list[dict[str, Any]] = []
        self.first = False
        self.plan: Plan = {}

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
        self.first = self.first or earlier.first
        return self


class LocalConflict(Exception):
    """The plan was edited while the answer was on its way, in the same field."""


class Engine:
    """Syncs one workspace through one client. `actor` is the name the journal keeps."""

    def __init__(self, workspace: Workspace, client: Client, *, actor: str) -> None:
        self.workspace = workspace
        self.client = client
        self.actor = actor
        self.project_id = link_of(workspace).project_id

    def sync(self, *, push: bool = True, pull: bool = True, dry_run: bool = False) -> Outcome:
        """Bring both sides together, or only send (`pull=False`) or only receive."""
        if dry_run:
            return self._foresee(push=push, pull=pull)
        finished = self._finish_interrupted()
        if finished is None:
            return self._sync(push=push, pull=pull)
        return finished if finished.conflicts else self._sync(push=push, pull=pull).follow(finished)

    def _sync(self, *, push: bool, pull: bool) -> Outcome:
        base = read_base(self.workspace)
        if base is None:
            return self._first(push=push, pull=pull)
        if not pull:
            self._refuse_behind(base)
        _, plan = self.workspace.read()
        operations = diff(base.document, plan) if push else []
        if not operations:
            return self._receive(base, plan)
        return self._exchange(base, plan, operations)

    # The parts of a sync.

    def _finish_interrupted(self) -> Outcome | None:
        """Repeat a push whose answer never reached the plan: same key, same answer."""
        pending = read_record(self.workspace, OUTBOX)
        if pending is None:
            return None
        base = read_base(self.workspace)
        known = base.revision if base else 0
        if known != pending["base_revision"]:
            discard(self.workspace, OUTBOX)
            return None
        before = base.document if base else None
        try:
            return self._send(before, known, pending["document"], pending["key"])
        except Problem as refusal:
            if is_final(refusal):
                return None  # It never took effect; the plan of today is sent instead.
            raise

    def _exchange(self, base: Base, plan: Plan, operations: list[dict[str, Any]]) -> Outcome:
        key = push_key(self.project_id, base.revision, operations, plan)
        return self._send(base.document, base.revision, plan, key)

    def _send(self, before: Plan | None, revision: int, plan: Plan, key: str) -> Outcome:
        outbox = {"key": key, "base_revision": revision, "document": plan}
        write_record(self.workspace, OUTBOX, outbox)
        outcome = Outcome()
        outcome.first = before is None
        operations = diff(before, plan) if before is not None else []
        try:
            answer = self.client.plans.sync(
                self.project_id,
                base_revision=revision,
                operations=operations,
                idempotency_key=key,
                document_hash=document_hash(plan),
                base_hash=document_hash(before) if before is not None else None,
                document=plan if before is None else None,
            )
        except Conflict as refusal:
            discard(self.workspace, OUTBOX)
            return self._refused(refusal, before, plan)
        except Problem as refusal:
            if is_final(refusal):
                discard(self.workspace, OUTBOX)
            raise
        outcome.steps.append((SENT, operations, before or {}))
        return self._take(outcome, sent=plan, answer=answer)

    def _receive(self, base: Base, plan: Plan) -> Outcome:
        """Ask for what others changed since the base and merge it into the plan."""
        outcome = Outcome()
        try:
            answer = self.client.plans.sync(
                self.project_id,
                base_revision=base.revision,
                operations=[],
                document_hash=base.hash,
            )
        except Conflict as refusal:
            return self._refused(refusal, base.document, plan)
        return self._take(outcome, sent=base.document, answer=answer)

    def _take(self, outcome: Outcome, *, sent: Plan, answer: Synced) -> Outcome:
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
        outcome.steps.append((TOOK, answer.operations, sent))
        outcome.renames = answer.renames
        return self._settle(outcome, sent=sent, base=Base(revision, agreed), known=known)

    def _settle(
        self, outcome: Outcome, *, sent: Plan, base: Base, known: Known | None = None
    ) -> Outcome:
        """Write the agreed document; edits made since `sent` was read are merged on top.

        `known`: the operations and renames that led from `sent` to it, which tell who is who.
        """

        def incoming(current: Plan) -> list[dict[str, Any]]:
            if current == sent:
                return diff(current, base.document)
            lineage = trace(sent, [known]) if known else None
            result = merge(sent, current, base.document, lineage=lineage, published="theirs")
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

    def _first(self, *, push: bool, pull: bool) -> Outcome:
        """The first contact of this clone with the project."""
        _, plan = self.workspace.read()
        try:
            stored = self.client.plans.get(self.project_id)
        except NotFound as absent:
            if absent.code != "plan_absent":
                raise
            if not push:
                outcome = Outcome()
                outcome.plan = plan
                return outcome
            return self._send(None, 0, plan, push_key(self.project_id, 0, [], plan))
        theirs = Base(stored.revision, stored.document)
        outcome = Outcome()
        outcome.first = True
        known = self._common(plan, theirs.document)
        if not pull and document_hash(plan) != theirs.hash:
            raise behind(stored.revision, 0)
        if known == plan:
            outcome.steps.append((TOOK, diff(plan, theirs.document), plan))
        outcome = self._settle(outcome, sent=known, base=theirs)
        if outcome.conflicts or not push or document_hash(outcome.plan) == theirs.hash:
            return outcome
        return self.sync().follow(outcome)

    def _common(self, plan: Plan, theirs: Plan) -> Plan:
        """The base of a first merge: an untouched template yields to the server's plan whole."""
        if document_hash(plan) == self.workspace.state().get("template_hash"):
            return plan
        return common_part(plan, theirs)

    def _refused(self, refusal: Conflict, before: Plan | None, plan: Plan) -> Outcome:
        """A 409: field conflicts are recorded, an unknown base is replaced, others are raised."""
        if refusal.code in {"base_unknown", "plan_exists"} or before is None:
            stored = self.client.plans.get(self.project_id)
            outcome = Outcome()
            base = Base(stored.revision, stored.document)
            return self._settle(outcome, sent=common_part(plan, stored.document), base=base)
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

    def _refuse_behind(self, base: Base) -> None:
        project = self.client.projects.get(self.project_id)
        if project.revision != base.revision:
            raise behind(project.revision, base.revision)

    def _foresee(self, *, push: bool, pull: bool) -> Outcome:
        """What a sync would do; writes nothing here and nothing there."""
        outcome = Outcome()
        _, plan = self.workspace.read()
        outcome.plan = plan
        base = read_base(self.workspace)
        try:
            stored = self.client.plans.get(self.project_id)
        except NotFound as absent:
            if absent.code != "plan_absent":
                raise
            outcome.first = True
            if push:
                outcome.steps.append((SENT, diff({}, plan), {}))
            return outcome
        known = base.document if base else self._common(plan, stored.document)
        outcome.first = base is None
        outcome.revision = stored.revision
        result = merge(known, plan, stored.document)
        outcome.conflicts = [conflict.as_dict() for conflict in result.conflicts]
        outcome.renames = result.renames
        if push:
            outcome.steps.append((SENT, diff(known, plan), known))
        if pull:
            outcome.steps.append((TOOK, diff(known, stored.document), known))
        outcome.document_hash = document_hash(result.document)
        return outcome


def is_final(refusal: Problem) -> bool:
    """Whether asking again with the same request can only bring the same refusal."""
    return refusal.status < 500 and refusal.status not in {408, 429}


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


def push_key(project_id: str, revision: int, operations: list[dict[str, Any]], plan: Plan) -> str:
    """The idempotency key of a push: the same push always has the same key."""
    content = json.dumps([project_id, revision, operations, document_hash(plan)], sort_keys=True)
    return "push-" + sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def behind(server: int, here: int) -> WorkspaceError:
    """The refusal of a push that would pass over others' revisions."""
    return WorkspaceError(
        "behind",
        f"the server is at revision {server}, this clone at {here}; nothing was sent",
        "take the others' changes first; they are merged into yours, not over them",
        1,
        next_command="br sync",
    )

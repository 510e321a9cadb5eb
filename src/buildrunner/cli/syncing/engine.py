"""One sync: send what changed here, merge what changed there, agree on one document hash.

The plan file is written only when everything merged. A conflict leaves it as it is and is recorded
for `br reconcile`. Whatever happens in between, a local edit stays in the file and travels with
the next sync.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from buildrunner.cli.syncing.choices import decided
from buildrunner.cli.syncing.landing import SENT, TOOK, Landing, Outcome, Plan
from buildrunner.cli.syncing.records import (
    OUTBOX,
    Base,
    discard,
    link_of,
    read_base,
    read_record,
    write_record,
)
from buildrunner.cli.syncing.resolve import pending, settle
from buildrunner.client import Client, Conflict, NotFound, Problem
from buildrunner.spec.diff import diff
from buildrunner.spec.document import document_hash
from buildrunner.spec.merge import merge
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import Workspace


class Engine:
    """Syncs one workspace through one client. `actor` is the name the journal keeps."""

    def __init__(self, workspace: Workspace, client: Client, *, actor: str) -> None:
        self.workspace = workspace
        self.client = client
        self.actor = actor
        self.project_id = link_of(workspace).project_id
        self.landing = Landing(workspace, client, project_id=self.project_id, actor=actor)

    def sync(self, *, push: bool = True, pull: bool = True, dry_run: bool = False) -> Outcome:
        """Bring both sides together, or only send (`pull=False`) or only receive."""
        if dry_run:
            return self._foresee(push=push, pull=pull)
        finished = self._finish_interrupted()
        if finished is None:
            outcome = self._sync(push=push, pull=pull)
        elif finished.conflicts:
            outcome = finished
        else:
            outcome = self._sync(push=push, pull=pull).follow(finished)
        if outcome.conflicts and self._settle_as_decided(outcome):
            return self._sync(push=push, pull=pull)
        return outcome

    def _settle_as_decided(self, outcome: Outcome) -> bool:
        """Take over what people decided on the server about these conflicts; whether that was all.

        What is left stays in `outcome`, what was decided is kept for `br reconcile`.
        """
        waiting = pending(self.workspace)
        if waiting is None:
            return False
        known = decided(self.client, self.project_id, outcome.conflicts)
        if not known:
            return False
        settled = settle(self.workspace, waiting, known, actor=self.actor)
        outcome.conflicts = settled.remaining
        return not settled.remaining

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
            return self.landing.refused(refusal, before, plan)
        except Problem as refusal:
            if is_final(refusal):
                discard(self.workspace, OUTBOX)
            raise
        outcome.steps.append((SENT, operations, before or {}))
        return self.landing.take(outcome, sent=plan, answer=answer)

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
            return self.landing.refused(refusal, base.document, plan)
        return self.landing.take(outcome, sent=base.document, answer=answer)

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
        known = self.landing.common(plan, theirs.document)
        if not pull and document_hash(plan) != theirs.hash:
            raise behind(stored.revision, 0)
        if known == plan:
            outcome.steps.append((TOOK, diff(plan, theirs.document), plan))
        outcome = self.landing.settle(outcome, sent=known, base=theirs)
        if outcome.conflicts or not push or document_hash(outcome.plan) == theirs.hash:
            return outcome
        return self.sync().follow(outcome)

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
        known = base.document if base else self.landing.common(plan, stored.document)
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

"""Everything that drifted, from the repository, the evidence and the server together."""

from __future__ import annotations

import os
from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal
from buildrunner.spec.document import index, microsteps
from buildrunner.spec.drift import KINDS, Drift, diverged
from buildrunner.workspace import drift, git
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import PLAN, Workspace

Plan = dict[str, Any]
# Findings that are about a line of the plan rather than about a difference.
_AT_A_LINE = (
    "check_failing", "evidence_stale", "done_unproven", "claim_expired", "work_idle",
)  # fmt: skip


class Looked:
    """What was found, and at what.

    `server` is `{"checked", "revision", "why"}`: `why` says why the server was not asked.
    `conflicts` are those of plan and head in the form that `br sync` reports.
    """

    def __init__(self, branch: str | None, commit: str, since: drift.Since | None) -> None:
        self.branch = branch
        self.commit = commit
        self.since = since
        self.findings: list[Drift] = []
        self.conflicts: list[dict[str, Any]] = []
        self.server: dict[str, Any] = {"checked": False, "revision": None, "why": ""}
        self.base_revision = 0

    def counts(self) -> dict[str, int]:
        """How many findings of each kind there are."""
        return {
            code: number
            for code in KINDS
            if (number := sum(each.code == code for each in self.findings))
        }

    def as_dict(self) -> dict[str, Any]:
        """The answer of `--json`."""
        since = self.since
        return {
            "clean": not self.findings,
            "branch": self.branch,
            "commit": self.commit or None,
            "since": {"commit": since.commit, "what": since.words} if since else None,
            "server": self.server,
            "counts": self.counts(),
            "findings": [each.as_dict() for each in self.findings],
            "conflicts": self.conflicts,
        }


def look(context: Context, *, base: str = "", days: int = drift.IDLE_DAYS) -> Looked:
    """Look at everything; what cannot be asked is said, not raised, but for a bad `base`."""
    workspace = context.workspace
    text, plan = workspace.read()
    since = drift.since_of(workspace, base)
    commit = git.run(["rev-parse", "--verify", "--quiet", "HEAD"], workspace.root, check=False)
    found = Looked(git.branch(workspace.root), commit, since)
    found.findings = _apart(context, found, plan)
    found.findings += drift.unproven(workspace, plan)
    if since is not None:
        commits = drift.commits_since(workspace, since)
        former = _plan_at(workspace, since.commit)
        found.findings += drift.unknown_names(plan, former, commits)
        found.findings += drift.unplanned(workspace, plan, since, commits)
    found.findings += drift.lapsed_claims(workspace, plan)
    found.findings += drift.idle(workspace, text, plan, days)
    _locate(found.findings, text, plan)
    order = {code: place for place, code in enumerate(KINDS)}
    found.findings.sort(key=lambda each: order[each.code])
    return found


def _apart(context: Context, found: Looked, plan: Plan) -> list[Drift]:
    """Plan, last agreed document and head of the server, as far as they can be had."""
    from buildrunner.cli.syncing.records import read_base
    from buildrunner.cli.syncing.resolve import pending
    from buildrunner.spec.merge import merge

    workspace = context.workspace
    known = read_base(workspace)
    found.base_revision = known.revision if known else 0
    head = _head(context, found)
    waiting = pending(workspace)
    if known is None and waiting is None:
        # Never synced, as in CI: nobody can say which side changed what.
        return diverged(head, plan, None) if head is not None else []
    base = known.document if known else {}
    if waiting is not None and waiting.revision is not None:
        base, head = waiting.base, head or waiting.theirs
    if head is not None:
        told = {(t.get("id"), t.get("field")): t for t in (waiting.told if waiting else [])}
        for conflict in merge(base, plan, head, published="theirs").conflicts:
            shown = conflict.as_dict()
            said = told.get((conflict.id, conflict.field), {})
            found.conflicts.append(shown | {n: said[n] for n in ("author", "time") if said.get(n)})
    return diverged(base, plan, head)


def _head(context: Context, found: Looked) -> Plan | None:
    """The plan of the server; None where it cannot be had, and why is said."""
    from buildrunner.cli.remote import connect
    from buildrunner.cli.syncing.records import link_of
    from buildrunner.client.errors import ClientError

    try:
        link = link_of(context.workspace)
        if link.branch not in (None, found.branch):
            found.server["why"] = f"this clone syncs branch {link.branch}; {found.branch} is not it"
            return None
        with connect(context.settings) as client:
            stored = client.plans.get(link.project_id)
    except (WorkspaceError, Refusal, ClientError) as problem:
        found.server["why"] = problem.message
        return None
    found.server |= {"checked": True, "revision": stored.revision}
    return stored.document


def _plan_at(workspace: Workspace, commit: str) -> Plan | None:
    from buildrunner.spec.document import loads
    from buildrunner.spec.errors import SpecError

    data = git.show(workspace.root, commit, workspace.plan_path)
    try:
        return loads(data) if data is not None else None
    except SpecError:
        return None


def _locate(findings: list[Drift], text: str, plan: Plan) -> None:
    """Give what is about an entity of the plan its line there."""
    known = index(plan)
    pointers: dict[str, str] = {}
    for each in findings:
        entity = known.get(each.id)
        if entity is None or each.path:
            continue
        below = "/status" if each.code in _AT_A_LINE else ""
        field = each.field.split("/")[0]
        if field in entity.value:
            below = f"/{field}"
        pointers[f"{each.id}{below}"] = entity.pointer + below
        each.path = f"{each.id}{below}"
    lines = drift.places(text, pointers)
    name = PLAN.replace(os.sep, "/")
    for each in findings:
        if each.path in pointers and each.id in known:
            each.line = lines.get(each.path, 0)
            each.path = name if each.line else ""
            if each.code in _AT_A_LINE and each.line:
                each.where = f"{name}:{each.line}"


def run_checks(context: Context) -> tuple[int, int]:
    """Run the trusted checks of what is done and keep their evidence: (run, not trusted)."""
    from buildrunner.cli.checking import Keeper, why_unwritten
    from buildrunner.workspace.checks.batch import FINISHED, Batch
    from buildrunner.workspace.checks.selection import duties, jobs
    from buildrunner.workspace.trust import Trust

    workspace = context.workspace
    _, plan = workspace.read()
    done = [each for each in microsteps(plan) if each.value.get("status") == "done"]
    trust = Trust(workspace)
    listed = [duty for duty in duties(done) if duty.check.kind != "manual"]
    chosen = [duty for duty in listed if trust.covers(duty.check)]
    if chosen:
        keeper = Keeper(context, plan)
        keeper.make_ready()
        batch = Batch(workspace, jobs(chosen), 1)
        try:
            for event in batch.run():
                if event.what != FINISHED:
                    continue
                for duty in event.job:
                    outcome = event.outcome_of(duty)
                    if event.revision and not why_unwritten(workspace, outcome, duty):
                        keeper.keep(outcome, duty, event.revision)
        except BaseException:
            batch.stop()
            raise
    return len(chosen), len(listed) - len(chosen)

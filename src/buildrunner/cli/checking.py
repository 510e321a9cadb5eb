"""What `br qa run` and `br qa ingest` share: choosing checks, keeping evidence, saying results."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal
from buildrunner.cli.output import Output
from buildrunner.cli.subjects import entity_of
from buildrunner.evidence.record import sign
from buildrunner.evidence.weighing import is_about_nothing
from buildrunner.spec.document import Entity, microsteps
from buildrunner.workspace import evidence, git, keys
from buildrunner.workspace.checks.provenance import runner
from buildrunner.workspace.checks.recording import records_of
from buildrunner.workspace.checks.runner import Outcome
from buildrunner.workspace.checks.selection import Duty
from buildrunner.workspace.content import Content, Revision
from buildrunner.workspace.folder import Workspace

Plan = dict[str, Any]
_TAIL_LINES = 12
_SIGNS = {"passed": ("✓", "ok", "green"), "failed": ("✗", "FAILED", "red")}
_ERROR_SIGN = ("!", "ERROR", "red")


def inside(plan: Plan, identifiers: Sequence[str]) -> list[Entity]:
    """The microsteps that ids name, each once, in the order of the plan.

    Raises a Refusal for an id the plan does not have.
    """
    wanted = {entity_of(plan, identifier).id for identifier in identifiers}
    return [entity for entity in microsteps(plan) if _is_below(entity, wanted)]


def _is_below(entity: Entity, wanted: set[str]) -> bool:
    at: Entity | None = entity
    while at is not None and at.kind != "root":
        if at.id in wanted:
            return True
        at = at.above
    return False


def counted(number: int, noun: str) -> str:
    """`1 record`, `2 records`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def no_checks(names: Iterable[str]) -> Refusal:
    """The refusal where there is nothing to run."""
    listed = list(names)
    one = listed[0] if listed else "ID"
    what = ", ".join(listed[:5]) or "the plan"
    return Refusal(
        "no_checks",
        f"no check that a machine can run is written down for {what}",
        missing=["checks"],
        next_command=f"br qa add {one} --criterion 0 --kind command --run 'COMMAND'",
    )


class Keeper:
    """Signs and stores what proves something; remembers addresses for the answer."""

    def __init__(self, context: Context, plan: Plan) -> None:
        self.workspace: Workspace = context.workspace
        self.runner = runner()
        project = plan.get("projectId")
        self._project = project if isinstance(project, str) else None
        self._key: bytes | None = None
        self.written: list[str] = []

    def make_ready(self) -> None:
        """Have the key at hand before anything runs: a run that cannot sign would be for nothing."""
        self._key = keys.signing_key()

    def keep(self, outcome: Outcome, duty: Duty, stands: Revision) -> list[str]:
        """The addresses of the evidence of one duty."""
        records = records_of(
            outcome, duty, project=self._project, revision=stands, runner=self.runner
        )
        found = []
        for record in records:
            if self._key is None:
                self.make_ready()
            found.append(evidence.save(self.workspace, sign(record, self._key or b"")))
        self.written += found
        return found

    def key_notes(self) -> list[str]:
        """What the reader should know about the key that signed."""
        if not self.written or self.runner["class"] != "ci":
            return []
        if not os.environ.get(keys.VARIABLE):
            return [
                f"signed with a key that was made for this run: set {keys.VARIABLE}, or it counts "
                "nowhere as evidence of CI"
            ]
        own = keys.own_key()
        known = {key.id: key.runner_class for key in keys.trusted_keys(self.workspace)}
        if own is not None and known.get(own.id) != "ci":
            return [f"key {own.id} is not registered as a key of CI in {keys.TRUSTED}"]
        return []


def why_unwritten(workspace: Workspace, outcome: Outcome, duty: Duty) -> str:
    """Why there is no evidence of a duty that ran; "" where there should be."""
    if outcome.stopped:
        return "it was interrupted"
    if not outcome.subject:
        return "its content cannot be read"
    if not duty.criteria:
        which = duty.check.criterion
        return (
            "the microstep has no criteria" if which is None else f"there is no criterion {which}"
        )
    if outcome.verdict.passed and duty.check.paths:
        ignored = _ignored(workspace, duty.check.paths)
        if ignored:
            return f"git ignores {ignored}: name what it is made from, so that changes are seen"
        if is_about_nothing(duty.check, outcome.subject):
            return f"no file is under {' '.join(duty.check.paths)}: nothing would make it stale"
    if not outcome.changed:
        return ""
    names = _changed_since(workspace, duty.check.paths, outcome.started_at)
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"what it is about changed while it ran{f' ({listed})' if names else ''}"


def _ignored(workspace: Workspace, paths: tuple[str, ...]) -> str:
    """The first of some paths under which git ignores all there is; "" where there is none."""
    if git.top_level(workspace.root) is None:
        return ""
    arguments = ["-c", "core.quotePath=false", "check-ignore", "--", *paths]
    for name in git.run(arguments, workspace.root, check=False).splitlines():
        if not Content(workspace).names((name,)):
            return name
    return ""


def _changed_since(workspace: Workspace, paths: tuple[str, ...], started_at: str) -> list[str]:
    """The files under paths that were written since; what was removed cannot be named."""
    from datetime import datetime

    since = int(datetime.fromisoformat(started_at).timestamp() * 1e9)
    found = []
    for name in Content(workspace).names(paths):
        try:
            status = os.lstat(os.path.join(os.fsencode(workspace.root), name))
        except OSError:
            continue
        if max(status.st_mtime_ns, status.st_ctime_ns) >= since:
            found.append(os.fsdecode(name))
    return found


def say(out: Output, name: str, outcome: Outcome, unwritten: str) -> None:
    """One line of result; of what did not pass the end of its output, as words."""
    verdict = outcome.verdict
    fine, plain, color = _SIGNS.get(verdict.outcome, _ERROR_SIGN)
    seconds = f"{outcome.duration_ms / 1000:.1f} s"
    mark = out.paint(out.pick(fine, plain), color)
    said = _one_line(verdict.reason)
    out.data(f"{mark} {name}  {said}  {out.paint(f'({seconds})', 'dim')}")
    if not verdict.passed and not outcome.stopped:
        lines = outcome.output.excerpt(os.environ).rstrip().splitlines()
        if len(lines) > _TAIL_LINES:
            lines = ["…", *lines[-_TAIL_LINES:]]
        for line in lines:
            out.note(out.paint(f"    {line[:400]}", "dim", words=True))
    if unwritten:
        out.note(f"    {out.paint('no evidence:', 'yellow', words=True)} {unwritten}")
    if outcome.killed:
        several = "process was" if outcome.killed == 1 else "processes were"
        out.note(f"    {outcome.killed} {several} still running when it ended, and stopped")
    if outcome.left:
        warning = out.paint("warning:", "yellow", words=True)
        out.note(f"    {warning} {outcome.left} of them could not be stopped: another user's?")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:299] + "…"


def row(duty: Duty, outcome: Outcome, addresses: list[str], unwritten: str) -> dict[str, Any]:
    """A result as an object of the JSON answer."""
    return {
        "microstep": duty.entity.id,
        "check": duty.check.id,
        "kind": duty.check.kind,
        "origin": duty.check.origin,
        "criteria": [index for index, _ in duty.criteria],
        "outcome": outcome.verdict.outcome,
        "reason": outcome.verdict.reason,
        "command": outcome.command,
        "exit": outcome.exit,
        "started_at": outcome.started_at,
        "duration_ms": outcome.duration_ms,
        "output": outcome.output.excerpt(os.environ),
        "evidence": addresses,
        "no_evidence": unwritten or None,
    }

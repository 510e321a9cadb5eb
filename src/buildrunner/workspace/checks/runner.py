"""Checks that share a command run it once; each is judged by what it expects."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from buildrunner.evidence.checks import Check
from buildrunner.evidence.expectations.answers import judge_command, judge_exit
from buildrunner.evidence.expectations.definitions import text
from buildrunner.evidence.expectations.verdict import (
    ExpectationError,
    Verdict,
    brief,
    error,
    failed,
)
from buildrunner.workspace.checks import artefacts, asking, process, surroundings
from buildrunner.workspace.checks.capture import Capture

REPORTS = ("junit", "sarif", "coverage")
RUNNABLE = ("command", "http", "file", *REPORTS)
Content = Callable[[tuple[str, ...]], str | None]


class Outcome:
    """What became of one check.

    `subject` is the digest of its content when it began, `changed` whether that was another one
    when it ended: then it proves nothing. `stopped` says that it was interrupted. `killed` processes
    ran on when it ended; `left` of them run still.
    """

    __slots__ = (
        "changed",
        "check",
        "command",
        "duration_ms",
        "exit",
        "killed",
        "left",
        "output",
        "started_at",
        "stopped",
        "subject",
        "verdict",
    )

    def __init__(self, check: Check, verdict: Verdict) -> None:
        self.check = check
        self.verdict = verdict
        self.command: str | None = None
        self.exit: int | None = None
        self.started_at = ""
        self.duration_ms = 0
        self.output = Capture()
        self.subject = ""
        self.changed = False
        self.stopped = False
        self.killed = 0
        self.left = 0


def job_key(check: Check) -> tuple[object, ...]:
    """Equal for checks that one run serves: same command, folder, variables and time."""
    definition = check.definition
    members = [definition.get(name) for name in ("run", "cwd", "env", "timeout")]
    if check.kind not in ("command", *REPORTS) or not members[0]:
        return (check.digest, id(check) if not check.digest else 0)
    # Only a json expectation needs standard output apart from standard error.
    return (*map(repr, members), check.kind == "command" and wants_json(definition))


def wants_json(definition: Mapping[str, Any]) -> bool:
    """Whether standard output has to be read as JSON."""
    expect = definition.get("expect")
    return isinstance(expect, dict) and "json" in expect


def run_job(
    root: str,
    checks: Sequence[Check],
    content: Content,
    *,
    cancel: process.Cancel | None = None,
    around: Mapping[str, str] = os.environ,
) -> list[Outcome]:
    """Run checks of one `job_key` in the repository at `root`.

    `content(paths)` is today's digest of the files under paths; it is asked before and after.
    """
    before = {check.paths: content(check.paths) or "" for check in checks}
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    clock = time.monotonic()
    try:
        outcomes = _run(root, checks, cancel or process.Cancel(), around)
    except (ExpectationError, OSError, ValueError) as problem:
        # A command too long for the system, a folder that went away, a NUL in a name.
        outcomes = [Outcome(check, error(_why(problem))) for check in checks]
    took = int((time.monotonic() - clock) * 1000)
    after = {paths: content(paths) or "" for paths in before}
    for outcome in outcomes:
        paths = outcome.check.paths
        outcome.started_at = started
        outcome.duration_ms = took
        outcome.subject = before[paths]
        outcome.changed = before[paths] != after[paths]
    return outcomes


def _why(problem: Exception) -> str:
    if isinstance(problem, ExpectationError):
        return str(problem)
    return f"it cannot be run: {getattr(problem, 'strerror', None) or problem}"


def _run(
    root: str, checks: Sequence[Check], cancel: process.Cancel, around: Mapping[str, str]
) -> list[Outcome]:
    first = checks[0]
    definition = first.definition
    if first.kind not in RUNNABLE:
        raise ExpectationError(f"a check of kind {brief(first.kind)} is not run by a machine")
    env = surroundings.environment(definition, around)
    cwd = surroundings.folder(root, definition)
    if first.kind in ("http", "file"):
        return [_look(root, first, env, cwd)]
    if not text(definition, "run"):
        if first.kind == "command":
            raise ExpectationError("run is missing: what is to be run?")
        return [_read(root, check, cwd) for check in checks]
    return _command(root, checks, env, cwd, cancel)


def _look(root: str, check: Check, env: Mapping[str, str], cwd: str) -> Outcome:
    outcome = Outcome(check, error(""))
    if check.kind == "http":
        limit = surroundings.timeout(check.definition, asking.DEFAULT_TIMEOUT)
        outcome.verdict = asking.ask(check.definition, env, limit, outcome.output)
    else:
        outcome.verdict = artefacts.look(root, check.definition, cwd, outcome.output)
    return outcome


def _read(root: str, check: Check, cwd: str) -> Outcome:
    outcome = Outcome(check, error(""))
    outcome.verdict = artefacts.judge_reports(root, check.definition, cwd, check.kind, None)
    return outcome


def _command(
    root: str,
    checks: Sequence[Check],
    env: Mapping[str, str],
    cwd: str,
    cancel: process.Cancel,
) -> list[Outcome]:
    definition = checks[0].definition
    apart = checks[0].kind == "command" and wants_json(definition)
    output, stdout = Capture(), Capture() if apart else None
    before = {check: _standing(root, check, cwd) for check in checks}
    limit = surroundings.timeout(definition)
    finished = process.run(
        text(definition, "run"),
        cwd=cwd,
        env=env,
        timeout=limit,
        output=output,
        stdout=stdout,
        cancel=cancel,
    )
    outcomes = []
    for check in checks:
        outcome = Outcome(check, _ended(finished, limit))
        outcome.command = text(definition, "run")
        outcome.output = output
        outcome.killed = finished.killed
        outcome.left = finished.left
        outcome.stopped = finished.ended == "stopped"
        if finished.ended == "exit":
            outcome.exit = finished.exit
            outcome.verdict = _judge(root, check, cwd, finished, output, stdout, before[check])
        outcomes.append(outcome)
    return outcomes


def _standing(root: str, check: Check, cwd: str) -> dict[str, artefacts.Signature]:
    if check.kind not in REPORTS:
        return {}
    try:
        return artefacts.report_names(root, check.definition, cwd)
    except ExpectationError:
        return {}  # said again, for this check alone, when it is judged


def _ended(finished: process.Finished, limit: float) -> Verdict:
    if finished.ended == "timeout":
        return failed(f"not finished after {limit:g} s: it was stopped")
    if finished.ended == "stopped":
        return error("interrupted")
    return error("its supervisor was killed: nothing can be said about it")


def _judge(
    root: str,
    check: Check,
    cwd: str,
    finished: process.Finished,
    output: Capture,
    stdout: Capture | None,
    before: dict[str, artefacts.Signature],
) -> Verdict:
    definition = check.definition
    try:
        if check.kind == "command":
            answered = output if stdout is None else stdout
            whole = output.whole and answered.whole
            return judge_command(definition, finished.exit, output.text, answered.text, whole=whole)
        verdict = artefacts.judge_reports(root, definition, cwd, check.kind, before)
        wrong = judge_exit(definition, finished.exit)
        # A report that names its failures says more than the exit code of the tool.
        if wrong is None or verdict.outcome == "failed":
            return verdict
        return wrong if verdict.passed else error(f"{verdict.reason} ({wrong.reason})")
    except ExpectationError as problem:
        return error(str(problem))

"""`br qa ingest`: reports that were made elsewhere become evidence of the checks they fit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from buildrunner.cli.checking import Keeper, counted, inside, row, say, why_unwritten
from buildrunner.cli.context import Context
from buildrunner.cli.errors import NO_WORKSPACE, OK, REFUSED, Refusal
from buildrunner.cli.evidence_upload import upload_quietly
from buildrunner.evidence.expectations import reports
from buildrunner.evidence.expectations.verdict import ExpectationError, Verdict, error, failed
from buildrunner.evidence.reading.detection import KIND_OF, format_of
from buildrunner.evidence.reading.errors import ReportError
from buildrunner.spec.document import microsteps
from buildrunner.workspace.checks.artefacts import read_bounded, read_reports
from buildrunner.workspace.checks.runner import REPORTS, Outcome
from buildrunner.workspace.checks.selection import Duty, duties
from buildrunner.workspace.content import Content, revision

Plan = dict[str, Any]


class _File:
    """A report: where it is, how it is called, and the kind of check it can prove."""

    __slots__ = ("kind", "name", "path")

    def __init__(self, path: str, name: str, kind: str) -> None:
        self.path = path
        self.name = name
        self.kind = kind


def run_ingest(context: Context) -> int:
    """Read every file first: where one cannot be read, nothing is written."""
    _, plan = context.workspace.read()
    files = [_open(context, name) for name in context.arguments.texts("FILE")]
    fitting = _fitting(context, plan, files)
    keeper = Keeper(context, plan)
    content, stands = Content(context.workspace), revision(context.workspace.root)
    # Every verdict first: where one file cannot be read, nothing is written.
    judged = [(duty, _judge(context, duty, listed)) for duty, listed in fitting]
    rows = []
    for duty, outcome in judged:
        outcome.subject = content.digest(duty.check.paths)
        unwritten = why_unwritten(context.workspace, outcome, duty)
        addresses = [] if unwritten else keeper.keep(outcome, duty, stands)
        say(context.out, duty.name, outcome, unwritten)
        rows.append(row(duty, outcome, addresses, unwritten))
    sent = upload_quietly(context) if keeper.written else None
    counts = {
        outcome: sum(each["outcome"] == outcome for each in rows)
        for outcome in ("passed", "failed", "error")
    }
    ok = counts["passed"] == len(rows) and not any(each["no_evidence"] for each in rows)
    context.out.emit(
        {"ok": ok, **counts, "results": rows, "evidence": keeper.written, "runner": keeper.runner,
         "upload": sent}
    )  # fmt: skip
    context.out.note(
        f"{counted(len(keeper.written), 'record')} of evidence from {counted(len(files), 'file')}"
    )
    for note in keeper.key_notes():
        context.out.note(f"{context.out.paint('warning:', 'yellow', words=True)} {note}")
    return OK if ok else REFUSED


def _open(context: Context, given: str) -> _File:
    path = context.path(given)
    if not os.path.isfile(path):
        raise Refusal(
            "no_file", f"there is no file {given}", missing=[given], exit_code=NO_WORKSPACE
        )
    try:
        return _File(path, given, KIND_OF[format_of(read_bounded(path, given), given)])
    except ReportError as problem:
        raise _unreadable(problem) from None


def _unreadable(problem: ReportError) -> Refusal:
    place = {"path": problem.name, "line": problem.line, "column": problem.column}
    return Refusal(problem.code, str(problem), hint=problem.hint, extra={"place": place})


def _fitting(
    context: Context, plan: Plan, files: Sequence[_File]
) -> list[tuple[Duty, list[_File]]]:
    """Every check that some of the files fit, with these. Raises a Refusal for a file without."""
    arguments = context.arguments
    microstep, wanted = arguments.text("microstep"), arguments.text("check")
    entities = inside(plan, [microstep]) if microstep else list(microsteps(plan))
    candidates = [
        duty
        for duty in duties(entities)
        if duty.check.kind in REPORTS and (wanted is None or duty.check.id == wanted)
    ]
    found: dict[int, tuple[Duty, list[_File]]] = {}
    for file in files:
        fits = [
            duty
            for duty in candidates
            if duty.check.kind == file.kind
            and (wanted is not None or _names(context, duty, file.path))
        ]
        if not fits:
            raise _no_check(file, candidates)
        for duty in fits:
            found.setdefault(id(duty), (duty, []))[1].append(file)
    return list(found.values())


def _names(context: Context, duty: Duty, path: str) -> bool:
    """Whether `report` names the file; a check without `report` takes any of its kind."""
    definition = duty.check.definition
    report, cwd = definition.get("report"), definition.get("cwd", "")
    if not isinstance(report, str) or not isinstance(cwd, str):
        return report is None
    root = os.path.realpath(context.workspace.root)
    name = os.path.relpath(os.path.realpath(path), root)
    pattern = os.path.normpath(os.path.join(cwd, report)).replace("**/", "*")
    return fnmatchcase(name, pattern)


def _no_check(file: _File, candidates: list[Duty]) -> Refusal:
    same = [duty for duty in candidates if duty.check.kind == file.kind]
    if same:
        first = same[0]
        named = ", ".join(
            f"{duty.name} ({duty.check.definition.get('report')})" for duty in same[:5]
        )
        return Refusal(
            "no_fitting_check",
            f"{file.name} is none of the reports that checks of kind {file.kind} name: {named}",
            hint="say which check it is for",
            next_command=(
                f"br qa ingest {file.name} --microstep {first.entity.id} --check {first.check.id}"
            ),
        )
    return Refusal(
        "no_fitting_check",
        f"no check of kind {file.kind} is written down for {file.name}",
        next_command=f"br qa add ID --criterion 0 --kind {file.kind} --report {file.name}",
    )


def _in_repository(context: Context, path: str) -> str:
    """How a file is called in a record: nothing of this machine's folders."""
    name = os.path.relpath(os.path.realpath(path), os.path.realpath(context.workspace.root))
    return os.path.basename(path) if name.startswith("..") else name


def _judge(context: Context, duty: Duty, listed: list[_File]) -> Outcome:
    """What the files say about one check; files that cannot be read are a Refusal."""
    outcome = Outcome(duty.check, error(""))
    outcome.started_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    names = ", ".join(_in_repository(context, file.path) for file in listed[:5])
    for file in listed:
        outcome.output.feed(read_bounded(file.path, file.name))
    paths = [file.path for file in listed]
    try:
        report = read_reports(context.workspace.root, paths, duty.check.kind)
        verdict = reports.judge(duty.check.definition, report)
    except ReportError as problem:
        if problem.code != "report_no_tests":
            raise _unreadable(problem) from None
        verdict = failed(str(problem))
    except ExpectationError as problem:
        verdict = error(str(problem))
    reason = f"{verdict.reason} (read from {names})"
    outcome.verdict = Verdict(verdict.outcome, reason, verdict.findings)
    return outcome

"""`br qa run`: run the checks, say what became of them, keep the evidence."""

from __future__ import annotations

from typing import Any

from buildrunner.cli.board import Board
from buildrunner.cli.check_reports import annotate, write_reports
from buildrunner.cli.checking import Keeper, counted, inside, no_checks, row, say, why_unwritten
from buildrunner.cli.context import Context
from buildrunner.cli.errors import OK, REFUSED, Refusal, usage
from buildrunner.cli.evidence_upload import upload_quietly
from buildrunner.spec.document import Entity, microsteps
from buildrunner.workspace import evidence, keys
from buildrunner.workspace.checks.batch import FINISHED, STARTED, Batch, Event
from buildrunner.workspace.checks.runner import RUNNABLE
from buildrunner.workspace.checks.selection import Duty, Standing, duties, jobs
from buildrunner.workspace.content import Content
from buildrunner.workspace.trust import Trust

Plan = dict[str, Any]
_MOST_JOBS = 64


def run_run(context: Context) -> int:
    """Run what was asked for; exit code 1 where anything did not pass or could not be run."""
    arguments = context.arguments
    parallel = arguments.number("jobs", 1)
    if not 1 <= parallel <= _MOST_JOBS:
        raise usage(f"--jobs takes a number from 1 to {_MOST_JOBS}", next_command="br help qa run")
    _, plan = context.workspace.read()
    chosen = _chosen(context, plan)
    trust = Trust(context.workspace)
    untrusted = [duty for duty in chosen if not trust.covers(duty.check)]
    runnable = [duty for duty in chosen if trust.covers(duty.check)]
    if arguments.flag("dry-run"):
        return _list_only(context, runnable, untrusted)
    session = _Session(context, plan)
    session.run(runnable, parallel)
    return session.report(untrusted)


def _chosen(context: Context, plan: Plan) -> list[Duty]:
    """The duties of the microsteps asked for. Raises a Refusal where there is none."""
    arguments = context.arguments
    identifiers = arguments.texts("ID")
    everything, changed = arguments.flag("all"), arguments.flag("changed")
    if identifiers and everything:
        raise usage("name ids or say --all, not both", next_command="br help qa run")
    if identifiers:
        entities = inside(plan, identifiers)
    else:
        entities = list(microsteps(plan))
        if not everything and not changed:
            entities = _in_work(entities)
    statuses = {s for value in arguments.texts("status") for s in value.split(",")}
    if statuses:
        entities = [e for e in entities if e.value.get("status", "todo") in statuses]
    found = [duty for duty in duties(entities) if duty.check.kind != "manual"]
    wanted = set(arguments.texts("check"))
    if wanted:
        absent = wanted - {duty.check.id for duty in found}
        if absent and found:
            raise _unknown_check(min(absent), found)
        found = [duty for duty in found if duty.check.id in wanted]
    if not found and (identifiers or wanted):
        raise no_checks([entity.id for entity in entities])
    return _changed(context, found) if changed else found


def _unknown_check(name: str, found: list[Duty]) -> Refusal:
    from buildrunner.cli.nearest import nearest, suggestion

    close = nearest(name, [duty.check.id for duty in found])
    first = next((duty for duty in found if duty.check.id in close[:1]), found[0])
    return Refusal(
        "unknown_check",
        f"no check here has the id {name!r}{suggestion(close)}",
        missing=[name],
        next_command=f"br qa run {first.entity.id} --check {first.check.id}",
    )


def _in_work(entities: list[Entity]) -> list[Entity]:
    doing = [entity for entity in entities if entity.value.get("status") == "doing"]
    if not doing:
        raise Refusal(
            "nothing_in_work",
            "nothing is in work",
            hint="name ids, or say --changed or --all",
            next_command="br qa run --all",
        )
    return doing


def _changed(context: Context, found: list[Duty]) -> list[Duty]:
    workspace = context.workspace
    runner_class = Keeper(context, {}).runner["class"]
    # What a person's machine proved does not spare CI its own run.
    classes = ("ci",) if runner_class == "ci" else ("ci", "local")
    standing = Standing(
        evidence.read_all(workspace).records,
        keys.anchored(workspace),
        Content(workspace).digest,
        classes,
    )
    return [duty for duty in found if standing.has_changed(duty)]


def _list_only(context: Context, runnable: list[Duty], untrusted: list[Duty]) -> int:
    out = context.out
    rows = []
    for duty in [*runnable, *untrusted]:
        trusted = duty not in untrusted
        what = duty.check.definition.get("run") or duty.check.definition.get("url") or ""
        rows.append(
            {"microstep": duty.entity.id, "check": duty.check.id, "kind": duty.check.kind,
             "run": what, "trusted": trusted}
        )  # fmt: skip
        note = "" if trusted else out.paint("  not trusted", "yellow")
        out.data(f"{duty.name}  {duty.check.kind}  {what}{note}")
    out.emit({"dry_run": True, "checks": rows})
    out.note("nothing was run")
    return OK


class _Session:
    """One run: its results as they come in, and the words at the end."""

    def __init__(self, context: Context, plan: Plan) -> None:
        self._context = context
        self._out = context.out
        self._keeper = Keeper(context, plan)
        self._rows: list[dict[str, Any]] = []
        self._results: list[tuple[Duty, Any]] = []

    def run(self, chosen: list[Duty], parallel: int) -> None:
        """Run to the end, or until Ctrl-C; then nothing is left running."""
        if chosen:
            self._keeper.make_ready()
        work = jobs(chosen)
        unknown = {duty.check.kind for duty in chosen} - set(RUNNABLE)
        if unknown:
            self._out.note(f"unknown kinds of checks: {', '.join(sorted(unknown))}")
        board = Board(self._out, len(work))
        batch = Batch(self._context.workspace, work, parallel)
        try:
            for event in batch.run():
                if event.what == STARTED:
                    board.start(_name(event.job))
                elif event.what == FINISHED:
                    board.end(_name(event.job))
                    board.clear()
                    self._take(event)
                board.draw()
        except KeyboardInterrupt:
            board.clear()
            batch.stop()
            raise
        except BaseException:
            batch.stop()
            raise
        finally:
            board.clear()

    def _take(self, event: Event) -> None:
        for duty in event.job:
            outcome = event.outcome_of(duty)
            addresses: list[str] = []
            unwritten = why_unwritten(self._context.workspace, outcome, duty)
            if not unwritten and event.revision is not None:
                addresses = self._keeper.keep(outcome, duty, event.revision)
            say(self._out, duty.name, outcome, unwritten)
            self._rows.append(row(duty, outcome, addresses, unwritten))
            self._results.append((duty, outcome))

    def report(self, untrusted: list[Duty]) -> int:
        """Reports, JSON, the words at the end; the exit code."""
        out = self._out
        counts = {
            outcome: sum(each["outcome"] == outcome for each in self._rows)
            for outcome in ("passed", "failed", "error")
        }
        unwritten = sum(each["no_evidence"] is not None for each in self._rows)
        ok = counts["passed"] == len(self._rows) and not untrusted and not unwritten
        reports = write_reports(self._context, self._results)
        annotate(self._context, self._results)
        sent = upload_quietly(self._context) if self._keeper.written else None
        out.emit(
            {
                "ok": ok,
                **counts,
                "results": self._rows,
                "untrusted": [_untrusted_row(duty) for duty in untrusted],
                "evidence": self._keeper.written,
                "runner": self._keeper.runner,
                "reports": reports,
                "upload": sent,
            }
        )
        self._last_words(counts, untrusted, unwritten)
        return OK if ok else REFUSED

    def _last_words(self, counts: dict[str, int], untrusted: list[Duty], unwritten: int) -> None:
        out = self._out
        if not self._rows and not untrusted:
            out.note("there is no check to run: nothing has changed, or none is written down")
            return
        said = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
        written = counted(len(self._keeper.written), "record")
        tail = f"; {written} of evidence" if self._rows else ""
        out.note(f"{said or 'nothing was run'}{tail}")
        if unwritten:
            out.note(
                f"{counted(unwritten, 'check')} left no evidence: have what a check writes ignored by git, "
                "or say in `paths` what it is about"
            )
        for note in self._keeper.key_notes():
            out.note(f"{out.paint('warning:', 'yellow', words=True)} {note}")
        for duty in untrusted:
            what = duty.check.definition.get("run") or duty.check.definition.get("url") or ""
            out.note(f"not trusted, not run: {duty.name}  {what}")
        if untrusted:
            out.hint("br qa trust", "shows them, and runs them once you agree")
        elif counts["failed"] or counts["error"]:
            first = next(each for each in self._rows if each["outcome"] != "passed")
            out.hint(f"br qa run {first['microstep']}", "once it is mended")


def _untrusted_row(duty: Duty) -> dict[str, Any]:
    return {
        "microstep": duty.entity.id,
        "check": duty.check.id,
        "kind": duty.check.kind,
        "run": duty.check.definition.get("run"),
    }


def _name(job: Any) -> str:
    """A job by its first duty, and how many more share its run."""
    more = f" (+{len(job) - 1})" if len(job) > 1 else ""
    return f"{job[0].name}{more}"

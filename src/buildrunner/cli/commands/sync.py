"""`br sync` exchanges changes with the server, `br reconcile` settles what both sides changed."""

from __future__ import annotations

import json
import sys
from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.drift_report import report_conflicts
from buildrunner.cli.errors import OK, REFUSED, UNREACHABLE, Refusal, usage
from buildrunner.cli.evidence_upload import send_with_sync
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing import show
from buildrunner.cli.syncing.engine import Engine
from buildrunner.cli.syncing.landing import Outcome
from buildrunner.cli.syncing.records import link_of, read_base
from buildrunner.cli.syncing.resolve import Pending, Resolutions, pending, settle
from buildrunner.client import Invalid, Problem, Unreachable
from buildrunner.spec.conflicts import OURS, THEIRS
from buildrunner.spec.diff import diff
from buildrunner.workspace import git
from buildrunner.workspace.folder import Workspace
from buildrunner.workspace.pending import git_conflicts

_NO_ROOM = 402  # the tier of the organization has no room for what would be sent


def run_sync(context: Context) -> int:
    """Send what changed here, take what changed there."""
    arguments = context.arguments
    push, pull = arguments.flag("push"), arguments.flag("pull")
    if push and pull:
        raise usage("--push and --pull exclude each other; plain `br sync` does both")
    _check_branch(context)
    contested = git_conflicts(context.workspace)
    if contested:  # A conflict of this sync would take the place of what git left open.
        raise show.refusal(contested, None)
    dry_run = arguments.flag("dry-run")
    waits = not (pull or dry_run) and send_with_sync(context)
    outcome = _exchange(context, push=not pull, pull=not push, dry_run=dry_run)
    if outcome.page:
        context.out.note(f"they can be decided there too: {outcome.page}")
    if waits:
        send_with_sync(context)
    return show.outcome(context, outcome, dry_run=dry_run)


def _exchange(
    context: Context, *, push: bool = True, pull: bool = True, dry_run: bool = False
) -> Outcome:
    workspace = context.workspace
    with connect(context.settings) as client:
        engine = Engine(workspace, client, actor=context.actor())
        try:
            outcome = engine.sync(push=push, pull=pull, dry_run=dry_run)
            if not dry_run:
                outcome.page = report_conflicts(context, client, outcome.conflicts)
            return outcome
        except Unreachable as error:
            raise Refusal(
                error.code,
                error.message,
                hint=f"{_queued(workspace)}; nothing is lost, the next sync takes it along",
                next_command="br sync",
                exit_code=UNREACHABLE,
            ) from None
        except Invalid as error:
            findings = error.problem.get("findings") or []
            raise Refusal(
                error.code,
                f"the server does not take this plan: {error.message}",
                hint="; ".join(str(each.get("message", "")) for each in findings[:3]),
                next_command="br lint",
                exit_code=REFUSED,
                extra={"findings": findings},
            ) from None
        except Problem as error:
            if error.status != _NO_ROOM:
                raise
            raise _beyond(workspace, error) from None


def _beyond(workspace: Workspace, error: Problem) -> Refusal:
    """What the tier does not include: room for the plan, or the call itself."""
    named = ("limit_name", "limit", "used", "unit", "tier", "tier_with_more")
    hint = f"{_queued(workspace)}; nothing is lost, the next sync that is let in takes it along"
    receiving = error.problem.get("limit_name") == "storage"
    if receiving:
        hint += "; `br sync --pull` still takes what others changed"
    return Refusal(
        error.code,
        error.message,
        hint=hint,
        next_command="br sync --pull" if receiving else "",
        exit_code=REFUSED,
        extra={name: error.problem[name] for name in named if name in error.problem},
    )


def _check_branch(context: Context) -> None:
    """An old checkout must not delete on the server what it never saw."""
    link = link_of(context.workspace)
    wanted = context.arguments.text("branch") or link.branch
    current = git.branch(context.workspace.root)
    if wanted is None or current is None or wanted == current:
        return
    raise Refusal(
        "other_branch",
        f"this clone syncs branch {link.branch}; you are on {current}",
        hint=f"the plan of another branch would overwrite the one of {link.branch} on the server;"
        f" if that is meant: br sync --branch {current}",
        missing=[f"branch {wanted}"],
        next_command=f"git switch {wanted}",
    )


def _queued(workspace: Workspace) -> str:
    base = read_base(workspace)
    if base is None:
        return "the plan has not been sent yet"
    _, plan = workspace.read()
    count = len(show.told(diff(base.document, plan)))
    return f"{count} {'change waits' if count == 1 else 'changes wait'} in this clone"


def run_reconcile(context: Context) -> int:
    """Decide what stands where both sides changed the same thing, then sync."""
    arguments, workspace = context.arguments, context.workspace
    waiting = pending(workspace)
    if waiting is None:
        context.out.emit({"conflicts": [], "resolved": 0})
        context.out.note("nothing to reconcile")
        return OK
    _, plan = workspace.read()
    conflicts = waiting.open(plan)
    chosen = _by_flags(context, conflicts)
    if not chosen and conflicts:
        if not sys.stdin.isatty() or context.out.json:
            return show.unresolved(context, conflicts)
        chosen = _ask(context, conflicts)
    dry_run = arguments.flag("dry-run")
    settled = settle(workspace, waiting, chosen, actor=context.actor(), dry_run=dry_run)
    if settled.remaining:
        return show.unresolved(context, settled.remaining, decided=len(chosen))
    return _after(context, waiting, settled.operations, len(conflicts), dry_run=dry_run)


def _after(
    context: Context,
    waiting: Pending,
    operations: list[dict[str, Any]],
    resolved: int,
    *,
    dry_run: bool,
) -> int:
    """Everything is decided: tell it, and carry the result to the server when it is linked."""
    out = context.out
    answer: dict[str, Any] = {"resolved": resolved, "conflicts": [], "operations": operations}
    out.note(f"{'would resolve' if dry_run else 'resolved'} {resolved}")
    if dry_run or waiting.revision is None:
        out.emit(answer | {"dry_run": dry_run})
        if not dry_run:
            out.hint("git add buildrunner/specs/plan.json")
        return OK
    try:
        outcome = _exchange(context)
    except Refusal as refusal:
        if refusal.exit_code != UNREACHABLE:
            raise
        out.emit(answer | {"in_sync": False, "waiting": refusal.hint})
        out.note(f"{refusal.message}: {refusal.hint}")
        return OK
    return show.outcome(context, outcome, dry_run=False, extra=answer)


def _by_flags(context: Context, conflicts: list[dict[str, Any]]) -> Resolutions:
    """The decisions that --ours, --theirs and --set make, for all conflicts or those named."""
    arguments = context.arguments
    ours, theirs = arguments.flag("ours"), arguments.flag("theirs")
    if ours and theirs:
        raise usage("--ours and --theirs exclude each other", next_command="br help reconcile")
    named = arguments.texts("ID")
    for name in named:
        if not any(_names(conflict, name) for conflict in conflicts):
            raise Refusal(
                "no_such_conflict",
                f"{name} has no open conflict",
                missing=[name],
                next_command="br reconcile",
            )
    chosen: Resolutions = {}
    if ours or theirs:
        for conflict in conflicts:
            if not named or any(_names(conflict, name) for name in named):
                chosen[conflict["id"], conflict["field"]] = OURS if ours else THEIRS
    for text in arguments.texts("set"):
        conflict, value = _assignment(text, conflicts)
        chosen[conflict["id"], conflict["field"]] = value
    return chosen


def _names(conflict: dict[str, Any], name: str) -> bool:
    return name in (conflict["id"], f"{conflict['id']}.{conflict['field']}")


def _assignment(text: str, conflicts: list[dict[str, Any]]) -> tuple[dict[str, Any], Any]:
    """`ID.FIELD=VALUE`; the value is JSON where it reads as such, else text."""
    for conflict in conflicts:
        prefix = f"{conflict['id']}.{conflict['field']}="
        if text.startswith(prefix):
            return conflict, _value(text.removeprefix(prefix))
    raise Refusal(
        "no_such_conflict",
        f"--set {text}: no open conflict of that name",
        hint="write --set ID.FIELD=VALUE with an id and field that `br reconcile` lists",
        next_command="br reconcile",
    )


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _ask(context: Context, conflicts: list[dict[str, Any]]) -> Resolutions:
    """Ask at the terminal, one conflict after the other."""
    chosen: Resolutions = {}
    for number, conflict in enumerate(conflicts, 1):
        context.out.data(show.conflict(context.out, conflict, f"{number} of {len(conflicts)}"))
        while True:
            sys.stderr.write("  [o]urs  [t]heirs  [e]dit  [s]kip  [q]uit > ")
            sys.stderr.flush()
            line = sys.stdin.readline()
            answer = line.strip().lower()[:1]
            if not line or answer == "q":
                return chosen
            if answer == "s":
                break
            if answer in ("o", "t"):
                side = OURS if answer == "o" else THEIRS
                chosen[conflict["id"], conflict["field"]] = side
                break
            if answer == "e":
                sys.stderr.write("  value (JSON or text) > ")
                sys.stderr.flush()
                chosen[conflict["id"], conflict["field"]] = _value(sys.stdin.readline().strip())
                break
    return chosen

"""`br hooks`: a coding agent's program and the claims of its sessions."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.errors import CONFLICT, Refusal, usage
from buildrunner.cli.layout import flat
from buildrunner.cli.taking import give_back, take
from buildrunner.workspace import claims
from buildrunner.workspace.agents import HOSTS, install
from buildrunner.workspace.index import summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def run_install(context: Context) -> int:
    """Write the settings of the agent's program."""
    host = context.arguments.required("HOST")
    if host not in HOSTS:
        raise usage(f"br hooks install knows {', '.join(HOSTS)}, not {host!r}")
    out, dry_run = context.out, context.arguments.flag("dry-run")
    done = install(context.workspace, host, dry_run=dry_run)
    for name in done.changed:
        out.data(f"{'would write' if dry_run else 'wrote'}  {name}")
    for name in done.kept:
        out.data(f"{out.paint('kept', 'dim')}  {name}")
    out.emit({"host": host, "changed": done.changed, "kept": done.kept, "dry_run": dry_run})
    if done.changed and not dry_run:
        out.hint(f"git add {' '.join(done.changed)}", "so that every clone has it")
    return 0


def run_start(context: Context) -> int:
    """A session starts: open its run, renew what this agent holds, tell it and what is next."""
    from buildrunner.cli.running import begin

    actor = context.actor()
    run = begin(context, actor)
    held = []
    for identifier in _held_by(context, actor):
        try:
            held.append(take(context, identifier, renew=True))
        except Refusal as refusal:  # lost meanwhile: to be told, not to end on
            context.out.note(f"{identifier}: {refusal.message}")
    found = summary(context.workspace)
    taken = claims.active(context.workspace)
    best = next((row for row in found["next"] if row["id"] not in taken), None)
    text = _told(held, best)
    if context.arguments.flag("cursor"):
        _print_for_cursor(text)
        return 0
    context.out.emit({"actor": actor, **run, "held": held, "next": best, "text": text})
    context.out.data(text)
    return 0


def run_end(context: Context) -> int:
    """A session ends: give back what this agent holds, and close its run."""
    from buildrunner.cli.running import finish

    actor = context.actor()
    released = []
    for identifier in _held_by(context, actor):
        give_back(context, identifier)
        released.append(identifier)
        context.out.data(f"{identifier}  released")
    run = finish(context, actor, released)
    context.out.emit({"actor": actor, "released": released, "session": (run or {}).get("session")})
    return 0


def run_beat(context: Context) -> int:
    """A session goes on: renew what this agent holds, and its run."""
    from buildrunner.cli.running import beat
    from buildrunner.client.errors import Conflict
    from buildrunner.workspace import runs

    actor = context.actor()
    try:
        found = beat(context, actor)
    except Conflict as closed:
        runs.end(context.workspace, actor, closed.problem.get("missing") or [])
        raise Refusal(
            "run_closed",
            closed.message,
            missing=closed.problem.get("missing") or [],
            next_command=f"br hooks start --as {actor}",
            exit_code=CONFLICT,
        ) from None
    context.out.emit({"actor": actor, "session": None, "run": None, **(found or {})})
    return 0


def _held_by(context: Context, actor: str) -> list[str]:
    found = claims.active(context.workspace).values()
    return sorted(str(each["microstep_id"]) for each in found if each["holder"] == actor)


def _told(held: list[dict[str, Any]], best: dict[str, Any] | None) -> str:
    lines = [
        f"You hold {each['microstep_id']} until {each['expires_at']}: "
        f"br context {each['microstep_id']}"
        for each in held
    ]
    if best is not None:
        lines.append(f"Next in the plan: {best['id']}  {flat(best.get('title'))}")
        lines.append(f"Take it with: br start {best['id']}")
    return "\n".join(lines) or "Nothing in the plan is ready."


def _print_for_cursor(text: str) -> None:
    import json
    import sys

    sys.stdout.write(json.dumps({"additional_context": text}) + "\n")

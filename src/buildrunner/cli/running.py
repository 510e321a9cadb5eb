"""An agent's run, here and on the linked server: begun, alive, ended."""

from __future__ import annotations

import os
import secrets
import time

from buildrunner.cli.context import Context
from buildrunner.cli.taking import is_linked, ttl_of
from buildrunner.workspace import runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from buildrunner.client import Client


def new_session() -> str:
    """The name of a run: when it began, and something that no other has."""
    return time.strftime("%Y%m%dT%H%M%S-", time.gmtime()) + secrets.token_hex(4)


def begin(context: Context, actor: str) -> dict[str, Any]:
    """Open the actor's run, or go on with the one that is open: `{"session", "run", "new"}`.

    `BR_SESSION` names it, `BR_PROGRAM` says what works. Without an answer of the server, `run` is
    None and the run is on the record of this clone alone.
    """
    session = os.environ.get("BR_SESSION") or new_session()
    _forget_closed(context, actor)
    program = os.environ.get("BR_PROGRAM", "") or actor
    # A program that is there to give signs of life is missed sooner than one that only hooks tell of.
    ttl = runs.DEFAULT_TTL if "BR_PROGRAM" in os.environ else ttl_of(context)
    new = runs.begin(context.workspace, actor, program=program, session=session, ttl=ttl)
    found = runs.current(context.workspace.state_dir, actor) or {"session": session}
    if not found.get("run"):

        def start(client: Client, project: str) -> str:
            return client.runs.start(
                project,
                name=found["session"],
                program=program[:200],
                commit=runs.commit_of(context.workspace) or "",
                ttl_seconds=max(ttl, 30),
            ).id

        run = _there(context, start)
        if run:
            runs.know(context.workspace, actor, run)
            context.settings.run = run
            found["run"] = run
    return {"session": found["session"], "run": found.get("run"), "new": new}


def _forget_closed(context: Context, actor: str) -> None:
    """A run that the server has closed, since it fell silent or somebody ended it, goes on no more."""
    found = runs.current(context.workspace.state_dir, actor)
    if found is None or not found.get("run"):
        return
    from buildrunner.client.errors import Conflict

    try:
        beat(context, actor)
    except Conflict as closed:
        freed = closed.problem.get("missing") or []
        runs.end(context.workspace, actor, freed)
        context.settings.run = ""
        lost = f"; what it held is free: {', '.join(freed)}" if freed else ""
        context.out.note(f"the run before this one is over{lost}")


def beat(context: Context, actor: str) -> dict[str, Any] | None:
    """Say that the actor's run lives; None where none goes on. Raises Conflict `run_closed`."""
    session = runs.alive(context.workspace.state_dir, actor)
    found = runs.current(context.workspace.state_dir, actor)
    if not session or found is None:
        return None
    run = found.get("run")
    if run:
        commit = runs.commit_of(context.workspace) or ""
        _there(context, lambda client, project: client.runs.beat(project, run, commit=commit).id)
    return {"session": session, "run": run}


def finish(context: Context, actor: str, freed: list[str]) -> dict[str, Any] | None:
    """End the actor's run; None where none goes on."""
    found = runs.end(context.workspace, actor, freed)
    if found is None:
        return None
    run = found.get("run")
    if run:
        commit = runs.commit_of(context.workspace) or ""
        _there(context, lambda client, project: client.runs.end(project, run, commit=commit).id)
    return {"session": found["session"], "run": run}


def _there(context: Context, ask: Callable[[Client, str], str]) -> str:
    """What the linked server answers, "" where there is none or it does not: an agent works on."""
    if not is_linked(context):
        return ""
    from buildrunner.cli.errors import Refusal
    from buildrunner.cli.remote import connect
    from buildrunner.client import ClientError
    from buildrunner.client.errors import Problem

    project = str(context.workspace.state().get("project_id"))
    try:
        with connect(context.settings, timeout=5.0) as client:
            return ask(client, project)
    except Problem as problem:
        if problem.code == "run_closed":
            raise
        context.out.note(f"the server keeps no journal of this run: {problem}")
    except (ClientError, Refusal) as error:
        context.out.note(f"the server keeps no journal of this run: {error}")
    return ""

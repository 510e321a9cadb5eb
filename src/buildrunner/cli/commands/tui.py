"""`br tui`: the plan on the whole terminal."""

from __future__ import annotations

import os
import sys

from buildrunner.cli.context import Context
from buildrunner.cli.errors import USAGE, Refusal


def run_tui(context: Context) -> int:
    """Open the screen on this workspace; with a server, unless `--offline`, live with it."""
    workspace = context.workspace
    workspace.read()
    if context.out.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refusal(
            "no_terminal",
            "br tui needs a terminal to draw on",
            next_command="br status",
            exit_code=USAGE,
        )
    if named := context.named_actor():
        os.environ["BR_ACTOR"] = named
    from buildrunner.cli.tui.app import PlanApp

    state = workspace.state()
    linked = isinstance(state.get("project_id"), str) and context.settings.api_key
    live = bool(linked) and not context.arguments.flag("offline")
    PlanApp(workspace, context.settings, str(state["project_id"]) if live else "").run()
    return 0

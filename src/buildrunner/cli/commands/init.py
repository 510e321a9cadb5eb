"""`br init`: start a plan in a repository, overwriting nothing."""

from __future__ import annotations

import os

from buildrunner.cli.context import Context
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import PLAN, find


def run_init(context: Context) -> int:
    """Create what is missing in DIR, the current folder, or the workspace around it."""
    from buildrunner.workspace.scaffold import create

    given = context.arguments.text("DIR")
    root = os.path.normpath(context.path(given)) if given else _around(context.directory)
    done = create(root, context.arguments.text("title"))
    out = context.out
    new = PLAN in done.created
    next_command = "br next" if new else "br status"
    if given and os.path.abspath(root) != os.getcwd():
        next_command = f"br -C {given} {next_command.removeprefix('br ')}"
    for name in done.created:
        out.data(f"{out.paint('created', 'green')}  {name}")
    for name in done.changed:
        out.data(f"{out.paint('changed', 'yellow')}  {name}   (.env added)")
    for name in done.kept:
        out.data(f"{out.paint('kept', 'dim')}     {name}")
    if done.env_tracked:
        out.note("warning: git tracks .env; take it out with `git rm --cached .env`")
    out.emit(
        {
            "root": os.path.abspath(root),
            "plan": os.path.join(os.path.abspath(root), PLAN),
            "created": done.created,
            "changed": done.changed,
            "kept": done.kept,
            "env_tracked": done.env_tracked,
            "next_command": next_command,
        }
    )
    out.hint(next_command, "what to do first" if new else "this workspace was here already")
    return 0


def _around(directory: str) -> str:
    try:
        return find(directory).root
    except WorkspaceError:
        return directory

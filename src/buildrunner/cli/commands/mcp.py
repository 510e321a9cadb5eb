"""`br mcp`: hand over to the server for agents, which is not imported here."""

from __future__ import annotations

import os
import sys

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal


def run_mcp(context: Context) -> int:
    """Replace this process by `python -m buildrunner.mcp`, in this workspace."""
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise Refusal(
            "mcp_not_installed",
            "this installation does not speak to agents",
            missing=["buildrunner[mcp]"],
            next_command=f"{sys.executable} -m pip install 'buildrunner[mcp]'",
        )
    os.chdir(context.workspace.root)
    sys.stdout.flush()
    words = ["--as", name] if (name := context.named_actor()) else []
    command = [sys.executable, "-P", "-m", "buildrunner.mcp", *words]
    os.execv(sys.executable, command)  # noqa: S606 (no shell is what is wanted)

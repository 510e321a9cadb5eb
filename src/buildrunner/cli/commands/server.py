"""`br up` and `br server`: hand over to the server's own program, which is not imported here."""

from __future__ import annotations

import os
import sys

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal


def run_up(context: Context) -> int:
    """Replace this process by `python -m buildrunner.server up …`."""
    return _hand_over(context, ["up"])


def run_server(context: Context) -> int:
    """Replace this process by `python -m buildrunner.server …`."""
    return _hand_over(context, [])


def _hand_over(context: Context, words: list[str]) -> int:
    from importlib.util import find_spec

    # Only looks for the files; importing the server would cost seconds and break "local first".
    if find_spec("django") is None or find_spec("buildrunner.server.__main__") is None:
        raise Refusal(
            "server_not_installed",
            "this installation has no server",
            missing=["buildrunner[server]"],
            next_command=f"{sys.executable} -m pip install 'buildrunner[server]'",
        )
    arguments = [*words, *context.arguments.texts("OPTION")]
    if context.out.json and "--json" not in arguments:
        arguments.append("--json")
    os.chdir(context.directory)
    sys.stdout.flush()
    command = [sys.executable, "-P", "-m", "buildrunner.server", *arguments]
    os.execv(sys.executable, command)  # noqa: S606 (no shell is what is wanted)

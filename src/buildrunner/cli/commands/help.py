"""`br help [TOPIC]`: the page of a command, or of a topic such as exit-codes."""

from __future__ import annotations

from buildrunner.cli.context import Context
from buildrunner.cli.errors import usage
from buildrunner.cli.table import COMMANDS, TOPICS


def run_help(context: Context) -> int:
    """Print a page of the help folder."""
    from buildrunner.cli.main import show_group, show_page

    name = " ".join(context.arguments.texts("TOPIC")).replace(":", " ")
    if not name or name == "br":
        return show_page("br", as_json=context.out.json)
    if name in COMMANDS or name in TOPICS:
        return show_page(name.replace(" ", "-"), as_json=context.out.json)
    if any(command.startswith(name + " ") for command in COMMANDS):
        return show_group(name, as_json=context.out.json)
    from buildrunner.cli.nearest import nearest, suggestion

    close = nearest(name, [*COMMANDS, *TOPICS])
    raise usage(
        f"there is no help on {name!r}{suggestion(close)}",
        next_command=f"br help {close[0]}" if close else "br help",
        code="unknown_topic",
    )

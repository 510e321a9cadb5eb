"""Which command of `br` each tool is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

Arguments = dict[str, Any]


class Call(NamedTuple):
    """A command of `br` and what it reads."""

    words: tuple[str, ...]
    stdin: str = ""


def _plain(*words: str) -> Callable[[Arguments], Call]:
    return lambda arguments: Call((*words, "--", arguments["id"]))


def _status(_: Arguments) -> Call:
    return Call(("status",))


def _next(arguments: Arguments) -> Call:
    if arguments.get("start"):
        return Call(("next", "--start"))
    return Call(("next", f"--limit={arguments.get('limit', 3)}"))


def _context(arguments: Arguments) -> Call:
    return Call(("context", f"--budget={arguments.get('budget', 2000)}", "--", arguments["id"]))


def _claim(arguments: Arguments) -> Call:
    if arguments.get("release"):
        return Call(("release", "--", arguments["id"]))
    renew = ("--renew",) if arguments.get("renew") else ()
    return Call(("claim", *renew, "--", arguments["id"]))


def _evidence(arguments: Arguments) -> Call:
    if report := arguments.get("report"):
        return Call(("qa", "ingest", f"--microstep={arguments['id']}", "--", report))
    return Call(("qa", "run", "--", arguments["id"]))


def _ask(arguments: Arguments) -> Call:
    return Call(("block", f"--reason={arguments['question']}", "--", arguments["id"]))


def _comment(arguments: Arguments) -> Call:
    said = (arguments["text"],) if arguments.get("text") else ()
    return Call(("comment", "--", arguments["id"], *said))


def _inbox(arguments: Arguments) -> Call:
    return Call(("inbox", "--mark-read") if arguments.get("mark") else ("inbox",))


def _read(arguments: Arguments) -> Call:
    if arguments.get("id"):
        return Call(("show", "--", arguments["id"]))
    options = [
        f"--{name}={arguments[name]}" for name in ("status", "search") if arguments.get(name)
    ]
    return Call(("list", *options, f"--limit={arguments.get('limit', 50)}"))


def _patch(arguments: Arguments) -> Call:
    preview = ("--dry-run",) if arguments.get("dry_run") else ()
    return Call(("plan", "patch", *preview, "-"), json.dumps(arguments["operations"]))


CALLS: dict[str, Callable[[Arguments], Call]] = {
    "status": _status,
    "next": _next,
    "context": _context,
    "start": _plain("start"),
    "claim": _claim,
    "report_evidence": _evidence,
    "done": _plain("done"),
    "ask": _ask,
    "comment": _comment,
    "inbox": _inbox,
    "plan_read": _read,
    "plan_patch": _patch,
}

# The page of help that a tool's arguments are told on.
CALLED: dict[str, str] = {
    **{name: name for name in CALLS},
    "report_evidence": "qa run",
    "ask": "block",
    "plan_read": "list",
    "plan_patch": "plan patch",
}

"""The tools: what each is called, takes, and which command of `br` it is.

The table is kept short on purpose: an agent pays for every word of it in each conversation.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

Arguments = dict[str, Any]
_ID = {"type": "string", "description": "microstep id, e.g. m1.s1.ms2"}


class Call(NamedTuple):
    """A command of `br` and what it reads."""

    words: tuple[str, ...]
    stdin: str = ""


class Verb(NamedTuple):
    """One tool. `reads` tells that it changes nothing."""

    name: str
    description: str
    properties: dict[str, Any]
    required: tuple[str, ...]
    call: Callable[[Arguments], Call]
    reads: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the arguments."""
        return {
            "type": "object",
            "properties": self.properties,
            "required": list(self.required),
            "additionalProperties": False,
        }


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


VERBS = (
    Verb("status", "Where the plan stands: counts, what is in work, blocked, next.", {}, (), _status, True),
    Verb(
        "next",
        "The best microsteps that are ready, and why. start=true takes and starts the first one.",
        {"limit": {"type": "integer", "minimum": 1, "maximum": 20}, "start": {"type": "boolean"}},
        (),
        _next,
    ),
    Verb(
        "context",
        "What is needed to do a microstep: goal, criteria, dependencies, files, decisions.",
        {"id": _ID, "budget": {"type": "integer", "minimum": 100, "description": "tokens"}},
        ("id",),
        _context,
        True,
    ),
    Verb("start", "Claim a microstep and begin. Claims are renewed while you are connected.", {"id": _ID}, ("id",), _plain("start")),
    Verb(
        "claim",
        "Hold a microstep without starting it, renew the hold, or release it.",
        {"id": _ID, "renew": {"type": "boolean"}, "release": {"type": "boolean"}},
        ("id",),
        _claim,
    ),
    Verb(
        "report_evidence",
        "Run the checks of a microstep and keep the signed evidence; or take in a report file"
        " (JUnit XML, SARIF, coverage) that a tool wrote.",
        {"id": _ID, "report": {"type": "string", "description": "path of a report file"}},
        ("id",),
        _evidence,
    ),
    Verb(
        "done",
        "Finish a microstep. Refused until each criterion has passing evidence or a person's"
        " sign-off; the refusal says what is missing and the command that would give it.",
        {"id": _ID},
        ("id",),
        _plain("done"),
    ),
    Verb(
        "ask",
        "Put a question to the people: the microstep is blocked until it is answered.",
        {"id": _ID, "question": {"type": "string"}},
        ("id", "question"),
        _ask,
    ),
    Verb(
        "comment",
        "What people said about an entity on the linked server; with text, say something there.",
        {"id": {"type": "string"}, "text": {"type": "string"}},
        ("id",),
        _comment,
    ),
    Verb(
        "plan_read",
        "One entity with everything about it (id), or a list of microsteps.",
        {
            "id": {"type": "string", "description": "milestone, step or microstep"},
            "status": {"enum": ["todo", "doing", "blocked", "done"]},
            "search": {"type": "string"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 500},
        },
        (),
        _read,
        True,
    ),
    Verb(
        "plan_patch",
        "Change the plan, all or nothing. Operations: {op:'set',id,field,value}, {op:'unset',id,field},"
        " {op:'add',parent,after,value}, {op:'remove',id}, {op:'move',id,parent,after}.",
        {
            "operations": {"type": "array", "items": {"type": "object"}, "minItems": 1},
            "dry_run": {"type": "boolean"},
        },
        ("operations",),
        _patch,
    ),
)  # fmt: skip
BY_NAME = {verb.name: verb for verb in VERBS}

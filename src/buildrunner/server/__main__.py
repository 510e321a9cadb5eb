"""`python -m buildrunner.server`: what an operator types; `br up` and `br server` end here."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn
from uuid import UUID

from buildrunner.server.operations import commands
from buildrunner.server.operations.words import Words
from buildrunner.server.platform.errors import DomainError, OperatorProblem

# These run under the supervisor: their log is the place for a traceback.
_BACKGROUND = frozenset({"web", "worker", "prepare"})

_EXAMPLES = """\
examples:
  br up                              start everything; prints a sign-in link
  br up --port 0 --json              a free port; one line of JSON when it is ready
  br server check                    what is right and wrong here
  br server link                     a new sign-in link for the owner
  DATABASE_URL=postgresql://… br up  use a PostgreSQL that you run
"""


class Usage(Exception):
    """The command line makes no sense; `command` shows how it would."""

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message)
        self.command = command


class Parser(argparse.ArgumentParser):
    """Raises `Usage` where argparse would print and leave: `--json` wants one object."""

    def error(self, message: str) -> NoReturn:
        """See `argparse.ArgumentParser.error`."""
        raise Usage(message, f"{self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """The words and options."""
    top = Parser(
        prog="br server",
        description="Run and look after a BuildRunner server.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shared = Parser(add_help=False)
    shared.add_argument("--data-dir", metavar="DIR", help="where data, secrets and logs are kept")
    shared.add_argument("--json", action="store_true", help="one JSON object on stdout")
    serving = Parser(add_help=False)
    serving.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("BR_PORT") or str(commands.DEFAULT_PORT),
        help=f"default {commands.DEFAULT_PORT}; 0 takes a free one",
    )
    serving.add_argument(
        "--listen",
        action="append",
        metavar="ADDRESS",
        help="instead of both loopbacks, e.g. 0.0.0.0 in a container (repeatable)",
    )
    words = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    up = words.add_parser("up", parents=[shared, serving], help="start everything here")
    up.add_argument("--no-browser", action="store_true", help="do not open the sign-in page")
    up.add_argument("--verbose", action="store_true", help="show what web and worker log")
    migrate = words.add_parser("migrate", parents=[shared], help="bring the tables up to date")
    migrate.add_argument("--force", action="store_true", help="apply the roles' rights anew")
    migrate.add_argument("--plan", action="store_true", help="only show what is missing")
    migrate.add_argument("--check", action="store_true", help="the same; 1 if anything is")
    web = words.add_parser("web", parents=[shared, serving], help="the web process alone")
    web.add_argument("--fd", action="append", type=int, help=argparse.SUPPRESS)
    words.add_parser("worker", parents=[shared], help="the worker process alone")
    words.add_parser("check", parents=[shared], help="what is right and wrong here")
    link = words.add_parser("link", parents=[shared], help="a new one-time sign-in link")
    link.add_argument("email", nargs="?", help="whose; default: the owner's")
    tier = words.add_parser("tier", parents=[shared], help="what an organization may use")
    tier.add_argument("org", type=_identifier, metavar="ORG", help="the organization's id")
    tier.add_argument("tier", nargs="?", help="put it on this one")
    _custody(words, shared)
    words.add_parser("prepare", parents=[shared])
    return top


def _custody(words: Any, shared: Parser) -> None:
    """Backup, restore and keys."""
    sealed = Parser(add_help=False)
    sealed.add_argument(
        "--passphrase-file",
        metavar="FILE",
        help="its first line is the passphrase of the backup (else BR_BACKUP_PASSPHRASE)",
    )
    backup = words.add_parser("backup", parents=[shared, sealed], help="everything into one file")
    backup.add_argument("file", metavar="FILE", help="must not exist yet")
    backup.add_argument(
        "--without-keys", action="store_true", help="leave the keys out; keep them yourself"
    )
    backup.add_argument(
        "--no-verify",
        dest="verify",
        action="store_false",
        help="do not restore the copy beside and compare it",
    )
    restore = words.add_parser("restore", parents=[shared, sealed], help="everything from one file")
    restore.add_argument("file", metavar="FILE", help="made by br server backup")
    restore.add_argument(
        "--replace", action="store_true", help="keep beside what is there, and take its place"
    )
    keys = words.add_parser("keys", parents=[shared], help="names and ages of the keys; new ones")
    keys.add_argument(
        "action",
        nargs="?",
        choices=["list", "rotate", "unprotect"],
        default="list",
        help="list (the default), rotate KEY, unprotect: write the keyring in the clear again",
    )
    keys.add_argument("key", nargs="?", choices=["master", "secret"], help="the one to rotate")
    keys.add_argument(
        "--forget", action="store_true", help="rotate secret: what the old one signed ends"
    )


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an id") from None


def _port(text: str) -> int:
    if text.isdigit() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port; use 0 to 65535")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 done, 1 refused, 2 usage, 130 interrupted."""
    typed = sys.argv[1:] if arguments is None else arguments
    try:
        given = parser().parse_args(typed)
    except Usage as wrong:
        problem = OperatorProblem(f"{wrong}.", hint=f"See {wrong.command}")
        Words(as_json="--json" in typed).refuse(problem, code="usage", command=wrong.command)
        return 2
    say = Words(as_json=given.json or given.command == "prepare")
    try:
        return int(getattr(commands, f"run_{given.command}")(given, say))
    except OperatorProblem as problem:
        say.refuse(problem)
    except DomainError as refusal:
        say.refuse(OperatorProblem(refusal.detail), code=refusal.code)
    except KeyboardInterrupt:
        return 130
    except Exception as problem:
        if given.command in _BACKGROUND or os.environ.get("BR_DEBUG"):
            raise
        say.refuse(_unexpected(problem), code="unexpected")
    return 1


def _unexpected(problem: Exception) -> OperatorProblem:
    if isinstance(problem, OSError) and problem.errno in {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
    }:
        where = f" at {problem.filename}" if problem.filename else ""
        return OperatorProblem(
            f"No space is left{where}.",
            hint="Make room, or choose a folder on another disk with --data-dir DIR.",
        )
    first = (str(problem).strip().splitlines() or [""])[0]
    return OperatorProblem(
        f"{type(problem).__name__}: {first}" if first else type(problem).__name__,
        hint="Set BR_DEBUG=1 and try again to see where.",
    )


if __name__ == "__main__":
    sys.exit(main())

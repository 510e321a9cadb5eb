"""What ends a command early, in a form both people and programs can act on."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

OK = 0
REFUSED = 1
USAGE = 2
NO_WORKSPACE = 3
NOT_ALLOWED = 4
CONFLICT = 5
UNREACHABLE = 6
INTERRUPTED = 130


class Refusal(Exception):
    """A command that will not or cannot go on.

    `code` is stable; `missing` lists what would have to be there; `next_command` is what to type;
    `extra` are further members of the JSON answer (findings, conflicts).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        missing: Iterable[str] = (),
        next_command: str = "",
        exit_code: int = REFUSED,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.missing = list(missing)
        self.next_command = next_command
        self.exit_code = exit_code
        self.extra = extra or {}


def usage(message: str, *, next_command: str = "", code: str = "usage") -> Refusal:
    """A refusal for a command line that makes no sense (exit code 2)."""
    return Refusal(code, message, next_command=next_command, exit_code=USAGE)

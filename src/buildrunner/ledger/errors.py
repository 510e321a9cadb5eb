"""What is wrong with a file, a proof or a note that was handed in."""

from __future__ import annotations


class LedgerError(Exception):
    """A refusal with a stable `code`, what happened, and in `hint` what to do next."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

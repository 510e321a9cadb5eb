"""What can go wrong with a Build Spec, with the place and the mend."""

from __future__ import annotations


class SpecError(Exception):
    """A document or an operation that cannot be used.

    `code` is stable and machine-readable (`BR101`, `not_canonical` …); `line` and `column`
    count from 1; `pointer` is an RFC 6901 JSON pointer; `hint` says how to mend it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        pointer: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.column = column
        self.pointer = pointer
        self.hint = hint

    def __str__(self) -> str:
        if self.line is None:
            return self.message
        column = f", column {self.column}" if self.column is not None else ""
        return f"line {self.line}{column}: {self.message}"


class PlanSyntaxError(SpecError):
    """The bytes are not one JSON object in UTF-8; `line` and `column` say where it breaks."""

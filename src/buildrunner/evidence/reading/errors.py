"""What is wrong with a report file, and where."""

from __future__ import annotations

# More than a test suite of a hundred thousand cases writes; a report is held in memory whole.
MOST_BYTES = 64 * 1024 * 1024
MOST_ENTRIES = 500_000


class ReportError(Exception):
    """A report that cannot be read or proves nothing.

    `code` is one of `report_empty`, `report_malformed`, `report_hostile`, `report_aborted`,
    `report_too_large`, `report_wrong_kind`, `report_no_tests`. `line` and `column` count from 1.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        name: str,
        line: int | None = None,
        column: int | None = None,
        hint: str = "",
    ) -> None:
        self.code = code
        self.message = message
        self.name = name
        self.line = line
        self.column = column
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        place = self.name
        if self.line is not None:
            place += f":{self.line}"
            place += f":{self.column}" if self.column is not None else ""
        return f"{place}: {self.message}"


def check_size(data: bytes, name: str, most: int = MOST_BYTES) -> None:
    """Refuse what is empty and what is too large to be held."""
    if not data.strip():
        raise ReportError(
            "report_empty",
            "the file is empty" if not data else "the file holds nothing but white space",
            name=name,
            line=1,
            column=1,
            hint="the run that should have written it was probably stopped",
        )
    if len(data) > most:
        raise ReportError(
            "report_too_large",
            f"{len(data):,} bytes are more than the {most:,} that are read",
            name=name,
            hint="split the report",
        )

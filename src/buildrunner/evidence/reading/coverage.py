"""What every coverage report comes down to: lines and branches, covered and all, for each file."""

from __future__ import annotations

from buildrunner.evidence.reading.errors import ReportError


class Tally:
    """Lines and branches of one file, or of all."""

    __slots__ = ("branches", "branches_hit", "lines", "lines_hit")

    def __init__(self, lines: int = 0, hit: int = 0, branches: int = 0, taken: int = 0) -> None:
        self.lines = lines
        self.lines_hit = hit
        self.branches = branches
        self.branches_hit = taken

    def add(self, other: Tally) -> None:
        """Count another one in."""
        self.lines += other.lines
        self.lines_hit += other.lines_hit
        self.branches += other.branches
        self.branches_hit += other.branches_hit

    @property
    def line_percent(self) -> float | None:
        """0 to 100; None where there is no line."""
        return 100 * self.lines_hit / self.lines if self.lines else None

    @property
    def branch_percent(self) -> float | None:
        """0 to 100; None where there is no branch."""
        return 100 * self.branches_hit / self.branches if self.branches else None


class CoverageReport:
    """Path → tally, and the sum of all."""

    __slots__ = ("files", "total")

    def __init__(self, files: dict[str, Tally], name: str) -> None:
        self.files = files
        self.total = Tally()
        for tally in files.values():
            self.total.add(tally)
        if not self.total.lines:
            raise ReportError(
                "report_no_tests",
                "the report measured no line",
                name=name,
                line=1,
                hint="look at what the tests were told to measure",
            )


def refuse_negative(tally: Tally, path: str, name: str, line: int | None = None) -> None:
    """Counts that cannot be are a mistake of the writer, not a number to judge by."""
    if not (0 <= tally.lines_hit <= tally.lines and 0 <= tally.branches_hit <= tally.branches):
        raise ReportError(
            "report_malformed",
            f"{path}: {tally.lines_hit} of {tally.lines} lines and {tally.branches_hit} of "
            f"{tally.branches} branches cannot be",
            name=name,
            line=line,
        )

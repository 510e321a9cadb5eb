"""LCOV tracefiles as geninfo(1) describes them: SF, DA, BRDA, LF/LH, BRF/BRH, end_of_record."""

from __future__ import annotations

from buildrunner.evidence.reading.coverage import CoverageReport, Tally, refuse_negative
from buildrunner.evidence.reading.errors import MOST_ENTRIES, ReportError, check_size

_KNOWN = (
    "TN", "SF", "VER", "FN", "FNL", "FNA", "FNDA", "FNF", "FNH", "DA", "BRDA", "BRF", "BRH", "MCDC",
    "MCF", "MCH", "LF", "LH",
)  # fmt: skip


class _Record:
    """One SF…end_of_record section. Sections of one file are joined: a line hit in any is hit."""

    def __init__(self) -> None:
        self.lines: dict[int, int] = {}
        self.branches: dict[str, bool] = {}
        self.summary: dict[str, int] = {}

    def tally(self) -> Tally:
        lines = len(self.lines) or self.summary.get("LF", 0)
        hit = (
            sum(count > 0 for count in self.lines.values())
            if self.lines
            else self.summary.get("LH", 0)
        )
        branches = len(self.branches) or self.summary.get("BRF", 0)
        taken = sum(self.branches.values()) if self.branches else self.summary.get("BRH", 0)
        return Tally(lines, hit, branches, taken)


def read(data: bytes, name: str) -> CoverageReport:
    """An LCOV file. Raises ReportError with the line."""
    check_size(data, name)
    records: dict[str, _Record] = {}
    path, at, entries, line = "", None, 0, 0
    for line, raw in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        if text == "end_of_record":
            at = None
            continue
        key, colon, value = text.partition(":")
        if not colon or key not in _KNOWN:
            raise _wrong(name, line, text, first=not records)
        entries += 1
        if entries > 10 * MOST_ENTRIES:
            raise ReportError("report_too_large", "more lines than are read", name=name, line=line)
        if key == "SF":
            path = value
            at = records.setdefault(path, _Record())
        elif at is not None:
            _take(at, key, value, name, line)
        elif key not in ("TN", "VER"):
            raise ReportError(
                "report_malformed", f"{key} stands outside of SF … end_of_record", name=name,
                line=line, column=1,
            )  # fmt: skip
    if at is not None:
        raise ReportError(
            "report_aborted",
            f"the file ends inside the record of {path}: it was cut off",
            name=name,
            line=line,
            hint="the run that wrote it was stopped; run it again",
        )
    tallies = {path: record.tally() for path, record in records.items()}
    for path, tally in tallies.items():
        refuse_negative(tally, path, name)
    return CoverageReport(tallies, name)


def _take(at: _Record, key: str, value: str, name: str, line: int) -> None:
    fields = value.split(",")
    try:
        if key == "DA":
            number = int(fields[0])
            at.lines[number] = max(at.lines.get(number, 0), int(fields[1]))
        elif key == "BRDA":
            branch = ",".join(fields[:-1])
            taken = fields[-1] not in ("-", "0")
            at.branches[branch] = at.branches.get(branch, False) or taken
        elif key in ("LF", "LH", "BRF", "BRH"):
            at.summary[key] = at.summary.get(key, 0) + int(value)
    except (ValueError, IndexError):
        raise ReportError(
            "report_malformed", f"{key}:{value[:60]} is not what LCOV writes", name=name,
            line=line, column=len(key) + 2,
        ) from None  # fmt: skip


def _wrong(name: str, line: int, text: str, *, first: bool) -> ReportError:
    if first:
        return ReportError(
            "report_wrong_kind", "this is no LCOV tracefile", name=name, line=line, column=1
        )
    return ReportError(
        "report_malformed", f"{text[:60]!r} is not what LCOV writes", name=name, line=line, column=1
    )

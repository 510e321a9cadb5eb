"""The JSON report of coverage.py (`coverage json`), formats 2 and 3."""

from __future__ import annotations

from typing import Any

from buildrunner.evidence.reading.coverage import CoverageReport, Tally, refuse_negative
from buildrunner.evidence.reading.errors import ReportError
from buildrunner.evidence.reading.objects import load


def read(data: bytes, name: str) -> CoverageReport:
    """A coverage.py file. Raises ReportError."""
    value = load(data, name)
    meta, files = value.get("meta"), value.get("files")
    if not isinstance(meta, dict) or not isinstance(files, dict) or "totals" not in value:
        raise ReportError(
            "report_wrong_kind",
            "coverage.py's report has meta, files and totals",
            name=name,
            line=1,
            hint="write it with `coverage json`",
        )
    found: dict[str, Tally] = {}
    for path, entry in files.items():
        summary = entry.get("summary") if isinstance(entry, dict) else None
        if not isinstance(summary, dict):
            raise ReportError("report_malformed", f"files[{path!r}] has no summary", name=name)
        tally = Tally(
            _whole(summary, "num_statements", path, name),
            _whole(summary, "covered_lines", path, name),
            _whole(summary, "num_branches", path, name, absent=0),
            _whole(summary, "covered_branches", path, name, absent=0),
        )
        refuse_negative(tally, path, name)
        found[path] = tally
    return CoverageReport(found, name)


def _whole(
    summary: dict[str, Any], member: str, path: str, name: str, absent: int | None = None
) -> int:
    value = summary.get(member, absent)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ReportError(
            "report_malformed", f"files[{path!r}].summary.{member} is no whole number", name=name
        )
    return value

"""Telling report formats apart by what they hold; names lie more often."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from buildrunner.evidence.reading.errors import ReportError, check_size

FORMATS = ("junit", "sarif", "cobertura", "coverage.py", "lcov")
KIND_OF = {
    "junit": "junit",
    "sarif": "sarif",
    "cobertura": "coverage",
    "coverage.py": "coverage",
    "lcov": "coverage",
}
_HEAD = 64 * 1024
_ELEMENT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_SARIF = re.compile(rb'"runs"\s*:|sarif')
_COVERAGE = re.compile(rb'"meta"\s*:|"totals"\s*:')
_LCOV = re.compile(rb"(?m)^(?:TN|SF|DA):")


def format_of(data: bytes, name: str) -> str:
    """One of FORMATS. Raises ReportError where it is none of them."""
    check_size(data, name)
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\0", b"")
    if head.startswith((b"<", b"\xff\xfe<", b"\xfe\xff<")):
        found = [m[1] for m in _ELEMENT.finditer(re.sub(rb"(?s)<!--.*?-->", b"", head))]
        root = found[0].decode() if found else ""
        if root in ("testsuites", "testsuite"):
            return "junit"
        if root == "coverage":
            return "cobertura"
        raise ReportError(
            "report_wrong_kind",
            f"<{root}> is neither JUnit nor Cobertura" if root else "it holds no element",
            name=name, line=1, column=1,
        )  # fmt: skip
    if head.startswith(b"{"):
        if _SARIF.search(head) or b'"$schema"' in head:
            return "sarif"
        if _COVERAGE.search(head) or _COVERAGE.search(data):
            return "coverage.py"
        if _SARIF.search(data):
            return "sarif"
    elif _LCOV.search(head):
        return "lcov"
    raise ReportError(
        "report_wrong_kind",
        "neither JUnit XML, SARIF, Cobertura, coverage.py JSON nor LCOV",
        name=name, line=1, column=1,
    )  # fmt: skip


def read(data: bytes, name: str, kind: str) -> Any:
    """A report of a check's kind (junit, sarif or coverage), whatever its format.

    Returns a JUnitReport, SarifReport or CoverageReport. Raises ReportError.
    """
    format_ = format_of(data, name)
    if KIND_OF[format_] != kind:
        raise ReportError(
            "report_wrong_kind", f"a {format_} report, where {kind} is expected", name=name, line=1
        )
    return _reader(format_)(data, name)


def _reader(format_: str) -> Callable[[bytes, str], Any]:
    if format_ == "junit":
        from buildrunner.evidence.reading import junit

        return junit.read
    if format_ == "sarif":
        from buildrunner.evidence.reading import sarif

        return sarif.read
    if format_ == "cobertura":
        from buildrunner.evidence.reading import cobertura

        return cobertura.read
    if format_ == "coverage.py":
        from buildrunner.evidence.reading import coveragepy

        return coveragepy.read
    from buildrunner.evidence.reading import lcov

    return lcov.read

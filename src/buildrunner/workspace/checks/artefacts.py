"""Files that checks look at: the one of kind file, and reports that tools wrote."""

from __future__ import annotations

import glob
import os
import stat
from hashlib import sha256
from typing import Any

from buildrunner.evidence.expectations import reports
from buildrunner.evidence.expectations.answers import judge_file
from buildrunner.evidence.expectations.definitions import text
from buildrunner.evidence.expectations.verdict import (
    ExpectationError,
    Verdict,
    brief,
    error,
    failed,
)
from buildrunner.evidence.reading.coverage import CoverageReport
from buildrunner.evidence.reading.detection import read
from buildrunner.evidence.reading.errors import MOST_BYTES, ReportError
from buildrunner.evidence.reading.junit import JUnitReport
from buildrunner.evidence.reading.sarif import SarifReport
from buildrunner.workspace.checks.capture import KEPT, Capture
from buildrunner.workspace.checks.surroundings import inside

_MOST_FILES = 2_000
Signature = tuple[int, int, int]


def look(root: str, definition: dict[str, Any], cwd: str, output: Capture) -> Verdict:
    """A check of kind file: `path`, relative to `cwd`, against `expect`."""
    name = text(definition, "path")
    if not name:
        raise ExpectationError("path is missing: which file?")
    path = inside(root, name, "path", cwd)
    try:
        data, digest, size = _read_for_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return judge_file(definition, name, exists=False, digest="", content="", whole=True)
    except IsADirectoryError:
        return judge_file(definition, name, exists=True, digest="", content="", whole=True)
    except OSError as problem:
        return error(f"{name}: {problem.strerror}")
    output.feed(f"{name}: {size} bytes, sha256:{digest}\n".encode())
    return judge_file(
        definition,
        name,
        exists=True,
        digest=digest,
        content=data.decode("utf-8", "replace"),
        whole=len(data) == size,
    )


def _read_for_file(path: str) -> tuple[bytes, str, int]:
    """(the first KEPT bytes, SHA-256 of all, size); pipes and devices are not opened."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        if os.path.isdir(path):
            raise IsADirectoryError(path)
        raise OSError(0, "no regular file", path)
    digest, kept, size = sha256(), bytearray(), 0
    with open(path, "rb") as file:
        while chunk := file.read(1_048_576):
            digest.update(chunk)
            size += len(chunk)
            if len(kept) < KEPT:
                kept += chunk[: KEPT - len(kept)]
    return bytes(kept), digest.hexdigest(), size


def report_names(root: str, definition: dict[str, Any], cwd: str) -> dict[str, Signature]:
    """Path → signature of the report files there are now. Raises ExpectationError.

    `report` is a path or a pattern with `*`, `?` and `**`, relative to `cwd`.
    """
    pattern = text(definition, "report")
    if not pattern:
        raise ExpectationError("report is missing: which file does the tool write?")
    if os.path.isabs(pattern) or ".." in pattern.split("/"):
        inside(root, pattern, "report", cwd)
    found: dict[str, Signature] = {}
    for name in sorted(glob.iglob(os.path.join(glob.escape(cwd), pattern), recursive=True)):
        path = inside(root, name, "report")
        try:
            status = os.stat(path)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
        if len(found) > _MOST_FILES:
            raise ExpectationError(f"report {brief(pattern)} fits more than {_MOST_FILES} files")
    return found


def judge_reports(
    root: str, definition: dict[str, Any], cwd: str, kind: str, before: dict[str, Signature] | None
) -> Verdict:
    """The reports of a check against `expect`.

    `before` is what was there when its command began: a report it did not write again is of an
    earlier run and says nothing. None where the check has no command of its own.
    """
    after = report_names(root, definition, cwd)
    pattern = definition["report"]
    if not after:
        return error(f"there is no report {pattern}")
    fresh = [path for path, signature in after.items() if (before or {}).get(path) != signature]
    if not fresh:
        return error(f"the command did not write {pattern}; the one there is of an earlier run")
    try:
        return reports.judge(definition, read_reports(root, fresh, kind))
    except ReportError as problem:
        # What the report says is wrong is judged; that it says nothing is no verdict.
        empty = problem.code in ("report_no_tests", "report_empty")
        return (failed if empty else error)(str(problem))


def read_reports(root: str, paths: list[str], kind: str) -> object:
    """One report out of one or several files. Raises ReportError."""
    merged: object = None
    for path in paths:
        name = os.path.relpath(path, os.path.realpath(root))
        one = read(read_bounded(path, name), name, kind)
        merged = one if merged is None else _joined(merged, one, name)
    _localise(merged, os.path.realpath(root))
    return merged


def _localise(report: object, root: str) -> None:
    """Absolute paths as they are in the repository: what is recorded says nothing of the machine."""
    prefix = root.rstrip(os.sep) + os.sep
    if isinstance(report, SarifReport):
        for result in report.results:
            result.path = result.path.removeprefix(prefix)
    elif isinstance(report, JUnitReport):
        for case in report.cases:
            case.file = case.file.removeprefix(prefix)
    elif isinstance(report, CoverageReport):
        report.files = {name.removeprefix(prefix): tally for name, tally in report.files.items()}


def read_bounded(path: str, name: str) -> bytes:
    """The bytes of a report, never more than are read. Raises ReportError."""
    try:
        with open(path, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as problem:
        words = (problem.strerror or str(problem)).lower()
        raise ReportError("report_unreadable", words, name=name) from None


def _joined(one: object, other: object, name: str) -> object:
    if isinstance(one, JUnitReport) and isinstance(other, JUnitReport):
        one.cases += other.cases
        one.suites += other.suites
        one.uncounted += max(other.uncounted, 0)
    elif isinstance(one, SarifReport) and isinstance(other, SarifReport):
        one.tools += [tool for tool in other.tools if tool not in one.tools]
        one.results += other.results
        one.suppressed += other.suppressed
    elif isinstance(one, CoverageReport) and isinstance(other, CoverageReport):
        twice = one.files.keys() & other.files.keys()
        if twice:
            raise ReportError(
                "report_malformed", f"{min(twice)} is measured in an earlier report too", name=name,
                hint="let the tool combine its reports first",
            )  # fmt: skip
        return CoverageReport(one.files | other.files, name)
    return one

"""JUnit XML as pytest, Surefire, Jest, Gradle, Go, PHPUnit and CTest write it.

There is no standard; the common ground is the schema of Apache Ant and Maven Surefire: suites that
may nest, and cases that carry `failure`, `error` or `skipped`.
"""

from __future__ import annotations

from buildrunner.evidence.reading.elements import Reader, parse
from buildrunner.evidence.reading.errors import MOST_ENTRIES, ReportError

PASSED, FAILED, ERROR, SKIPPED = "passed", "failed", "error", "skipped"
_MESSAGE = 300
_SEVERITY = {PASSED: 0, SKIPPED: 1, FAILED: 2, ERROR: 3}
_STATUSES = {"notrun": SKIPPED, "disabled": SKIPPED, "skipped": SKIPPED, "fail": FAILED}


class Case:
    """One test case; `line` is where it stands in the report, `suite` the names above it."""

    __slots__ = ("classname", "file", "line", "message", "name", "outcome", "suite")

    def __init__(
        self, name: str, classname: str, file: str, suite: tuple[str, ...], line: int
    ) -> None:
        self.name = name
        self.classname = classname
        self.file = file
        self.suite = suite
        self.line = line
        self.outcome = PASSED
        self.message = ""

    @property
    def full_name(self) -> str:
        """`classname.name`, or the name where there is no class."""
        return f"{self.classname}.{self.name}" if self.classname else self.name

    def mark(self, outcome: str, message: str) -> None:
        """The worst of several outcomes counts."""
        if _SEVERITY[outcome] > _SEVERITY[self.outcome]:
            self.outcome, self.message = outcome, message.strip()[:_MESSAGE]


class JUnitReport:
    """All cases in order, the names of all suites, and the failures that only suites count."""

    __slots__ = ("cases", "suites", "uncounted")

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.suites: list[str] = []
        self.uncounted = 0

    def count(self, outcome: str) -> int:
        """How many cases ended so."""
        return sum(case.outcome == outcome for case in self.cases)


class _Suite:
    __slots__ = ("begun", "line", "name", "said", "said_failing")

    def __init__(self, name: str, begun: int, line: int, attributes: dict[str, str]) -> None:
        self.name = name
        self.begun = begun
        self.line = line
        self.said = _number(attributes, "tests")
        self.said_failing = _number(attributes, "failures") + _number(attributes, "errors")


def _number(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class _JUnit(Reader):
    def __init__(self) -> None:
        super().__init__()
        self.report = JUnitReport()
        self.open: list[_Suite] = []
        self.case: Case | None = None
        self.pending: tuple[str, list[str]] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.path) == 1 and name not in ("testsuites", "testsuite"):
            raise self.fail(
                "report_wrong_kind", f"<{name}> is not JUnit XML: <testsuites> is expected"
            )
        if name in ("testsuite", "testsuites"):
            title = attributes.get("name", "")
            self.open.append(_Suite(title, len(self.report.cases), self.line, attributes))
            if name == "testsuite":
                self.report.suites.append(title)
        elif name == "testcase":
            self._begin(attributes)
        elif self.case is not None and name in ("failure", "error", "skipped"):
            outcome = {"failure": FAILED, "error": ERROR}.get(name, SKIPPED)
            words = attributes.get("message") or attributes.get("type") or ""
            self.pending = (outcome, [words])

    def _begin(self, attributes: dict[str, str]) -> None:
        if len(self.report.cases) >= MOST_ENTRIES:
            raise self.fail("report_too_large", f"more than {MOST_ENTRIES:,} test cases")
        # Gradle and JUnit 5 may leave the name out of a container that failed.
        self.case = Case(
            attributes.get("name", ""),
            attributes.get("classname", ""),
            attributes.get("file", ""),
            tuple(suite.name for suite in self.open if suite.name),
            self.line,
        )
        said = _STATUSES.get(attributes.get("status", "").lower())
        said = said or _STATUSES.get(attributes.get("result", "").lower())
        if said:
            self.case.mark(said, attributes.get("status", ""))

    def text(self, text: str) -> None:
        if self.pending is not None and not self.pending[1][0]:
            pieces = self.pending[1]
            if sum(map(len, pieces)) < _MESSAGE:
                pieces.append(text)

    def end(self, name: str) -> None:
        if name in ("failure", "error", "skipped") and self.pending is not None:
            if self.case is not None:
                self.case.mark(self.pending[0], "".join(self.pending[1]))
            self.pending = None
        elif name == "testcase" and self.case is not None:
            self.report.cases.append(self.case)
            self.case = None
        elif name in ("testsuite", "testsuites"):
            self._close(self.open.pop())

    def _close(self, suite: _Suite) -> None:
        """A suite that counts more cases than it shows was cut off by an honest writer."""
        cases = self.report.cases[suite.begun :]
        if suite.said > len(cases):
            named = f"suite {suite.name!r}" if suite.name else "the suite"
            raise ReportError(
                "report_aborted",
                f"{named} counts {suite.said} tests but shows {len(cases)}",
                name=self.name,
                line=suite.line,
                hint="the run was stopped before its end; run it again",
            )
        failing = sum(case.outcome in (FAILED, ERROR) for case in cases)
        self.report.uncounted = max(self.report.uncounted, suite.said_failing - failing)


def read(data: bytes, name: str) -> JUnitReport:
    """A JUnit file. Raises ReportError, also where it holds no test at all."""
    reader = _JUnit()
    parse(data, name, reader)
    if not reader.report.cases:
        raise ReportError(
            "report_no_tests",
            "the report holds no test case",
            name=name,
            line=1,
            hint="a run that finds no test proves nothing; look at what it was asked to run",
        )
    return reader.report

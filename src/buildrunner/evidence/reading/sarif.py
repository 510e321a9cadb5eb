"""SARIF 2.1.0 (OASIS standard), as far as a verdict needs it."""

from __future__ import annotations

from typing import Any

from buildrunner.evidence.reading.errors import MOST_ENTRIES, ReportError
from buildrunner.evidence.reading.objects import load

LEVELS = ("none", "note", "warning", "error")
_MESSAGE = 300


class Result:
    """One finding: rule, level, message, and the place it names."""

    __slots__ = ("level", "line", "message", "path", "rule", "tool")

    def __init__(
        self, tool: str, rule: str, level: str, message: str, path: str, line: int | None
    ) -> None:
        self.tool = tool
        self.rule = rule
        self.level = level
        self.message = message
        self.path = path
        self.line = line

    @property
    def place(self) -> str:
        """`path:line`, as much of it as is known."""
        return f"{self.path}:{self.line}" if self.path and self.line else self.path


class SarifReport:
    """The tools that ran and the results that stand: failures nobody suppressed."""

    __slots__ = ("results", "suppressed", "tools")

    def __init__(self) -> None:
        self.tools: list[str] = []
        self.results: list[Result] = []
        self.suppressed = 0


def read(data: bytes, name: str) -> SarifReport:
    """A SARIF file. Raises ReportError where it is malformed or a run did not come to its end."""
    log = load(data, name)
    runs = log.get("runs")
    version = log.get("version")
    if version != "2.1.0" or not isinstance(runs, list):
        what = f"version {version!r}" if version is not None else "no version"
        raise ReportError(
            "report_wrong_kind", f"SARIF 2.1.0 is expected; this has {what}", name=name, line=1
        )
    if not runs:
        raise ReportError(
            "report_no_tests", "the log holds no run: nothing was analysed", name=name, line=1
        )
    report = SarifReport()
    for number, run in enumerate(runs):
        _read_run(run, number, name, report)
    return report


def _read_run(run: Any, number: int, name: str, report: SarifReport) -> None:
    where = f"runs[{number}]"
    driver = _member(_member(run, "tool"), "driver")
    tool = driver.get("name")
    if not isinstance(tool, str) or not tool:
        raise ReportError("report_malformed", f"{where}.tool.driver.name is missing", name=name)
    report.tools.append(tool)
    for invocation in _list(run, "invocations"):
        if isinstance(invocation, dict) and invocation.get("executionSuccessful") is False:
            raise ReportError(
                "report_aborted",
                f"{where}: {tool} says that it did not finish (executionSuccessful is false)",
                name=name,
                hint="look at its toolExecutionNotifications, then run it again",
            )
    results = run.get("results")
    if not isinstance(results, list):
        raise ReportError(
            "report_aborted",
            f"{where} has no results: {tool} did not get as far as computing them",
            name=name,
        )
    if len(results) > MOST_ENTRIES:
        raise ReportError("report_too_large", f"more than {MOST_ENTRIES:,} results", name=name)
    defaults = _defaults(driver)
    for result in results:
        if isinstance(result, dict):
            _take(result, tool, defaults, report)


def _defaults(driver: dict[str, Any]) -> dict[Any, str]:
    """Rule id and rule index → default level."""
    found: dict[Any, str] = {}
    for place, rule in enumerate(_list(driver, "rules")):
        level = _member(rule, "defaultConfiguration").get("level")
        if level in LEVELS:
            found[place] = level
            if isinstance(rule.get("id"), str):
                found[rule["id"]] = level
    return found


def _take(result: dict[str, Any], tool: str, defaults: dict[Any, str], report: SarifReport) -> None:
    # Section 3.27.9: only `fail` is a finding, and it is the default.
    if result.get("kind", "fail") != "fail" or result.get("baselineState") == "absent":
        return
    accepted = [
        s
        for s in _list(result, "suppressions")
        if isinstance(s, dict) and s.get("status", "accepted") == "accepted"
    ]
    if accepted:
        report.suppressed += 1
        return
    rule = result.get("ruleId") or _member(result, "rule").get("id") or ""
    level = result.get("level")
    if level not in LEVELS:
        index = result.get("ruleIndex")
        level = defaults.get(rule) or defaults.get(index if isinstance(index, int) else -1)
    message = _member(result, "message").get("text")
    locations = _list(result, "locations")
    physical = _member(locations[0] if locations else None, "physicalLocation")
    path = _member(physical, "artifactLocation").get("uri")
    line = _member(physical, "region").get("startLine")
    report.results.append(
        Result(
            tool,
            str(rule),
            level or "warning",
            message[:_MESSAGE] if isinstance(message, str) else "",
            _path(path) if isinstance(path, str) else "",
            line if isinstance(line, int) else None,
        )
    )


def _path(uri: str) -> str:
    """A URI of an artefact as a path: relative as most tools write it, absolute for file://."""
    from urllib.parse import unquote

    return unquote(uri.removeprefix("file://localhost").removeprefix("file://"))


def _member(value: Any, name: str) -> dict[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []

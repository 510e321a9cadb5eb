"""Verdicts on test, analysis and coverage reports."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from buildrunner.evidence.expectations.definitions import (
    expectation,
    percentage,
    text,
    texts,
    whole_number,
)
from buildrunner.evidence.expectations.verdict import (
    ExpectationError,
    Verdict,
    brief,
    error,
    failed,
    passed,
)
from buildrunner.evidence.reading.coverage import CoverageReport, Tally
from buildrunner.evidence.reading.junit import ERROR, FAILED, SKIPPED, Case, JUnitReport
from buildrunner.evidence.reading.sarif import LEVELS, Result, SarifReport

_SHOWN = 3
_FINDINGS = 100


def judge(definition: dict[str, Any], report: object) -> Verdict:
    """A report of any kind against `expect`. Raises ExpectationError."""
    if isinstance(report, JUnitReport):
        return judge_tests(definition, report)
    if isinstance(report, SarifReport):
        return judge_results(definition, report)
    if isinstance(report, CoverageReport):
        return judge_coverage(definition, report)
    raise TypeError(report)


def judge_tests(definition: dict[str, Any], report: JUnitReport) -> Verdict:
    """`suites`, `tests` (names that must have run and passed), `at_least`, `skipped` (most).

    Without `suites` and `tests` every case counts; with them only those they name, `*` and `?`
    standing for anything.
    """
    expect = expectation(definition)
    suites, names = texts(expect, "suites"), texts(expect, "tests")
    cases = report.cases
    for suite in suites:
        if not any(_in_suite(case, suite) for case in cases):
            return failed(f"no test of suite {brief(suite)} ran")
    if suites:
        cases = [case for case in cases if any(_in_suite(case, suite) for suite in suites)]
    chosen = cases
    if names:
        chosen = [case for case in cases if any(_is_named(case, name) for name in names)]
        for name in names:
            ran = [case for case in chosen if _is_named(case, name)]
            if not ran:
                return failed(f"the test {brief(name)} did not run")
            if all(case.outcome == SKIPPED for case in ran):
                return failed(f"the test {brief(name)} was skipped")
    wrong = [case for case in chosen if case.outcome in (FAILED, ERROR)]
    if wrong:
        return failed(_failing(wrong, len(chosen)), [_finding(case) for case in wrong[:_FINDINGS]])
    if report.uncounted > 0 and not (suites or names):
        return failed(f"the report counts {report.uncounted} failures that no test case shows")
    skipped = sum(case.outcome == SKIPPED for case in chosen)
    if "skipped" in expect and skipped > whole_number(expect, "skipped", 0):
        return failed(f"{skipped} tests were skipped, at most {expect['skipped']} may be")
    ran_count = len(chosen) - skipped
    least = whole_number(expect, "at_least", 1)
    if ran_count < max(least, 1):
        what = "every test was skipped" if not ran_count else f"only {ran_count} tests ran"
        return failed(f"{what}; at least {max(least, 1)} must")
    tail = f", {skipped} skipped" if skipped else ""
    return passed(f"{ran_count} test{'' if ran_count == 1 else 's'} passed{tail}")


def _in_suite(case: Case, pattern: str) -> bool:
    names = (*case.suite, case.classname, case.file)
    return any(name == pattern or fnmatchcase(name, pattern) for name in names if name)


def _is_named(case: Case, pattern: str) -> bool:
    names = (case.name, case.full_name)
    # A parametrized name such as `test_x[1]` is taken as it is before [ ] mean anything.
    spellings = (pattern, _dotted(pattern)) if "::" in pattern else (pattern,)
    return any(
        name == each or fnmatchcase(name, each.replace("[", "[[]"))
        for name in names
        for each in spellings
    )


def _dotted(pattern: str) -> str:
    """`tests/test_a.py::TestB::test_c[x/y]` as reports write it: `tests.test_a.TestB.test_c[x/y]`."""
    path, bracket, parameters = pattern.partition("[")
    way, _, name = path.partition("::")
    return (
        ".".join([way.removesuffix(".py").replace("/", "."), *name.split("::")])
        + bracket
        + parameters
    )


def _failing(wrong: list[Case], total: int) -> str:
    first = ", ".join(case.full_name for case in wrong[:_SHOWN])
    more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
    said = f": {wrong[0].message.splitlines()[0]}" if len(wrong) == 1 and wrong[0].message else ""
    return f"{len(wrong)} of {total} tests failed: {first}{more}{said}"


def _finding(case: Case) -> dict[str, object]:
    return {
        "rule": case.full_name,
        "level": "error",
        "message": case.message or case.outcome,
        "path": case.file,
        "line": None,
    }


def judge_results(definition: dict[str, Any], report: SarifReport) -> Verdict:
    """`level` (the lowest that counts, warning unless said), `rules`, `max` (0), `tool`."""
    expect = expectation(definition)
    tool, rules = text(expect, "tool"), texts(expect, "rules")
    level = text(expect, "level", "warning")
    if level not in LEVELS:
        raise ExpectationError(f"level must be one of {', '.join(LEVELS)}, not {brief(level)}")
    if tool and not any(tool.lower() == name.lower() for name in report.tools):
        return failed(f"{tool} did not run; the report is of {', '.join(report.tools)}")
    counted = [
        result
        for result in report.results
        if LEVELS.index(result.level) >= LEVELS.index(level)
        and (not tool or result.tool.lower() == tool.lower())
        and (not rules or any(fnmatchcase(result.rule, rule) for rule in rules))
    ]
    most = whole_number(expect, "max", 0)
    tail = f", {report.suppressed} suppressed" if report.suppressed else ""
    if len(counted) > most:
        findings = [_result(result) for result in counted[:_FINDINGS]]
        return failed(_found(counted, most) + tail, findings)
    some = f"{len(counted)} results" if counted else "no result"
    return passed(f"{', '.join(report.tools)}: {some} of level {level} or above{tail}")


def _found(counted: list[Result], most: int) -> str:
    first = counted[0]
    place = f"{first.place}: " if first.place else ""
    limit = f", at most {most} may be" if most else ""
    noun = "result" if len(counted) == 1 else "results"
    return f"{len(counted)} {noun}{limit}; the first: {place}{first.rule} {first.message}".strip()


def _result(result: Result) -> dict[str, object]:
    return {
        "rule": result.rule,
        "level": result.level,
        "message": result.message,
        "path": result.path,
        "line": result.line,
    }


def judge_coverage(definition: dict[str, Any], report: CoverageReport) -> Verdict:
    """`lines` and `branches` (percent of the whole), `files` ({pattern: percent of lines each})."""
    expect = expectation(definition)
    if not {"lines", "branches", "files"} & expect.keys():
        raise ExpectationError("expect names no threshold: lines, branches or files")
    said = []
    for member, percent in (
        ("lines", report.total.line_percent),
        ("branches", report.total.branch_percent),
    ):
        if member not in expect:
            continue
        wanted = percentage(expect[member], member)
        if percent is None:
            return error(f"the report measured no {member}")
        if percent < wanted:
            return failed(f"{_floored(percent)} % of {member} are covered, {wanted:g} % must be")
        said.append(f"{_floored(percent)} % of {member}")
    files = expect.get("files", {})
    if not isinstance(files, dict):
        raise ExpectationError(f"files must be an object of patterns and percentages: {files!r}")
    for pattern, value in files.items():
        verdict = _judge_files(report.files, pattern, percentage(value, f"files[{pattern!r}]"))
        if verdict is not None:
            return verdict
        said.append(f"{pattern} ≥ {value} %")
    return passed(", ".join(said) + " covered")


def _judge_files(files: dict[str, Tally], pattern: str, wanted: float) -> Verdict | None:
    named = {path: tally for path, tally in files.items() if _is_path(path, pattern)}
    if not named:
        return failed(f"no file {pattern} was measured")
    for path, tally in named.items():
        percent = tally.line_percent
        if percent is not None and percent < wanted:
            return failed(f"{path}: {_floored(percent)} % of lines, {wanted:g} % must be")
    return None


def _is_path(path: str, pattern: str) -> bool:
    """Tools write absolute and relative paths: the end has to fit."""
    path = path.replace("\\", "/")
    return path == pattern or fnmatchcase(path, pattern) or fnmatchcase(path, f"*/{pattern}")


def _floored(percent: float) -> str:
    """89.996 is shown as 89.99, never as the 90 it did not reach."""
    return f"{int(percent * 100 + 1e-9) / 100:g}"

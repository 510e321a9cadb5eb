"""What a check expects, held against outputs, answers, files and reports."""

import json
import time

import pytest

from buildrunner.evidence.expectations import answers, jsonpath, reports
from buildrunner.evidence.expectations.verdict import ExpectationError, Verdict
from buildrunner.evidence.reading import coverage, junit, sarif


def command(expect: object, code: int = 0, output: str = "", **more: object) -> Verdict:
    return answers.judge_command({"expect": expect}, code, output, output, **more)  # type: ignore[arg-type]


def test_exit_code_0_is_expected_unless_said() -> None:
    assert answers.judge_command({}, 0, "", "").passed
    assert command({}, 1).reason == "exit code 1, not 0"
    assert command({"exit": 1}, 1).passed
    assert command({"exit": [0, 3]}, 3).passed
    assert not command({"exit": [0, 3]}, 1).passed
    assert "no such command" in command({}, 127).reason


def test_patterns() -> None:
    assert command({"regex": r"^\d+ passed"}, 0, "12 passed in 1s").passed
    assert "does not match" in command({"regex": ["a", "z"]}, 0, "abc").reason
    assert "must not" in command({"not_regex": "(?i)error"}, 0, "ERROR: x").reason
    assert not command({"not_regex": "x"}, 0, "abc", whole=False).passed


def test_a_pattern_takes_time_linear_in_the_text() -> None:
    began = time.monotonic()
    assert not command({"regex": "(a+)+$"}, 0, "a" * 100_000 + "b").passed
    assert time.monotonic() - began < 5


def test_json_values_are_compared_as_json() -> None:
    text = json.dumps({"a": {"b c": [1, {"ok": True}]}, "n": 1.0, "null": None})
    for path, value in {
        "$.a['b c'][1].ok": True, "$.a['b c'][-2]": 1, "$.n": 1, "$.null": None,
        "$['a']": {"b c": [1, {"ok": True}]}, "$": json.loads(text),
    }.items():  # fmt: skip
        assert command({"json": {path: value}}, 0, text).passed, path
    for path, value in {"$.a['b c'][1].ok": 1, "$.n": "1", "$.gone": None, "$.a[0]": 1}.items():
        assert not command({"json": {path: value}}, 0, text).passed, path
    assert "standard output:1:1: not JSON" in command({"json": {"$": 1}}, 0, "no").reason
    assert command({"json": {"$": 1}}, 0, "1", whole=False).outcome == "error"


@pytest.mark.parametrize("path", ["a", "$a", "$.", "$..a", "$[*]", "$[", "$['a", "$[1:2]", "$[?x]"])
def test_paths_that_may_lead_to_several_values_are_refused(path: str) -> None:
    with pytest.raises(ExpectationError, match="JSON path"):
        jsonpath.segments(path)


@pytest.mark.parametrize(
    "expect",
    [
        [], "exit 0", {"exit": "0"}, {"exit": True}, {"exit": []}, {"regex": "("}, {"regex": 3},
        {"regex": "(?=a)"}, {"json": []}, {"json": {}}, {"json": {"a": 1}},
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(expect: object) -> None:
    with pytest.raises(ExpectationError):
        command(expect, 0, "{}")


def test_answers_and_files() -> None:
    assert answers.judge_answer({}, 200, "").passed
    assert answers.judge_answer({"expect": {"status": [301, 302]}}, 302, "").passed
    assert "status 500, not 200" in answers.judge_answer({}, 500, "").reason

    def file(expect: object, *, exists: bool = True) -> Verdict:
        return answers.judge_file(
            {"expect": expect}, "a", exists=exists, digest="f" * 64, content="x", whole=True
        )

    assert file({}).passed
    assert not file({}, exists=False).passed
    assert file({"exists": False}, exists=False).passed
    assert not file({"exists": False}).passed
    assert file({"sha256": "sha256:" + "F" * 64}).passed
    assert not file({"sha256": "0" * 64}).passed
    for wrong in ({"sha256": "123"}, {"exists": "no"}):
        with pytest.raises(ExpectationError):
            file(wrong)


JUNIT = b"""<testsuites><testsuite name="cart"><testcase classname="t.Cart" name="adds"/>
<testcase classname="t.Cart" name="total[1-2]"/><testcase classname="t.Cart" name="later"><skipped/></testcase></testsuite>
<testsuite name="shop"><testcase classname="t.Shop" name="opens"><failure message="shut"/></testcase></testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("expect", "reason"),
    [
        ({}, "1 of 4 tests failed: t.Shop.opens: shut"),
        ({"suites": "cart"}, "2 tests passed, 1 skipped"),
        ({"suites": "t.Cart"}, "2 tests passed, 1 skipped"),
        ({"suites": "c*", "skipped": 0}, "1 tests were skipped, at most 0 may be"),
        ({"suites": ["cart", "gone"]}, 'no test of suite "gone" ran'),
        ({"tests": ["adds", "t.Cart.total[1-2]"]}, "2 tests passed"),
        ({"tests": "t.Cart::total[*]"}, "1 test passed"),
        ({"tests": ["t.py::Cart::adds", "t.py::Cart::total[1-2]"]}, "2 tests passed"),
        ({"tests": "opens"}, "1 of 1 tests failed: t.Shop.opens: shut"),
        ({"tests": "later"}, 'the test "later" was skipped'),
        ({"tests": "gone"}, 'the test "gone" did not run'),
        ({"suites": "cart", "at_least": 3}, "only 2 tests ran; at least 3 must"),
    ],
)
def test_tests(expect: object, reason: str) -> None:
    verdict = reports.judge({"expect": expect}, junit.read(JUNIT, "x"))
    assert verdict.reason == reason
    assert verdict.passed == ("passed" in reason)


def test_nothing_but_skipped_tests_proves_nothing() -> None:
    data = b'<testsuite><testcase name="a"><skipped/></testcase></testsuite>'
    assert "every test was skipped" in reports.judge({}, junit.read(data, "x")).reason
    hidden = b'<testsuite failures="1"><testcase name="a"/></testsuite>'
    assert "no test case shows" in reports.judge({}, junit.read(hidden, "x")).reason


@pytest.mark.parametrize(
    ("expect", "passes"),
    [
        ({}, False), ({"level": "error"}, True), ({"max": 2}, True), ({"max": 1}, False),
        ({"rules": "R2"}, True), ({"rules": ["R1"]}, False), ({"tool": "scan"}, False),
        ({"tool": "other"}, False), ({"level": "none", "max": 3}, True),
    ],
)  # fmt: skip
def test_analysis_results(expect: object, passes: bool) -> None:
    results = [
        {"ruleId": "R1", "message": {"text": "x"}, "level": level}
        for level in ("warning", "warning", "note")
    ]
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Scan"}}, "results": results}]}
    report = sarif.read(json.dumps(log).encode(), "x")
    assert reports.judge({"expect": expect}, report).passed == passes


@pytest.mark.parametrize(
    ("expect", "reason"),
    [
        ({"lines": 89.99}, "89.99 % of lines covered"),
        ({"lines": 90}, "89.99 % of lines are covered, 90 % must be"),
        ({"branches": 50}, "the report measured no branches"),
        ({"files": {"b.py": 50}}, "50 % of lines"),
        ({"files": {"src/?.py": 90}}, "/ci/src/a.py: 89.99 % of lines, 90 % must be"),
        ({"files": {"gone.py": 1}}, "no file gone.py was measured"),
    ],
)
def test_thresholds(expect: object, reason: str) -> None:
    tallies = {
        "/ci/src/a.py": coverage.Tally(9998, 8998),
        "src/b.py": coverage.Tally(2, 1),
    }
    report = coverage.CoverageReport(tallies, "x")
    verdict = reports.judge({"expect": expect}, report)
    if "files" in expect and "b.py" in expect["files"]:  # type: ignore[operator]
        assert verdict.passed
    else:
        assert verdict.reason == reason


@pytest.mark.parametrize("expect", [{}, {"lines": 101}, {"lines": "80"}, {"files": []}])
def test_a_threshold_must_be_one(expect: object) -> None:
    with pytest.raises(ExpectationError):
        reports.judge({"expect": expect}, coverage.CoverageReport({"a": coverage.Tally(1, 1)}, "x"))

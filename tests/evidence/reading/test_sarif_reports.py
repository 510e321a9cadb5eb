"""SARIF logs: what counts as a finding, and what proves that nothing was analysed."""

import json

import pytest

from buildrunner.evidence.reading import sarif
from buildrunner.evidence.reading.errors import ReportError


def log(**run: object) -> bytes:
    whole = {"tool": {"driver": {"name": "Scan"}}, "results": [], **run}
    return json.dumps({"version": "2.1.0", "runs": [whole]}).encode()


def result(**members: object) -> dict[str, object]:
    return {"ruleId": "R1", "message": {"text": "no"}, **members}


def test_levels_come_from_the_result_the_rule_or_the_standard() -> None:
    driver = {
        "name": "Scan",
        "rules": [
            {"id": "R1", "defaultConfiguration": {"level": "error"}},
            {"id": "R2", "defaultConfiguration": {"level": "note"}},
        ],
    }
    data = log(
        tool={"driver": driver},
        results=[
            result(),
            result(level="note"),
            {"ruleIndex": 1, "message": {"text": "x"}},
            result(ruleId="R9"),
        ],
    )
    assert [r.level for r in sarif.read(data, "x").results] == ["error", "note", "note", "warning"]


def test_what_is_suppressed_or_no_failure_does_not_count() -> None:
    data = log(
        results=[
            result(suppressions=[{"kind": "inSource"}]),
            result(suppressions=[{"kind": "external", "status": "rejected"}]),
            result(kind="pass"),
            result(baselineState="absent"),
        ]
    )
    report = sarif.read(data, "x")
    assert (len(report.results), report.suppressed) == (1, 1)


def test_the_place_of_a_result() -> None:
    place = {"physicalLocation": {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 7}}}
    (found,) = sarif.read(log(results=[result(locations=[place])]), "x").results
    assert found.place == "a.py:7"


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "report_empty", "x.sarif:1:1"),
        (log()[:-9], "report_aborted", "x.sarif:1:"),
        (b'{"version": "2.1.0",\n "runs": [,]}', "report_malformed", "x.sarif:2:11"),
        (b"[]", "report_wrong_kind", "x.sarif:1:1"),
        (b'{"version": "2.0.0", "runs": []}', "report_wrong_kind", "x.sarif:1"),
        (b'{"version": "2.1.0", "runs": []}', "report_no_tests", "x.sarif:1"),
        (log(results=None), "report_aborted", "x.sarif: runs[0]"),
        (log(invocations=[{"executionSuccessful": False}]), "report_aborted", "x.sarif: runs[0]"),
        (log(tool={}), "report_malformed", "x.sarif: runs[0].tool"),
        (b'{"a":' * 100_000, "report_hostile", "x.sarif: nested"),
        (b'{"runs": [' + b"9" * 5000 + b"]}", "report_hostile", "x.sarif: "),
        (b" " * 33_554_433 + b"{}", "report_too_large", "x.sarif: "),
        (b'\n"\xff"', "report_malformed", "x.sarif:2:2"),
    ],
)
def test_what_proves_nothing_says_where(data: bytes, code: str, place: str) -> None:
    with pytest.raises(ReportError) as caught:
        sarif.read(data, "x.sarif")
    assert caught.value.code == code
    assert str(caught.value).startswith(place), str(caught.value)

"""Cobertura, coverage.py and LCOV come to the same counts; broken files say where."""

import json

import pytest

from buildrunner.evidence.reading import detection
from buildrunner.evidence.reading.errors import ReportError

COBERTURA = b"""<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage version="7" line-rate="1" branch-rate="1"><packages><package name="p"><classes>
<class name="a.py" filename="a.py"><methods><method name="f"><lines><line number="1" hits="1"/>
</lines></method></methods><lines><line number="1" hits="1"/>
<line number="2" hits="3" branch="true" condition-coverage="50% (1/2)"/>
<line number="3" hits="0"/><line number="4" hits="2"/></lines></class>
</classes></package></packages></coverage>
"""
SUMMARY = {"num_statements": 4, "covered_lines": 3, "num_branches": 2, "covered_branches": 1}
COVERAGE_PY = json.dumps(
    {"meta": {"format": 3}, "files": {"a.py": {"summary": SUMMARY}}, "totals": {}}
).encode()
LCOV = b"""TN:
SF:a.py
DA:1,1
DA:2,3
DA:3,0
DA:4,2
BRDA:2,0,0,1
BRDA:2,0,1,-
LF:4
LH:4
end_of_record
"""


@pytest.mark.parametrize("data", [COBERTURA, COVERAGE_PY, LCOV], ids=["cobertura", "json", "lcov"])
def test_lines_are_counted_not_believed(data: bytes) -> None:
    report = detection.read(data, "x", "coverage")
    total = report.total
    assert (total.lines_hit, total.lines, total.branches_hit, total.branches) == (3, 4, 1, 2)
    assert list(report.files) == ["a.py"]


def test_sections_of_one_file_are_joined() -> None:
    data = b"SF:a\nDA:1,0\nDA:2,1\nend_of_record\nSF:a\nDA:1,4\nDA:2,0\nend_of_record\n"
    assert detection.read(data, "x", "coverage").total.line_percent == 100


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "report_empty", "c:1:1"),
        (COBERTURA[:-40], "report_aborted", "c:8:"),
        (COVERAGE_PY[:-4], "report_aborted", "c:1:"),
        (LCOV[:40], "report_aborted", "c:6"),
        (LCOV.replace(b"DA:3,0", b"DA:3,many"), "report_malformed", "c:5:4"),
        (LCOV.replace(b"DA:3,0", b"nonsense"), "report_malformed", "c:5:1"),
        (b"DA:1,1\n", "report_malformed", "c:1:1"),
        (b'<coverage><class filename="a"><line number="x" hits="1"/></class></coverage>', "report_malformed", "c:1:"),
        (b"<coverage></coverage>", "report_no_tests", "c:1"),
        (b'{"meta": {}, "files": {}, "totals": {}}', "report_no_tests", "c:1"),
        (b'{"meta": {}, "totals": {}, "files": {"a": {"summary": {"num_statements": 1, "covered_lines": 2}}}}', "report_malformed", "c: a: 2 of 1"),
        (b'{"meta": {}, "totals": {}, "files": {"a": {"summary": {"num_statements": "1"}}}}', "report_malformed", "c: files['a']"),
        (b"<testsuite><testcase name='a'/></testsuite>", "report_wrong_kind", "c:1"),
        (b"<svg/>", "report_wrong_kind", "c:1:1"),
        (b"hello", "report_wrong_kind", "c:1:1"),
    ],
)  # fmt: skip
def test_what_proves_nothing_says_where(data: bytes, code: str, place: str) -> None:
    with pytest.raises(ReportError) as caught:
        detection.read(data, "c", "coverage")
    assert caught.value.code == code, str(caught.value)
    assert str(caught.value).startswith(place), str(caught.value)


def test_formats_are_told_apart_by_what_they_hold() -> None:
    assert detection.format_of(COBERTURA, "junit.xml") == "cobertura"
    assert detection.format_of(COVERAGE_PY, "x") == "coverage.py"
    assert detection.format_of(LCOV, "x") == "lcov"
    assert detection.format_of(b"<!-- <testsuite> --><coverage/>", "x") == "cobertura"
    assert detection.format_of(b'{"version": "2.1.0", "runs": []}', "x") == "sarif"
    assert detection.format_of('<?xml version="1.0"?><testsuite/>'.encode("utf-16"), "x") == "junit"

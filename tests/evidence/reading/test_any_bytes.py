"""Whatever bytes come, a reader answers or says what is wrong; it never breaks."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.evidence.expectations import reports
from buildrunner.evidence.expectations.verdict import ExpectationError
from buildrunner.evidence.reading import cobertura, coveragepy, detection, junit, lcov, sarif
from buildrunner.evidence.reading.errors import ReportError

JUNIT = b"""<?xml version="1.0"?><testsuites><testsuite name="a" tests="2" failures="1">
<testcase name="x" classname="C"/><testcase name="y"><failure message="m">t</failure></testcase>
</testsuite></testsuites>"""
COBERTURA = b"""<coverage><class filename="a"><lines><line number="1" hits="1"/><line number="2"
 hits="0" condition-coverage="50% (1/2)"/></lines></class></coverage>"""
LCOV = b"TN:\nSF:a\nDA:1,1\nBRDA:1,0,0,-\nLF:1\nLH:1\nend_of_record\n"
SARIF: Any = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "S", "rules": [{"id": "R", "defaultConfiguration": {"level": "note"}}]}},
            "invocations": [{"executionSuccessful": True}],
            "results": [
                {
                    "ruleId": "R", "level": "error", "message": {"text": "m"}, "suppressions": [],
                    "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a"}, "region": {"startLine": 1}}}],
                }
            ],
        }
    ],
}  # fmt: skip
COVERAGE: Any = {
    "meta": {"format": 3},
    "totals": {},
    "files": {"a": {"summary": {"num_statements": 2, "covered_lines": 1, "num_branches": 0}}},
}
READERS = {
    "junit": (junit.read, JUNIT),
    "cobertura": (cobertura.read, COBERTURA),
    "lcov": (lcov.read, LCOV),
    "sarif": (sarif.read, json.dumps(SARIF).encode()),
    "coverage.py": (coveragepy.read, json.dumps(COVERAGE).encode()),
}
PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"<", b">", b"&", b'"', b"\0", b"\xff", b"</a>", b"<!DOCTYPE a [", b"]]>", b"-1",
                     b"99999999999999999999", b"1e999", b"null", b"[", b"{", b"\n", b"<?xml version='1.0' encoding='utf-7'?>"]),
)  # fmt: skip
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES), max_size=4)


def edited(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    for place, cut, piece in edits:
        at = int(place * len(data))
        data = data[:at] + piece + data[at + cut :]
    return data


def judged(expect: dict[str, Any], read: Any, data: bytes) -> Any:
    """The verdict, or the error that says why there is none; nothing else may come out."""
    try:
        return reports.judge({"expect": expect}, read(data, "f"))
    except (ReportError, ExpectationError) as problem:
        return problem


@pytest.mark.parametrize("name", READERS)
@given(edits=EDITS)
def test_broken_files(name: str, edits: list[tuple[float, int, bytes]]) -> None:
    reader, whole = READERS[name]
    data = edited(whole, edits)
    for read in (reader, lambda d, n: detection.read(d, n, detection.KIND_OF[name])):
        problem = judged({"lines": 1}, read, data)
        if isinstance(problem, ReportError):
            assert str(problem).startswith("f: " if problem.line is None else f"f:{problem.line}")
            assert "\n" not in str(problem)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [way]
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in items:
        found += places(each, (*way, key))
    return found


@pytest.mark.parametrize(("read", "whole"), [(sarif.read, SARIF), (coveragepy.read, COVERAGE)])
@given(data=st.data())
def test_json_of_another_shape(read: Any, whole: Any, data: st.DataObject) -> None:
    value = json.loads(json.dumps(whole))
    way = data.draw(st.sampled_from(places(whole)[1:]))
    at = value
    for key in way[:-1]:
        at = at[key]
    at[way[-1]] = data.draw(VALUES)
    assert str(judged({"lines": 1}, read, json.dumps(value).encode()))


@given(
    expect=st.dictionaries(
        st.sampled_from(
            [
                "suites",
                "tests",
                "at_least",
                "skipped",
                "level",
                "max",
                "rules",
                "tool",
                "lines",
                "branches",
                "files",
            ]
        ),
        VALUES,
    )
)
def test_expectations_of_any_shape(expect: dict[str, Any]) -> None:
    for read, whole in READERS.values():
        assert str(judged(expect, read, whole))

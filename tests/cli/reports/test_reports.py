"""Reports are what the tools that read them expect, whatever a finding quotes."""

import json
from pathlib import Path
from typing import Any

import defusedxml.ElementTree as ElementTree
import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.cli.reports.annotations import annotations
from buildrunner.cli.reports.junit import cases_of, junit
from buildrunner.cli.reports.sarif import sarif

# The standard's schema (2.1.0-rtm.5, MIT) as @microsoft/jest-sarif on npm ships it.
SCHEMA = json.loads((Path(__file__).parents[2] / "data" / "sarif-2.1.0.schema.json").read_text())
# One of its patterns, for a member we never write, is no pattern to a strict reader.
for _part in ("run", "toolComponent"):
    del SCHEMA["definitions"][_part]["properties"]["language"]["pattern"]
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
RULES = {
    "protected-path": {"title": "A protected path changes", "help": "Ask for approval."},
    "secret": {"title": "A secret", "level": "error"},
}
TEXTS = st.text(min_size=1, max_size=30)
RESULTS = st.lists(
    st.fixed_dictionaries(
        {
            "rule": st.sampled_from(["protected-path", "secret", "another"]),
            "level": st.sampled_from(["error", "warning", "note"]),
            "message": TEXTS,
        },
        optional={
            "path": TEXTS,
            "line": st.integers(1, 10_000),
            "column": st.integers(1, 500),
            "fingerprint": st.text("0123456789abcdef", min_size=16, max_size=16),
            "help": TEXTS,
            "waived": TEXTS,
        },
    ),
    max_size=5,
)


@given(RESULTS)
def test_sarif_keeps_to_the_standards_schema(results: list[dict[str, Any]]) -> None:
    log = sarif("BuildRunner", RULES, results)
    text = json.loads(json.dumps(log))
    assert [error.message for error in VALIDATOR.iter_errors(text)] == []
    run = text["runs"][0]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))
    assert [ids[result["ruleIndex"]] for result in run["results"]] == [r["rule"] for r in results]


def test_a_sarif_location_is_a_relative_address() -> None:
    path = "src/a b#c\udcff?.py"
    result = {"rule": "secret", "level": "error", "message": "x", "path": path, "line": 3}
    location = sarif("t", RULES, [result])["runs"][0]["results"][0]["locations"][0]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "src/a%20b%23c%FF%3F.py"


@given(RESULTS)
def test_junit_is_xml_and_fails_when_the_results_do(results: list[dict[str, Any]]) -> None:
    root = ElementTree.fromstring(junit("governance", cases_of(RULES, results, "governance")))
    failing = [r for r in results if r["level"] == "error" and "waived" not in r]
    assert int(root.get("failures")) == len(root.findall(".//failure")) == len(failing)
    assert int(root.get("tests")) == len(root.findall(".//testcase"))


def test_junit_keeps_what_a_run_printed() -> None:
    case = {
        "name": "it <holds>",
        "classname": "m1.s1",
        "outcome": "failed",
        "seconds": 1.5,
        "message": 'said "no"\n& more',
        "text": "details\x1b[31m",
        "output": "]]> & <b>",
    }
    root = ElementTree.fromstring(junit("qa", [case]))
    found = root.find(".//testcase")
    assert found.get("name") == "it <holds>"
    assert found.get("time") == "1.500"
    assert found.find("failure").get("message") == 'said "no"\n& more'
    assert found.find("failure").text == "details�[31m"
    assert found.find("system-out").text == "]]> & <b>"


@given(RESULTS)
def test_a_finding_cannot_write_a_workflow_command_of_its_own(results: list[Any]) -> None:
    text = annotations(results)
    lines = text.split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(results)
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (
            {"rule": "r", "level": "error", "message": "50% a\nb", "path": "a,b:c", "line": 7},
            "::error file=a%2Cb%3Ac,line=7,title=r::50%25 a%0Ab\n",
        ),
        (
            {"rule": "r", "level": "error", "message": "m", "title": "T", "waived": "known"},
            "::notice title=T::m%0AWaived: known\n",
        ),
    ],
)
def test_annotations_are_escaped_as_github_reads_them(result: Any, line: str) -> None:
    assert annotations([result]) == line

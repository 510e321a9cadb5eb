"""`br qa ingest`: reports of other tools, as evidence of the checks they fit."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from kits.checked import give, records
from kits.program import Br

GREEN = '<testsuite name="s" tests="2"><testcase name="adds"/><testcase name="totals"/></testsuite>'
RED = GREEN.replace(
    '<testcase name="totals"/>', '<testcase name="totals"><failure message="6"/></testcase>'
)
SARIF = json.dumps(
    {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "S"}}, "results": []}]}
)
LCOV = "SF:a.py\nDA:1,1\nDA:2,1\nDA:3,0\nDA:4,1\nend_of_record\n"
JUNIT = {"kind": "junit", "report": "out/junit.xml", "paths": [".gitignore"]}


def put(br: Br, name: str, text: str) -> str:
    path = Path(br.cwd, name)
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)
    return name


def test_a_report_proves_the_checks_that_name_it(repo: Br) -> None:
    give(repo, JUNIT, JUNIT | {"expect": {"tests": "adds"}}, JUNIT | {"report": "other.xml"})
    answer = repo.ok("qa", "ingest", put(repo, "out/junit.xml", GREEN))
    assert [row["check"] for row in answer["results"]] == ["c0", "c1"]
    one = records(repo)[0]
    assert (one["command"], one["exit"], one["outcome"]) == (None, None, "passed")
    assert one["output"]["digest"] == f"sha256:{sha256(GREEN.encode()).hexdigest()}"
    assert "read from out/junit.xml" in one["reason"]


def test_it_needs_no_trust_since_nothing_runs(repo: Br) -> None:
    give(repo, JUNIT | {"run": "touch owned"}, commit=False)
    repo.ok("qa", "ingest", put(repo, "out/junit.xml", GREEN))
    assert not Path(repo.cwd, "owned").exists()


def test_every_kind(repo: Br) -> None:
    give(
        repo,
        {"kind": "junit", "report": "out/*.xml"},
        {"kind": "sarif", "report": "s.sarif"},
        {"kind": "coverage", "report": "lcov.info", "expect": {"lines": 75}},
    )
    names = [put(repo, "out/a.xml", GREEN), put(repo, "out/b.xml", GREEN),
             put(repo, "s.sarif", SARIF), put(repo, "lcov.info", LCOV)]  # fmt: skip
    answer = repo.ok("qa", "ingest", *names)
    reasons = {row["check"]: row["reason"] for row in answer["results"]}
    assert reasons["c0"].startswith("4 tests passed (read from out/a.xml, out/b.xml)")
    assert reasons["c2"].startswith("75 % of lines covered")


def test_what_fails_is_evidence_too_and_exits_1(repo: Br) -> None:
    give(repo, JUNIT)
    answer = repo("qa", "ingest", put(repo, "out/junit.xml", RED))
    assert answer.code == 1
    assert "1 of 2 tests failed: totals: 6" in answer.out
    assert records(repo)[0]["outcome"] == "failed"


def test_the_check_can_be_named(repo: Br) -> None:
    give(repo, JUNIT)
    name = put(repo, "elsewhere.xml", GREEN)
    refused = repo("qa", "ingest", name, "--json")
    assert refused.error["code"] == "no_fitting_check"
    assert refused.error["next_command"] == f"br qa ingest {name} --microstep m1.s1.ms1 --check c0"
    repo.ok("qa", "ingest", name, "--microstep", "m1.s1.ms1", "--check", "c0")
    assert len(records(repo)) == 1


def test_a_record_says_nothing_of_the_machine_s_folders(repo: Br) -> None:
    give(repo, JUNIT)
    inside, outside = Path(repo.cwd, put(repo, "out/junit.xml", GREEN)), repo.cwd.parent / "j.xml"
    outside.write_text(GREEN)
    named = ("--microstep", "m1.s1.ms1", "--check", "c0")
    for path in (inside, outside):
        repo.ok("qa", "ingest", str(path), *named)
    reasons = sorted(record["reason"] for record in records(repo))
    assert reasons == [f"2 tests passed (read from {name})" for name in ("j.xml", "out/junit.xml")]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "report_empty", "out/junit.xml:1:1: the file is empty"),
        (GREEN[:-20], "report_aborted", "out/junit.xml:1:"),
        ("<testsuite>\n<testcase>\n</testsuite>", "report_malformed", "out/junit.xml:3:"),
        ('<testsuite tests="7"><testcase name="a"/></testsuite>', "report_aborted", "out/junit.xml:1"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>', "report_hostile", "out/junit.xml:1:"),
        ("PK\x03\x04", "report_wrong_kind", "out/junit.xml:1:1"),
    ],
)  # fmt: skip
def test_files_that_prove_nothing_are_refused_with_their_line(
    repo: Br, text: str, code: str, place: str
) -> None:
    give(repo, JUNIT, {"kind": "sarif", "report": "s.sarif"})
    good = put(repo, "s.sarif", SARIF)
    answer = repo("qa", "ingest", good, put(repo, "out/junit.xml", text), "--json")
    assert answer.code == 1
    assert answer.error["code"] == code
    assert answer.error["message"].startswith(place)
    assert records(repo) == []


def test_zero_tests_are_a_failure(repo: Br) -> None:
    give(repo, JUNIT)
    answer = repo("qa", "ingest", put(repo, "out/junit.xml", '<testsuite tests="0"/>'))
    assert answer.code == 1
    assert "holds no test case" in answer.out
    assert [record["outcome"] for record in records(repo)] == ["failed"]


def test_mistakes_are_named(repo: Br) -> None:
    assert repo("qa", "ingest", "gone.xml").code == 3
    name = put(repo, "out/junit.xml", GREEN)
    answer = repo("qa", "ingest", name, "--json")
    assert answer.error["code"] == "no_fitting_check"
    assert answer.error["next_command"].startswith("br qa add ")
    assert repo("qa", "ingest", name, "--microstep", "gone", "--json").error["code"] == "unknown_id"

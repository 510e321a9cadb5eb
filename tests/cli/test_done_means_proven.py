"""Done means proven, as it is typed: refusals, checks, sign-offs, marks, audit."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from buildrunner.evidence.record import address, to_bytes
from kits.program import Br
from kits.records import run_of

MS = "m1.s1.ms1"
README = ("--criterion", "0", "--run", "test -s README.md", "--path", "README.md")


def policy(br: Br, text: str) -> None:
    path = br.cwd / "buildrunner" / "governance" / "policy.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def by_hand(br: Br, identifier: str, **fields: Any) -> None:
    plan = br.plan
    for milestone in plan["milestones"]:
        for step in milestone["steps"]:
            for microstep in step["microsteps"]:
                if microstep["id"] == identifier:
                    microstep.update(fields)
    br.write(plan)


def records(br: Br) -> list[Path]:
    return sorted((br.cwd / "buildrunner" / "evidence").glob("*.json"))


def test_done_without_proof_is_refused_with_what_is_missing(br: Br) -> None:
    text = br.plan_path.read_text()
    answer = br("done", MS, "--json")
    assert answer.code == 1
    assert answer.error["code"] == "not_proven"
    assert answer.error["missing"] == [
        f"{MS}: README.md says it in five lines (no check proves it and nobody signed it off)"
    ]
    assert answer.error["next_command"].startswith(f"br qa add {MS} --criterion 0")
    assert answer.json["microsteps"][0]["missing"][0]["state"] == "missing"
    assert br.plan_path.read_text() == text
    for words in (("plan", "edit", MS, "--set", "status=done"), ("done", MS, "--dry-run")):
        assert br(*words, "--json").error["code"] == "not_proven"


def test_a_check_proves_and_a_change_undoes_it(br: Br) -> None:
    added = br.ok("qa", "add", MS, *README)
    assert added["checks"][0] == {
        "id": "command", "criterion": 0, "kind": "command", "run": "test -s README.md",
        "paths": ["README.md"],
    }  # fmt: skip
    assert added["files"] == [0]
    assert br("done", MS, "--json").error["next_command"] == f"br qa run {MS}"
    assert br("qa", "run", MS).code == 1
    assert "failed" in br("done", MS, "--json").error["missing"][0]
    readme = br.cwd / "README.md"
    readme.write_text("For everyone")
    assert br("qa", "run", MS).code == 0
    br.ok("done", MS)
    counts = br.ok("status")["counts"]
    assert (counts["done"], counts["proven"], counts["self_attested"]) == (1, 1, 0)
    assert br.ok("show", MS)["proof"]["label"] == "proven"
    assert br.ok("qa", "audit")["ok"] is True
    (br.cwd / "elsewhere.txt").write_text("no matter")
    assert br.ok("qa", "audit")["ok"] is True
    readme.write_text("For nobody")
    audit = br("qa", "audit", "--json")
    assert audit.code == 1
    assert audit.json["unproven"][0]["missing"][0]["state"] == "stale"
    stale = br.ok("qa", "stale")["stale"]
    assert [row["id"] for row in stale] == [MS]
    assert stale[0]["affected"] == ["m1.s1.ms2", "m1.s2.ms1"]
    assert "stale: README.md changed" in br("show", MS).out
    assert "1 unproven" in br("status").out
    readme.write_text("For everyone")
    assert br("qa", "audit").code == 0


def test_a_signoff_is_self_attested_everywhere(br: Br) -> None:
    signed = br.ok("qa", "signoff", MS, "--note", "read it")["signed"]
    assert [each["self_attested"] for each in signed] == [True]
    br.ok("done", MS)
    assert br.ok("status")["counts"]["self_attested"] == 1
    assert "1 proven (1 self-attested)" in br("status").out
    assert "done, self-attested" in br("show", MS).out
    assert "self-attested by ada" in br("qa", "list", MS, "--json").out
    audit = br.ok("qa", "audit")
    assert (audit["proven"], audit["self_attested"]) == (1, 1)
    assert br.ok("qa", "signoff", MS)["signed"] == []


def test_signing_one_criterion_of_two(br: Br) -> None:
    br.ok("qa", "signoff", "m1.s1.ms2", "--criterion", "1")
    proof = br.ok("qa", "list", "m1.s1.ms2")["microsteps"][0]
    assert [each["state"] for each in proof["criteria"]] == ["missing", "self_attested"]
    answer = br("qa", "signoff", "m1.s1.ms2", "--criterion", "2", "--json")
    assert (answer.code, answer.error["code"]) == (2, "unknown_criterion")
    assert "1: Somebody else can check" in answer.error["message"]


def test_attesting_does_not_outweigh_a_failure(br: Br) -> None:
    br.ok("qa", "add", MS, *README)
    br("qa", "run", MS)
    answer = br("qa", "signoff", MS, "--json")
    assert (answer.code, answer.error["code"]) == (1, "check_failed")


@pytest.mark.parametrize("name", ["CLAUDECODE", "GITHUB_ACTIONS"])
def test_no_program_signs_off(br: Br, name: str) -> None:
    answer = br("qa", "signoff", MS, "--json", **{name: "1"})
    assert (answer.code, answer.error["code"]) == (1, "in_person_only")
    assert not records(br)


def test_with_a_server_a_person_signs_there(br: Br) -> None:
    br.ok("qa", "signoff", MS)
    path = br.cwd / "buildrunner" / "state" / "runner_state.json"
    state = json.loads(path.read_text()) | {"server": "http://localhost:9", "project_id": "p 1"}
    path.write_text(json.dumps(state))
    answer = br("qa", "signoff", MS, "--json")
    assert (answer.code, answer.error["code"]) == (1, "in_person_only")
    assert answer.json["url"] == "http://localhost:9/projects/p%201/tests"
    # What was attested before does not count any more either.
    assert "attested their own work" in br("done", MS, "--local", "--json").error["missing"][0]


def test_a_microstep_without_criteria_needs_one_or_a_signature(br: Br) -> None:
    br.ok("plan", "edit", MS, "--drop-criterion", "1")
    error = br("done", MS, "--json").error
    assert "it has no criteria" in error["missing"][0]
    assert error["next_command"].startswith(f"br plan edit {MS} --criterion")
    br.ok("qa", "signoff", MS)
    br.ok("done", MS)
    by_hand(br, MS, title="Something else entirely")
    assert br("qa", "audit").code == 1


def test_modes_of_the_policy(br: Br) -> None:
    policy(br, "evidence:\n  mode: warn\n")
    answer = br("done", MS, "--json")
    assert answer.code == 0
    assert [each["id"] for each in answer.json["warnings"]] == [MS]
    assert answer.json["warnings"][0]["missing"]
    assert br("qa", "audit").code == 1
    br.ok("todo", MS)
    policy(br, "evidence:\n  mode: off\n")
    assert br.ok("done", MS)["warnings"] == []
    assert br.ok("status")["counts"]["unproven"] == 1
    br.ok("todo", MS)
    policy(br, "evidence:\n  self_attested: false\n")
    assert br("qa", "signoff", MS, "--json").error["code"] == "self_attesting_off"
    policy(br, "evidence:\n  counts: [ci]\n")
    (br.cwd / "README.md").write_text("x")
    br.ok("qa", "add", MS, *README)
    assert br("qa", "run", MS).code == 0
    assert "the policy counts ci" in br("done", MS, "--json").error["missing"][0]
    policy(br, "evidence:\n  mode: [\n")
    answer = br("done", MS, "--json")
    assert (answer.code, answer.error["code"]) == (1, "policy_unreadable")
    assert answer.error["next_command"] == "br governance validate"


def test_only_a_transition_is_refused(br: Br) -> None:
    by_hand(br, MS, status="done")
    br.ok("plan", "edit", MS, "--owner", "ada")
    assert "1 unproven" in br("status").out
    assert "done, unproven" in br("show", MS).out
    added = br.ok("plan", "add", "m1.s1", "Imported", "--set", "status=done")
    assert added["added"]
    audit = br("qa", "audit", "--json").json
    assert sorted(each["id"] for each in audit["unproven"]) == [MS, "m1.s1.ms3"]
    br.ok("todo", MS)
    assert br("undo", "--json").error["code"] == "not_proven"


def test_add_refuses_what_cannot_work(br: Br) -> None:
    for words, part in [
        (("--kind", "command"), "needs 'run'"),
        (("--run", "true", "--path", "../x"), "leads out"),
        (("--run", "true", "--criterion", "3"), "no criterion '3'"),
        (("--run", "true", "--expect", "0"), "KEY=VALUE"),
        ((), "say the --kind"),
    ]:
        answer = br("qa", "add", MS, *words, "--json")
        assert answer.code == 2, words
        assert part in answer.error["message"]
    br.ok("qa", "add", "m1.s1", "--run", "true", "--name", "all")
    assert br("qa", "add", MS, "--run", "true", "--name", "all").code == 2
    made = br.ok(
        "qa", "add", MS, "--url", "http://localhost", "--expect", "status=204", "--expect",
        "$.ok=true", "--expect", "regex=^a=b$", "--timeout", "2m", "--env", "TOKEN",
    )  # fmt: skip
    assert made["checks"][0]["expect"] == {"status": 204, "json": {"$.ok": True}, "regex": "^a=b$"}
    assert made["checks"][0]["timeout"] == 120
    assert br("lint").code == 0


def test_checks_from_elsewhere_wait_for_trust(repo: Br) -> None:
    by_hand(repo, MS, checks=[{"id": "c", "kind": "command", "run": "touch ran", "criterion": 0}])
    assert [each["id"] for each in repo.ok("qa", "trust")["checks"]] == ["c"]
    assert repo("qa", "run", MS).code == 1
    assert not (repo.cwd / "ran").exists()
    assert repo.ok("qa", "trust", MS)["checks"][0]["trusted"] is True
    assert repo.ok("qa", "trust")["checks"] == []
    repo("qa", "run", MS)
    assert (repo.cwd / "ran").exists()
    by_hand(repo, MS, checks=[{"id": "d", "kind": "command", "run": "touch more", "criterion": 0}])
    repo.git("add", "-A")
    repo.git("commit", "-qm", "reviewed")
    assert repo.ok("qa", "trust")["checks"] == []


def test_tampered_evidence_is_told_and_counts_for_nothing(br: Br) -> None:
    br.finish(MS)
    path = records(br)[0]
    os.chmod(path, 0o644)
    path.write_text(path.read_text().replace('"role":"author"', '"role":"QA"'))
    answer = br("qa", "audit", "--json")
    assert answer.code == 1
    assert answer.json["problems"][0]["code"] == "tampered"
    assert answer.json["unproven"][0]["id"] == MS
    assert "was changed" in br("qa", "audit").err


def test_evidence_of_tomorrow_proves_nothing_today(br: Br) -> None:
    br.ok("qa", "add", MS, *README)
    tomorrow = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
    record = run_of(br.plan, "command", microstep=MS, at=tomorrow)
    folder = br.cwd / "buildrunner" / "evidence"
    folder.mkdir(exist_ok=True)
    (folder / f"{address(record)}.json").write_bytes(to_bytes(record))
    br.ok("audit", "key", "add", record["signature"]["public_key"])
    assert "yet to come" in br("done", MS, "--json").error["missing"][0]


@pytest.mark.parametrize(
    ("path", "words"), [("nothing/**", "no file is under"), ("out", "git ignores out")]
)
def test_what_could_never_be_stale_is_no_evidence(repo: Br, path: str, words: str) -> None:
    (repo.cwd / ".gitignore").write_text("/out/\n")
    (repo.cwd / "out").mkdir()
    (repo.cwd / "out" / "x").write_text("x")
    repo.ok("qa", "add", MS, "--criterion", "0", "--run", "true", "--path", path)
    answer = repo("qa", "run", MS, "--json")
    assert answer.code == 1
    assert words in answer.json["results"][0]["no_evidence"]
    assert not records(repo)


def test_a_template_brings_criteria_and_their_checks(br: Br) -> None:
    words = ("qa", "add", MS, "--template", "api-endpoint-answers", "--set")
    answer = br(*words, "path=/api/orders/1", "--json")
    assert (answer.code, answer.error["missing"]) == (2, ["member"])
    added = br.ok(*words, "path=/api/orders/1", "--set", "member=id", "--path", "src")
    microstep = br.microstep(MS)
    assert microstep["criteria"][1] == "GET /api/orders/1 answers 200 with id"
    assert microstep["checks"] == added["checks"]
    check = added["checks"][0]
    assert (check["criterion"], check["paths"]) == (1, ["src"])
    again = br.ok(*words, "path=/api/orders/1", "--set", "member=id", "--criterion", "0")
    assert (again["checks"][0]["id"], again["checks"][0]["criterion"]) == ("endpoint-2", 0)
    assert len(br.microstep(MS)["criteria"]) == 2
    assert br.ok("qa", "trust")["checks"] == []
    assert br("lint").code == 0
    assert br("qa", "add", "m1.s1", "--template", "api-endpoint-answers").code == 2
    assert "did you mean" in br("qa", "add", MS, "--template", "api-endpoint-answer").err

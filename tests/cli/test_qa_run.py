"""`br qa run`: which checks, what it says, what it leaves behind."""

import json
import os
import pty
import signal
import socket
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from buildrunner.evidence.record import address, verify
from kits.checked import give, records
from kits.program import Br

PASSES = {"kind": "command", "run": "echo fine"}
FAILS = {"kind": "command", "run": "echo reason; exit 3"}
GITHUB = {
    "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7", "GITHUB_REPOSITORY": "o/r",
    "BR_SIGNING_KEY": "11" * 32,
}  # fmt: skip


def test_evidence_is_whole_signed_and_named_by_its_digest(repo: Br) -> None:
    give(repo, PASSES)
    answer = repo.ok("qa", "run", "m1.s1.ms1")
    (record,) = records(repo)
    assert answer["evidence"] == [address(record)]
    assert verify(record) is None
    assert record["commit"] == repo.git("rev-parse", "HEAD").strip()
    assert record["tree"] == repo.git("rev-parse", "HEAD^{tree}").strip()
    assert (record["dirty"], record["exit"], record["outcome"]) == (False, 0, "passed")
    assert record["output"]["excerpt"] == "fine\n"
    assert record["runner"]["class"] == "local"
    assert record["criterion"]["text"] == "README.md says it in five lines"


def test_a_failed_check_is_shown_recorded_and_exits_1(repo: Br) -> None:
    give(repo, FAILS, PASSES)
    answer = repo("qa", "run", "m1.s1.ms1")
    assert answer.code == 1
    assert "✗ m1.s1.ms1 c0  exit code 3, not 0" in answer.out
    assert "✓ m1.s1.ms1 c1" in answer.out
    assert "    reason" in answer.err
    assert {record["outcome"] for record in records(repo)} == {"passed", "failed"}


def test_a_check_for_all_criteria_proves_each(repo: Br) -> None:
    give(repo, PASSES, microstep="m1.s1.ms2")
    repo.ok("qa", "run", "m1.s1.ms2")
    assert sorted(record["criterion"]["index"] for record in records(repo)) == [0, 1]


def test_a_step_s_check_runs_once_for_all_its_microsteps(repo: Br) -> None:
    give(repo, {"kind": "command", "run": "echo x >> buildrunner/state/log"}, microstep="m1.s1")
    answer = repo.ok("qa", "run", "m1.s1")
    assert Path(repo.cwd, "buildrunner/state/log").read_text() == "x\n"
    assert {row["microstep"] for row in answer["results"]} == {"m1.s1.ms1", "m1.s1.ms2"}
    assert {record["check"]["origin"] for record in records(repo)} == {"m1.s1"}


def test_ci_is_told_by_the_provider_s_variables(repo: Br) -> None:
    give(repo, PASSES)
    answer = repo("qa", "run", "m1.s1.ms1", "--json", **GITHUB)
    assert answer.json["runner"]["class"] == "ci"
    (record,) = records(repo)
    assert record["runner"]["provider"] == "github"
    assert record["runner"]["run_url"].endswith("/o/r/actions/runs/7")
    assert "not registered as a key of CI" in repo("qa", "run", "m1.s1.ms1", **GITHUB).err
    nokey = {**GITHUB, "BR_SIGNING_KEY": ""}
    assert "set BR_SIGNING_KEY" in repo("qa", "run", "m1.s1.ms1", **nokey).err
    assert repo.ok("qa", "run", "m1.s1.ms1", CI="true")["runner"]["class"] == "local"


def test_which_checks(repo: Br) -> None:
    give(repo, PASSES, FAILS)
    give(repo, PASSES, microstep="m1.s1.ms2")
    assert repo("qa", "run", "--json").error["code"] == "nothing_in_work"
    repo.ok("start", "m1.s1.ms1")
    ran = repo("qa", "run", "--json").json["results"]
    assert [(row["microstep"], row["check"]) for row in ran] == [
        ("m1.s1.ms1", "c0"),
        ("m1.s1.ms1", "c1"),
    ]
    assert len(repo("qa", "run", "--all", "--json").json["results"]) == 3
    assert len(repo("qa", "run", "--all", "--status", "todo,done", "--json").json["results"]) == 1
    assert len(repo("qa", "run", "m1", "--check", "c1", "--json").json["results"]) == 1
    assert repo("qa", "run", "m1.s2", "--json").error["code"] == "no_checks"
    unknown = repo("qa", "run", "m1", "--check", "c3", "--json")
    assert unknown.error["code"] == "unknown_check"
    assert unknown.error["next_command"] == "br qa run m1.s1.ms1 --check c0"
    assert repo("qa", "run", "nothing", "--json").error["code"] == "unknown_id"
    for words in (("m1", "--all"), ("--jobs", "0"), ("--jobs", "999"), ("--status", "gone")):
        assert repo("qa", "run", *words).code == 2


def test_only_what_changed(repo: Br) -> None:
    Path(repo.cwd, "a.txt").write_text("1")
    Path(repo.cwd, "b.txt").write_text("1")
    give(repo, PASSES | {"paths": ["a.txt"]}, FAILS | {"paths": ["b.txt"], "criterion": 0})

    def ran() -> list[str]:
        return [row["check"] for row in repo("qa", "run", "--changed", "--json").json["results"]]

    assert ran() == []  # todo, and never run: nothing has changed
    repo.ok("start", "m1.s1.ms1")
    assert ran() == ["c0", "c1"]
    assert ran() == []  # a failure of the same content is not asked for again
    Path(repo.cwd, "a.txt").write_text("2")
    assert ran() == ["c0"]
    Path(repo.cwd, "a.txt").write_text("1")
    assert ran() == []  # as it was, and proven so
    repo.ok("plan", "edit", "m1.s1.ms1", "--set", 'criteria=["another text"]')
    assert ran() == ["c0", "c1"]
    assert repo("qa", "run", "--changed", "--json", **GITHUB).json["results"] != []


def test_what_is_not_in_head_waits_for_trust(repo: Br) -> None:
    give(repo, PASSES)
    give(repo, PASSES, {"kind": "command", "run": "touch owned"}, {"kind": "http", "url": "http://127.0.0.1:9"}, commit=False)  # fmt: skip
    answer = repo("qa", "run", "m1.s1.ms1", "--json")
    assert answer.code == 1
    assert [row["check"] for row in answer.json["untrusted"]] == ["c1", "c2"]
    assert [row["check"] for row in answer.json["results"]] == ["c0"]
    assert not Path(repo.cwd, "owned").exists()
    words = repo("qa", "run", "m1.s1.ms1").err
    assert "not trusted, not run: m1.s1.ms1 c1  touch owned" in words
    assert "br qa trust" in words
    listed = repo.ok("qa", "run", "m1.s1.ms1", "--dry-run")["checks"]
    assert [row["trusted"] for row in listed] == [True, False, False]


def test_content_that_changed_meanwhile_leaves_no_evidence(repo: Br) -> None:
    give(repo, {"kind": "command", "run": "echo new > made.txt"})
    answer = repo("qa", "run", "m1.s1.ms1")
    assert answer.code == 1
    assert "changed while it ran (made.txt)" in answer.err
    assert records(repo) == []
    # The second time it makes what is there already.
    Path(repo.cwd, "made.txt").unlink()
    Path(repo.cwd, ".gitignore").write_text("made.txt\n")
    assert repo("qa", "run", "m1.s1.ms1").code == 0
    assert len(records(repo)) == 1


def test_jobs_run_at_the_same_time(repo: Br) -> None:
    # Each waits for the other: one after the other they would never end.
    meet = "touch buildrunner/state/{0}; while [ ! -e buildrunner/state/{1} ]; do sleep 0.02; done"
    give(
        repo,
        {"kind": "command", "run": meet.format("one", "two"), "timeout": 20},
        {"kind": "command", "run": meet.format("two", "one"), "timeout": 20},
    )
    assert repo.ok("qa", "run", "m1.s1.ms1", "--jobs", "2")["passed"] == 2


def test_reports_for_others(repo: Br) -> None:
    give(repo, PASSES, FAILS)
    repo("qa", "run", "m1.s1.ms1", "--junit", "buildrunner/state/c.xml", "--sarif", "out/c.sarif")
    suite = ET.parse(Path(repo.cwd, "buildrunner/state/c.xml")).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert suite[1].get("classname") == "m1.s1.ms1"
    log = json.loads(Path(repo.cwd, "out/c.sarif").read_text())
    (result,) = log["runs"][0]["results"]
    assert result["ruleId"] == "check/command"
    assert "exit code 3" in result["message"]["text"]
    # A report in the content makes evidence stale: it is said.
    assert (
        "out/c.sarif is no file that git ignores"
        in repo("qa", "run", "m1.s1.ms1", "--sarif", "out/c.sarif").err
    )


def test_github_shows_what_failed_beside_the_plan(repo: Br) -> None:
    give(repo, PASSES, FAILS)
    shown = repo("qa", "run", "m1.s1.ms1", **GITHUB).out.splitlines()
    told = [line for line in shown if line.startswith("::")]
    assert told == [
        "::error file=buildrunner/specs/plan.json,title=check/command::"
        "m1.s1.ms1 c1: exit code 3, not 0"
    ]


def test_a_key_that_cannot_be_made_is_said_before_anything_runs(repo: Br) -> None:
    give(repo, {"kind": "command", "run": "touch buildrunner/state/ran"})
    answer = repo("qa", "run", "m1.s1.ms1", BR_SIGNING_KEY="no key", CI="true")
    assert answer.code == 1
    assert "$BR_SIGNING_KEY holds no Ed25519 private key" in answer.err
    assert not Path(repo.cwd, "buildrunner/state/ran").exists()


def test_secrets_stay_out_of_everything(repo: Br) -> None:
    give(repo, {"kind": "command", "run": "echo $DEPLOY_TOKEN; exit 1", "env": ["DEPLOY_TOKEN"]})
    secret = "hunter2-hunter2"
    words = ("qa", "run", "m1.s1.ms1", "--junit", "buildrunner/state/c.xml")
    for answer in (repo(*words, DEPLOY_TOKEN=secret), repo(*words, "--json", DEPLOY_TOKEN=secret)):
        assert secret not in answer.out + answer.err
        assert "[DEPLOY_TOKEN]" in answer.out + answer.err
    for path in Path(repo.cwd, "buildrunner").rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def wait_for(path: Path) -> int:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_it_leaves_neither_processes_nor_half_evidence(repo: Br, number: int) -> None:
    waits = "(setsid sh -c 'echo $$ > buildrunner/state/pid; exec sleep 600' &); sleep 600"
    give(repo, PASSES, {"kind": "command", "run": waits})
    running = subprocess.Popen(
        repo.command("qa", "run", "m1.s1.ms1"),
        cwd=repo.cwd,
        env=repo.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pid = wait_for(Path(repo.cwd, "buildrunner/state/pid"))
    running.send_signal(number)
    _, err = running.communicate(timeout=30)
    if number == signal.SIGINT:
        assert running.returncode == 130
        assert err.endswith("br: interrupted\n")
    end = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()
    assert [record["check"]["id"] for record in records(repo)] == ["c0"]
    assert all(verify(record) is None for record in records(repo))


def test_ctrl_c_does_not_wait_for_a_server(repo: Br) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        give(repo, {"kind": "http", "url": f"http://127.0.0.1:{silent.getsockname()[1]}/"})
        running = subprocess.Popen(
            repo.command("qa", "run", "m1.s1.ms1"),
            cwd=repo.cwd,
            env=repo.env,
            stderr=subprocess.PIPE,
        )
        connection, _ = silent.accept()
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
        connection.close()
    assert running.returncode == 130
    assert time.monotonic() - began < 10
    assert records(repo) == []


def test_on_a_terminal_what_runs_is_drawn_in_place(repo: Br) -> None:
    give(repo, {"kind": "command", "run": "sleep 1.2"}, PASSES)
    master, slave = pty.openpty()
    running = subprocess.Popen(
        repo.command("qa", "run", "m1.s1.ms1", "-j", "2"),
        cwd=repo.cwd, env=repo.env | {"TERM": "xterm", "COLUMNS": "60"}, stdout=slave, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    shown = b""
    while True:
        try:
            data = os.read(master, 4096)
        except OSError:
            break
        shown += data
    os.close(master)
    assert running.wait() == 0
    text = shown.decode()
    assert "m1.s1.ms1 c0  1 s" in text
    assert "1 of 2 ended" in text
    assert "\x1b[J" in text
    after = text.rsplit("\x1b[J", 1)[1]
    assert "2 passed; 2 records of evidence" in after
    assert "ended" not in after


def test_plain_lines_elsewhere(repo: Br) -> None:
    give(repo, PASSES)
    answer = repo("qa", "run", "m1.s1.ms1")
    assert answer.err.splitlines()[0] == "running m1.s1.ms1 c0"
    assert "\x1b" not in answer.out + answer.err
    assert repo("qa", "run", "m1.s1.ms1", "-q").err == ""


@pytest.mark.parametrize(
    "check",
    [
        {"kind": "magic"}, {"kind": "command"}, {"kind": "command", "run": 3}, {"kind": 7},
        {"kind": "command", "run": "true", "paths": ["../x"]},
        {"kind": "command", "run": "true", "expect": []},
        {"kind": "command", "run": "true", "cwd": "/"},
        {"kind": "command", "run": "true", "timeout": -1},
        {"kind": "http", "url": "file:///etc/passwd"},
    ],
)  # fmt: skip
def test_definitions_that_make_no_sense_are_said_not_crashed_over(
    repo: Br, check: dict[str, Any]
) -> None:
    give(repo, check)
    answer = repo("qa", "run", "m1.s1.ms1")
    assert answer.code == 1, answer.out + answer.err
    assert "defect" not in answer.err
    assert "Traceback" not in answer.err


def test_outside_git_nothing_is_trusted_until_said(br: Br) -> None:
    plan = br.plan
    plan["milestones"][0]["steps"][0]["microsteps"][0]["checks"] = [{"id": "c", **PASSES}]
    br.write(plan)
    assert br("qa", "run", "m1.s1.ms1", "--json").json["untrusted"][0]["check"] == "c"

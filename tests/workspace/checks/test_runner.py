"""Checks of every kind, run in a folder: what they see, what they prove, what they refuse."""

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from buildrunner.evidence.checks import Check
from buildrunner.workspace.checks.runner import Outcome, job_key, run_job


def content_of(folder: Path) -> Any:
    def content(paths: tuple[str, ...]) -> str:
        names = paths or tuple(sorted(p.name for p in folder.iterdir() if p.suffix == ".txt"))
        found = [(name, (folder / name).read_bytes()) for name in names if (folder / name).exists()]
        return "sha256:" + hashlib.sha256(repr(found).encode()).hexdigest()

    return content


def run(folder: Path, *definitions: dict[str, Any], **around: str) -> list[Outcome]:
    checks = [Check(definition, "m1.s1.ms1") for definition in definitions]
    assert len({job_key(check) for check in checks}) == 1
    environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere", **around}
    return run_job(str(folder), checks, content_of(folder), around=environment)


def one(folder: Path, kind: str = "command", **definition: Any) -> Outcome:
    around = definition.pop("around", {})
    return run(folder, {"id": "c", "kind": kind, **definition}, **around)[0]


def test_a_command_passes_with_exit_0(tmp_path: Path) -> None:
    outcome = one(tmp_path, run="echo hello")
    assert outcome.verdict.passed
    assert (outcome.exit, outcome.command, outcome.output.text) == (0, "echo hello", "hello\n")
    assert outcome.started_at.endswith("Z")
    assert not outcome.changed


def test_it_sees_only_the_variables_it_names(tmp_path: Path) -> None:
    around = {"SECRET_KEY": "abc", "MODE": "fast", "LANG": "C"}
    names = one(tmp_path, run="env | sort", env=["MODE", "UNSET"], around=around).output.text
    seen = {line.partition("=")[0] for line in names.splitlines()} - {"PWD", "SHLVL", "_", "OLDPWD"}
    assert seen == {"PATH", "HOME", "LANG", "MODE"}


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        ({"run": "true", "cwd": "../.."}, "leads out of the repository"),
        ({"run": "true", "cwd": "/etc"}, "leads out of the repository"),
        ({"run": "true", "cwd": "link"}, "leads out of the repository"),
        ({"run": "true", "cwd": "gone"}, "is no folder"),
        ({"run": "true", "cwd": "a\0b"}, "is no path"),
        ({"run": "true", "env": ["BR_SIGNING_KEY"]}, "no check is given"),
        ({"run": "true", "env": ["A=B"]}, "no variable's name"),
        ({"run": "true", "env": [3]}, "env must be text"),
        ({"run": "true", "timeout": 0}, "timeout must be a number"),
        ({"run": "true", "timeout": "1"}, "timeout must be a number"),
        ({"run": 3}, "run must be text"),
        ({"run": "true " + "x" * 3_000_000}, "cannot be run: Argument list too long"),
        ({"run": "true \0"}, "cannot be run: embedded null byte"),
        ({}, "run is missing"),
        ({"run": "true", "expect": {"regex": "("}}, "does not compile"),
        ({"kind": "manual"}, "not run by a machine"),
        ({"kind": "magic"}, "not run by a machine"),
        ({"kind": "file"}, "path is missing"),
        ({"kind": "file", "path": "../x"}, "leads out of the repository"),
        ({"kind": "file", "path": "link/passwd"}, "leads out of the repository"),
        ({"kind": "junit"}, "report is missing"),
        ({"kind": "junit", "report": "../*.xml"}, "leads out of the repository"),
        ({"kind": "junit", "report": "link/passwd"}, "leads out of the repository"),
        ({"kind": "http", "url": "file:///etc/passwd"}, "must begin with http"),
        ({"kind": "http", "url": "http://x/${HOST}"}, "needs ${HOST}"),
        ({"kind": "http", "url": "http://x", "method": "BREW"}, "method must be one of"),
    ],
)
def test_what_makes_no_sense_is_an_error_not_a_verdict(
    tmp_path: Path, definition: dict[str, Any], says: str
) -> None:
    (tmp_path / "link").symlink_to("/etc")
    outcome = run(tmp_path, {"id": "c", "kind": "command", **definition})[0]
    assert outcome.verdict.outcome == "error"
    assert says in outcome.verdict.reason


def test_a_folder_inside_is_where_it_runs(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    assert one(tmp_path, run="pwd", cwd="web").output.text == f"{tmp_path.resolve()}/web\n"


def test_time_is_up(tmp_path: Path) -> None:
    outcome = one(tmp_path, run="echo begun; sleep 60", timeout=0.5)
    assert outcome.verdict.outcome == "failed"
    assert outcome.verdict.reason == "not finished after 0.5 s: it was stopped"
    assert outcome.exit is None
    assert outcome.output.text == "begun\n"


def test_json_is_read_from_standard_output_alone(tmp_path: Path) -> None:
    command = """echo warning >&2; echo '{"ok": true}'"""
    assert one(tmp_path, run=command, expect={"json": {"$.ok": True}}).verdict.passed
    assert not one(tmp_path, run=command, expect={"json": {"$.ok": 1}}).verdict.passed


def test_content_that_changed_meanwhile_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1")
    assert one(tmp_path, run="echo 2 > a.txt").changed
    assert not one(tmp_path, run="echo 3 > a.txt", paths=["b.txt"]).changed
    assert one(tmp_path, run="touch b.txt", paths=["b.txt"]).changed


def test_checks_with_one_command_run_it_once(tmp_path: Path) -> None:
    base = {"kind": "command", "run": "echo run >> log; echo a; echo b"}
    outcomes = run(
        tmp_path, base, base | {"expect": {"regex": "b"}}, base | {"expect": {"regex": "z"}}
    )
    assert [outcome.verdict.passed for outcome in outcomes] == [True, True, False]
    assert (tmp_path / "log").read_text() == "run\n"


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello 7\n")
    digest = hashlib.sha256(b"hello 7\n").hexdigest()
    assert one(tmp_path, "file", path="a.txt").verdict.passed
    assert one(
        tmp_path, "file", path="a.txt", expect={"regex": r"\d", "sha256": digest}
    ).verdict.passed
    assert not one(tmp_path, "file", path="a.txt", expect={"sha256": "0" * 64}).verdict.passed
    assert not one(tmp_path, "file", path="b.txt").verdict.passed
    assert one(tmp_path, "file", path="b.txt", expect={"exists": False}).verdict.passed
    assert one(tmp_path, "file", path="a.txt/b", expect={"exists": False}).verdict.passed
    (tmp_path / "folder").mkdir()
    assert one(tmp_path, "file", path="folder").verdict.passed
    os.mkfifo(tmp_path / "pipe")
    assert one(tmp_path, "file", path="pipe").verdict.outcome == "error"


GREEN = '<testsuite name="s"><testcase name="a"/></testsuite>'
RED = '<testsuite name="s"><testcase name="a"><failure message="no"/></testcase></testsuite>'


def test_reports_that_the_command_writes(tmp_path: Path) -> None:
    write = f"printf '%s' '{GREEN}' > r.xml"
    assert one(tmp_path, "junit", run=write, report="r.xml").verdict.passed
    after = one(tmp_path, "junit", run="true", report="r.xml").verdict
    assert (after.outcome, "of an earlier run" in after.reason) == ("error", True)
    assert one(tmp_path, "junit", run=f"{write}; exit 1", report="r.xml").verdict.reason.startswith(
        "exit code 1"
    )
    lost = one(tmp_path, "junit", run="no-such-tool", report="none.xml").verdict
    assert lost.outcome == "error"
    assert "there is no report none.xml" in lost.reason
    assert "exit code 127" in lost.reason
    red = one(tmp_path, "junit", run=f"printf '%s' '{RED}' > r.xml; exit 1", report="r.xml").verdict
    assert red.reason == "1 of 1 tests failed: a: no"


def test_reports_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for number in (1, 2):
        (tmp_path / "out" / f"TEST-{number}.xml").write_text(GREEN)
    assert one(tmp_path, "junit", report="out/*.xml").verdict.reason == "2 tests passed"
    (tmp_path / "out" / "TEST-3.xml").write_text(RED[:40])
    broken = one(tmp_path, "junit", report="out/*.xml").verdict
    assert broken.outcome == "error"
    assert broken.reason.startswith("out/TEST-3.xml:1:")
    (tmp_path / "out" / "TEST-3.xml").write_text("<testsuite/>")
    assert one(tmp_path, "junit", report="out/*.xml").verdict.outcome == "failed"
    (tmp_path / "lcov.info").write_text("SF:a\nDA:1,1\nDA:2,0\nend_of_record\n")
    assert one(tmp_path, "coverage", report="lcov.info", expect={"lines": 50}).verdict.passed
    assert one(tmp_path, "sarif", report="lcov.info").verdict.outcome == "error"
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "S"}}, "results": []}]}
    (tmp_path / "s.sarif").write_text(json.dumps(log))
    assert one(tmp_path, "sarif", report="s.sarif").verdict.passed


def test_absolute_paths_of_tools_are_told_as_in_the_repository(tmp_path: Path) -> None:
    uri = f"{tmp_path.resolve().as_uri()}/a%20b.py"
    place = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 3}}}
    results = [{"ruleId": "R", "message": {"text": "no"}, "locations": [place]}]
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "S"}}, "results": results}]}
    (tmp_path / "s.sarif").write_text(json.dumps(log))
    verdict = one(tmp_path, "sarif", report="s.sarif").verdict
    assert verdict.reason == "1 result; the first: a b.py:3: R no"
    assert verdict.findings[0]["path"] == "a b.py"


@pytest.fixture
def server() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/slow":
                gate.wait(20)
            body = json.dumps({"ok": True, "key": self.headers.get("X-Key")}).encode()
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(b"x" * 3_000_000 if self.path == "/huge" else body)

        def do_POST(self) -> None:
            self.send_response(201)
            self.end_headers()
            self.wfile.write(self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_: object) -> None:
            pass

    gate = threading.Event()
    service = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{service.server_port}"
    gate.set()
    service.shutdown()
    service.server_close()


def test_servers_are_asked(tmp_path: Path, server: str) -> None:
    expect = {"json": {"$.ok": True}, "regex": "ok"}
    assert one(tmp_path, "http", url=f"{server}/", expect=expect).verdict.passed
    assert one(tmp_path, "http", url=f"{server}/away", expect={"status": 302}).verdict.passed
    assert one(tmp_path, "http", url=f"{server}/away").verdict.reason == "status 302, not 200"
    posted = one(
        tmp_path, "http", url=f"{server}/", method="post", body={"a": 1}, expect={"status": 201, "json": {"$.a": 1}},
    )  # fmt: skip
    assert posted.verdict.passed, posted.verdict
    keyed = one(
        tmp_path, "http", url=f"{server}/", headers={"X-Key": "${API_KEY}"}, env=["API_KEY"],
        expect={"json": {"$.key": "s3cret-value"}}, around={"API_KEY": "s3cret-value"},
    )  # fmt: skip
    assert keyed.verdict.passed
    assert "s3cret-value" not in keyed.output.excerpt({"API_KEY": "s3cret-value"})


def test_servers_that_do_not_answer(tmp_path: Path, server: str) -> None:
    slow = one(tmp_path, "http", url=f"{server}/slow", timeout=0.3).verdict
    assert (slow.outcome, "did not answer within 0.3 s" in slow.reason) == ("failed", True)
    gone = one(tmp_path, "http", url="http://127.0.0.1:9/").verdict
    assert gone.outcome == "failed"
    assert one(tmp_path, "http", url=f"{server}/huge").verdict.passed
    huge = one(tmp_path, "http", url=f"{server}/huge", expect={"json": {"$.a": 1}}).verdict
    assert huge.outcome == "error"


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://", "http://a b/", "http://localhost:99999/"]
)
def test_addresses_that_are_none(tmp_path: Path, url: str) -> None:
    assert not one(tmp_path, "http", url=url).verdict.passed

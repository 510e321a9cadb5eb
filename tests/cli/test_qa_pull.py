"""`br qa pull` against a server that tells what was signed and what CI proved."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from buildrunner.evidence.checks import checks_of
from buildrunner.evidence.record import address
from buildrunner.evidence.signing import encode, public_key
from buildrunner.workspace import Workspace
from buildrunner.workspace.content import Content
from buildrunner.workspace.keys import add_key
from kits.program import Br
from kits.records import KEY, OTHER_KEY, run_of, signoff_of

MS = "m1.s1.ms1"
LOGIN = {"BR_API_KEY": "br_0123456789abcdef"}


class _Project(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0].removeprefix("/api/projects/p1/")
        answer = self.server.answers.get(path)  # type: ignore[attr-defined]
        body = json.dumps(answer if answer is not None else {}).encode()
        self.send_response(200 if answer is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def project(br: Br) -> Iterator[dict[str, Any]]:
    """The answers of the server a clone is linked to, by path below the project."""
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Project)
    answers: dict[str, Any] = {"sign-offs": page(), "evidence": page(), "quarantines": page()}
    made.answers = answers  # type: ignore[attr-defined]
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    link = {"server": f"http://127.0.0.1:{made.server_port}", "project_id": "p1"}
    Workspace(str(br.cwd)).update_state(**link)
    LOGIN["BR_SERVER"] = link["server"]
    yield answers
    made.shutdown()
    made.server_close()
    thread.join()


def page(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": None}


def listed(record: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A sign-off as the server lists it."""
    return {
        "id": "s1", "address": address(record), "microstep_id": record["microstep"],
        "criterion": 0, "text": record["criterion"]["text"], "by": record["by"], "note": "",
        "self_attested": False, "at": record["at"], "revoked_at": None, "record": record,
    } | changes  # fmt: skip


def test_a_signature_on_the_server_proves_here(br: Br, project: dict[str, Any]) -> None:
    record = signoff_of(br.plan, key=KEY)
    project["sign-offs"] = page(listed(record))
    assert "br qa pull" in br("done", MS, "--local", "--json").error["hint"]
    pulled = br.ok("qa", "pull", **LOGIN)
    assert (pulled["sign_offs"], pulled["keys"]) == (1, [record["signature"]["key"]])
    registered = json.loads((br.cwd / "buildrunner" / "keys.json").read_text())["keys"][0]
    assert (registered["class"], registered["public_key"]) == ("server", encode(public_key(KEY)))
    br.ok("done", MS, "--local")
    assert br.ok("show", MS)["proof"]["criteria"][0]["state"] == "signed_off"
    assert br.ok("qa", "pull", **LOGIN)["sign_offs"] == 0
    project["sign-offs"] = page(listed(record, revoked_at="2026-01-02T00:00:00Z"))
    assert br.ok("qa", "pull", **LOGIN)["revoked"] == 1
    assert br("qa", "audit").code == 1


def test_what_does_not_verify_is_not_taken(br: Br, project: dict[str, Any]) -> None:
    record = signoff_of(br.plan, key=KEY)
    forged = {**record, "note": "really"}
    add_key(Workspace(str(br.cwd)), public_key(OTHER_KEY), "a laptop", "local")
    by_laptop = signoff_of(br.plan, key=OTHER_KEY)
    project["sign-offs"] = page(
        listed(forged), listed(record, address="0" * 64), listed(by_laptop)
    )  # fmt: skip
    answer = br("qa", "pull", "--json", **LOGIN)
    assert answer.code == 1
    assert len(answer.json["rejected"]) == 3
    assert not list((br.cwd / "buildrunner" / "evidence").glob("*.json"))


def test_evidence_of_ci_comes_along(br: Br, project: dict[str, Any]) -> None:
    (br.cwd / "README.md").write_text("x")
    (br.cwd / "buildrunner" / "governance").mkdir()
    policy = br.cwd / "buildrunner" / "governance" / "policy.yml"
    policy.write_text("evidence:\n  counts: [ci]\n")
    br.ok("qa", "add", MS, "--criterion", "0", "--run", "test -s README.md", "--path", "README.md")
    workspace = Workspace(str(br.cwd))
    add_key(workspace, public_key(KEY), "CI", "ci")
    content = Content(workspace).digest(("README.md",))
    record = run_of(br.plan, "command", content=content, runner="ci", key=KEY)
    row = {
        "id": "e1", "address": address(record), "microstep_id": MS, "criterion_index": 0,
        "criterion_digest": record["criterion"]["digest"], "check_id": "command",
        "check_digest": record["check"]["digest"], "outcome": "passed", "reason": "",
        "runner_class": "ci", "believed": True, "key_id": record["signature"]["key"],
        "anchored": True, "commit": None, "tree": None, "subject_digest": content,
        "run_group": "", "started_at": record["started_at"],
        "received_at": "2026-01-01T10:00:01Z", "uploaded_by": {"name": "CI"},
    }  # fmt: skip
    project["evidence"] = page(row, {**row, "runner_class": "local", "address": "1" * 64})
    project[f"evidence/{address(record)}"] = {**row, "record": record}
    assert br.ok("qa", "pull", **LOGIN)["evidence"] == 1
    br.ok("done", MS, "--local")
    assert br.ok("qa", "audit")["proven"] == 1


def test_what_was_set_aside_there_neither_proves_nor_blocks_here(
    br: Br, project: dict[str, Any]
) -> None:
    (br.cwd / "README.md").write_text("x")
    for run in ("test -s README.md", "false"):
        br.ok("qa", "add", MS, "--criterion", "0", "--run", run, "--path", "README.md")
    assert br("qa", "run", MS, "--no-upload").code == 1
    assert br("done", MS, "--local").code == 1
    flaky = next(each for each in checks_of(br.plan, MS) if each.definition["run"] == "false")
    row = {
        "id": "q1", "check_id": flaky.id, "check_digest": flaky.digest, "reason": "a busy runner",
        "until": "2999-01-01T00:00:00Z", "by": {}, "created_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    project["quarantines"] = page(row)
    assert br.ok("qa", "pull", **LOGIN)["quarantines"] == 1
    br.ok("done", MS, "--local")
    project["quarantines"] = page({**row, "until": "2020-01-01T00:00:00Z"})
    br.ok("qa", "pull", **LOGIN)
    assert br("qa", "audit").code == 1
    br.ok("todo", MS)
    project["quarantines"] = page(row)
    br.ok("qa", "pull", **LOGIN)
    Workspace(str(br.cwd)).update_state(server=None, project_id=None)
    assert br("done", MS, "--local").code == 1

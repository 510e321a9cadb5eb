"""Proof that was made elsewhere comes into a clone: what CI ran counts for `br done` here."""

import json
from pathlib import Path

import pytest

from buildrunner.client import Client
from kits.clone import Clone
from kits.product import Product

pytestmark = pytest.mark.e2e
CHECK = {"id": "walks", "criterion": 0, "kind": "command", "run": "true"}


def test_what_ci_proved_lets_a_clone_finish(server: Product, tmp_path: Path) -> None:
    mine = Clone(tmp_path / "mine", server=server.url, api_key=server.api_key)
    mine.br("init", "--title", "Harbour")
    plan = mine.plan
    plan["milestones"][0]["steps"][0]["microsteps"][0]["checks"] = [CHECK]
    mine.write(plan)
    policy = mine.root / "buildrunner" / "governance" / "policy.yml"
    policy.parent.mkdir()
    policy.write_text("evidence:\n  counts: [ci]\n")
    signing = mine.br("ci", "init", "github", "--key")["signing_key"]
    mine.git("add", "-A")
    mine.git("commit", "-q", "-m", "proof in CI")
    mine.br("project", "create", "Harbour", "--link")
    mine.br("sync")
    state = json.loads((mine.root / "buildrunner/state/runner_state.json").read_text())
    with Client(server.url, server.api_key) as client:
        secret = client.keys.create("CI", scopes=["qa.run"]).key
    mine.git("clone", "-q", ".", str(tmp_path / "runner"))
    ci = Clone(tmp_path / "runner", server=server.url, api_key=secret)
    ci.environment |= {
        "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7", "GITHUB_REPOSITORY": "o/r",
        "BR_SIGNING_KEY": signing,
    }  # fmt: skip
    ci.br("link", state["project_id"])
    assert ci.br("qa", "run", "--all")["upload"]["sent"] == 1

    mine.br("qa", "run", "m1.s1.ms1", "--no-upload")
    assert mine.br("qa", "list", "m1.s1.ms1")["microsteps"][0]["proof"] == "unproven"
    pulled = mine.br("qa", "pull")
    assert (pulled["evidence"], pulled["rejected"]) == (1, [])
    assert mine.br("qa", "pull")["evidence"] == 0
    mine.br("done", "m1.s1.ms1")
    assert mine.br("qa", "audit")["proven"] == 1
    assert not mine.br("sync")["refused"]

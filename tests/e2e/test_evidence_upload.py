"""Evidence from a clone to a server: with a run, with a sync, by hand, and once only."""

import json
from pathlib import Path
from typing import Any

import pytest

from buildrunner.client import Client
from kits.clone import Clone
from kits.product import Product

pytestmark = pytest.mark.e2e
CHECK = {"id": "walks", "criterion": 0, "kind": "command", "run": "true"}


@pytest.fixture
def clone(server: Product, tmp_path: Path) -> Clone:
    """A clone that is linked to a project, with a committed check."""
    made = Clone(tmp_path / "clone", server=server.url, api_key=server.api_key)
    made.br("init", "--title", "Harbour")
    plan = made.plan
    plan["milestones"][0]["steps"][0]["microsteps"][0]["checks"] = [CHECK]
    made.write(plan)
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "checks")
    made.br("project", "create", "Harbour", "--link")
    return made


def project_of(clone: Clone) -> str:
    state = json.loads((clone.root / "buildrunner/state/runner_state.json").read_text())
    return str(state["project_id"])


def held(server: Product, clone: Clone) -> list[Any]:
    with Client(server.url, server.api_key) as client:
        return list(client.evidence.list(project_of(clone)))


def test_a_run_sends_what_it_found(server: Product, clone: Clone) -> None:
    clone.br("sync")
    answer = clone.br("qa", "run", "m1.s1.ms1")
    assert answer["upload"]["sent"] == 1
    (record,) = held(server, clone)
    assert record.address == answer["evidence"][0]
    assert clone.br("qa", "push")["sent"] == 0


def test_what_waits_goes_with_the_next_sync(server: Product, clone: Clone) -> None:
    # Before the first sync there is no plan that it could be about.
    assert clone.br("qa", "run", "m1.s1.ms1")["upload"]["waiting"] == 1
    clone.br("sync")
    assert len(held(server, clone)) == 1
    away = clone.environment | {"BR_SERVER": "http://127.0.0.1:9"}
    here, clone.environment = clone.environment, away
    run = clone.br("qa", "run", "m1.s1.ms1")
    clone.environment = here
    assert (run["ok"], run["upload"]["waiting"]) == (True, 1)
    clone.br("sync")
    assert len(held(server, clone)) == 2
    (clone.root / "buildrunner/state/evidence_sent.json").unlink()
    assert clone.br("qa", "push")["known"] == 2


def test_done_travels_with_its_proof(server: Product, clone: Clone) -> None:
    clone.br("sync")
    clone.br("qa", "run", "m1.s1.ms1", "--no-upload")
    clone.br("done", "m1.s1.ms1")
    clone.br("sync")
    with Client(server.url, server.api_key) as client:
        (found,) = client.plans.get(project_of(clone)).document["milestones"][0]["steps"][0][
            "microsteps"
        ][:1]
    assert found["status"] == "done"


def test_what_the_server_does_not_take_is_said(server: Product, clone: Clone) -> None:
    clone.br("sync")
    plan = clone.plan
    plan["projectId"] = "another"
    clone.write(plan)
    answer = clone.br("qa", "run", "m1.s1.ms1")
    (rejected,) = answer["upload"]["rejected"]
    assert rejected["code"] == "other_project"
    assert rejected["address"] == answer["evidence"][0]


def test_ci_proves_the_merge_result_with_a_key_of_its_own(
    server: Product, clone: Clone, tmp_path: Path
) -> None:
    signing = clone.br("ci", "init", "github", "--key")["signing_key"]
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "proof in CI")
    clone.br("start", "m1.s1.ms1")
    clone.git("commit", "-q", "-am", "begun")
    clone.br("sync")
    with Client(server.url, server.api_key) as client:
        secret = client.keys.create("CI", scopes=["qa.run"]).key
    # As the workflow does: a fresh checkout, its own key, linked only to send.
    clone.git("clone", "-q", ".", str(tmp_path / "runner"))
    ci = Clone(tmp_path / "runner", server=server.url, api_key=secret)
    ci.environment |= {
        "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7", "GITHUB_REPOSITORY": "o/r",
        "BR_SIGNING_KEY": signing,
    }  # fmt: skip
    ran = ci.br("qa", "run", "--all", "--status", "doing,done", "--no-upload")
    assert (ran["runner"]["class"], ran["upload"]) == ("ci", None)
    ci.br("link", project_of(clone))
    assert ci.br("qa", "push")["sent"] == 1
    (record,) = held(server, clone)
    assert (record.runner_class, record.believed) == ("ci", True)
    with Client(server.url, server.api_key) as client:
        proof = client.evidence.proof(project_of(clone), microstep_id="m1.s1.ms1")
        assert proof.items[0].proof == "evidence"

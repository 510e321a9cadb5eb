"""`br governance check` counts what was approved on the server, and tells it the outcome."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from buildrunner.client import Client
from kits.clone import Clone
from kits.product import Product

pytestmark = pytest.mark.e2e
POLICY = """\
version: 1
protected_paths: [{path: infra/, approvals: [{role: PM, count: 1}]}]
"""
CHECK = ("governance", "check", "--base", "main", "--title", "m1.s1.ms1: more room")


def test_approvals_of_the_server_count(tmp_path: Path, server: Product, owner_page: Page) -> None:
    with Client(server.url, server.api_key) as client:
        org = client.me().organizations[0].id
        project = client.projects.create("Governed").id
        service = client.service_accounts.create(org, "pipeline", role="admin").id
        secret = client.keys.create(
            "CI", scopes=["builder.run"], org_id=org, service_id=service
        ).key
        clone = Clone(tmp_path / "ci", server=server.url, api_key=secret)
        clone.environment |= {"BR_PROJECT": project, "CI": "true"}
        clone.br("init", "--title", "Governed")
        policy = clone.root / "buildrunner" / "governance" / "policy.yml"
        policy.parent.mkdir(exist_ok=True)
        policy.write_text(POLICY)
        commit(clone, "the rules")
        clone.git("checkout", "-q", "-b", "work")
        (clone.root / "infra").mkdir()
        (clone.root / "infra" / "net.tf").write_text("size = 2\n")
        commit(clone, "m1.s1.ms1: more room")

        denied = clone.br(*CHECK, exit_code=1)
        assert [each["rule"] for each in denied["denials"]] == ["protected-path"]
        assert denied["server"] | {"run": ""} == {
            "counted": True, "reason": "", "approvals": 0, "waivers": 0, "request": None, "run": "",
        }  # fmt: skip
        asked = clone.br(*CHECK, "--request", exit_code=1)["server"]["request"]
        assert asked == 1
        (run, *_) = client.policies.runs(project)
        assert (run.source, run.allowed, run.rules) == ("ci", False, {"protected-path": 1})

        owner_page.goto(f"{server.url}/projects/{project}/governance/requests/{asked}")
        owner_page.get_by_role("button", name="Approve").click()
        owner_page.get_by_text("Approved").first.wait_for()
        passed = clone.br(*CHECK)
        assert (passed["ok"], passed["server"]["approvals"]) == (True, 1)

        offline = clone.run(*CHECK, "--offline")
        assert offline.returncode == 1
        assert "approvals and waivers of the server were not counted: --offline" in offline.stderr
        nobody = clone.environment | {"BR_SERVER": "http://127.0.0.1:9"}
        clone.environment, before = nobody, clone.environment
        alone = clone.br(*CHECK, exit_code=1)
        assert (alone["server"]["counted"], bool(alone["server"]["reason"])) == (False, True)
        clone.environment = before

        (clone.root / "infra" / "net.tf").write_text("size = 3\n")
        commit(clone, "m1.s1.ms1: more still")
        stale = clone.br(*CHECK, exit_code=1)
        assert stale["server"]["approvals"] == 0
        assert clone.br(*CHECK, "--request", exit_code=1)["server"]["request"] == 1


def test_a_link_that_stands_in_git_is_the_word_of_the_change(
    tmp_path: Path, server: Product
) -> None:
    clone = Clone(tmp_path / "forged", server=server.url, api_key=server.api_key)
    clone.br("init")
    policy = clone.root / "buildrunner" / "governance" / "policy.yml"
    policy.parent.mkdir(exist_ok=True)
    policy.write_text(POLICY)
    clone.br("link", server.project_id)
    commit(clone, "the rules")
    assert clone.br(*CHECK)["server"] is not None
    clone.git("add", "-f", "buildrunner/state/runner_state.json")
    commit(clone, "m1.s1.ms1: our own server")
    assert clone.br(*CHECK)["server"] is None


def commit(clone: Clone, message: str) -> None:
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", message)

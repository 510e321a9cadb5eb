"""`br sync` with a status that the policy does not let follow: listed, exit 1, the edit stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildrunner.client import Client
from buildrunner.spec.document import index
from kits.clone import Clone
from kits.product import Product
from kits.proofs import checkout_plan

pytestmark = pytest.mark.e2e
ROW = "m1.s1.ms2"  # doing
POLICY = "version: 1\nmicrosteps:\n  allowed_transitions: {doing: [done], done: []}\n"


def test_a_status_that_may_not_follow_is_refused_and_kept(tmp_path: Path, server: Product) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("In order").id
        one = Clone(tmp_path / "one", server=server.url, api_key=server.api_key)
        one.br("init")
        one.write(checkout_plan())
        one.br("link", project)
        one.br("sync")
        client.policies.save(project, POLICY)

        edited = one.plan
        index(edited)[ROW].value["status"] = "todo"
        index(edited)["m1.s1.ms3"].value["title"] = "Say what went wrong"
        one.write(edited)
        told = one.br("sync", exit_code=1)
        (refused,) = told["refused"]
        assert (refused["id"], refused["code"]) == (ROW, "transition_refused")
        assert (refused["before"], refused["after"], refused["allowed"]) == (
            "doing", "todo", ["done"],
        )  # fmt: skip
        assert index(one.plan)[ROW].value["status"] == "todo"
        stored = index(client.plans.get(project).document)
        assert stored[ROW].value["status"] == "doing"
        assert stored["m1.s1.ms3"].value["title"] == "Say what went wrong"

        again = one.run("sync")
        assert again.returncode == 1
        assert f"{ROW} is not todo" in again.stdout
        assert "after doing may follow done" in again.stdout
        assert "microsteps.allowed_transitions.doing of the policy; PM" in again.stdout
        assert "rules of the policy" in again.stderr

        client.policies.save(project, "version: 1\n", etag=client.policies.get(project).etag)
        assert one.br("sync")["refused"] == []
        assert index(client.plans.get(project).document)[ROW].value["status"] == "todo"

"""`br sync` with a `done` that nothing proves: listed, exit 1, the edit stays and is offered again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from buildrunner.client import Client
from buildrunner.evidence.checks import checks_of
from buildrunner.spec.document import index
from kits.clone import Clone
from kits.product import Product
from kits.proofs import checkout_plan, record_of

pytestmark = pytest.mark.e2e
ROW = "m1.s1.ms2"


def test_a_hand_edited_done_is_refused_and_kept(tmp_path: Path, server: Product) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Unproven").id
        one = Clone(tmp_path / "one", server=server.url, api_key=server.api_key)
        one.br("init")
        one.write(checkout_plan())
        one.br("link", project)
        one.br("sync")

        edited: dict[str, Any] = one.plan
        index(edited)[ROW].value["status"] = "done"
        index(edited)["m1.s1.ms3"].value["title"] = "Say what went wrong"
        one.write(edited)
        told = one.br("sync", exit_code=1)
        assert [each["id"] for each in told["refused"]] == [ROW]
        assert (told["in_sync"], told["revision"]) == (False, 2)
        assert [each["field"] for each in told["pushed"]] == ["title"]
        assert index(one.plan)[ROW].value["status"] == "done"
        stored = client.plans.get(project).document
        assert index(stored)[ROW].value["status"] == "doing"
        assert index(stored)["m1.s1.ms3"].value["title"] == "Say what went wrong"

        again = one.run("sync")
        assert again.returncode == 1
        assert f"{ROW} is not done" in again.stdout
        assert "A past date is refused" in again.stdout
        assert "br qa run" in again.stderr

        # A change from elsewhere comes in all the same, and the edit stays.
        client.plans.edit(project, [{"do": "set", "ids": [ROW], "field": "owner", "value": "Tom"}])
        assert one.br("sync", exit_code=1)["revision"] == 3
        assert index(one.plan)[ROW].value["owner"] == "Tom"
        assert index(one.plan)[ROW].value["status"] == "done"

        plan = client.plans.get(project).document
        check = checks_of(plan, ROW)[0]
        taken = client.evidence.upload(project, [record_of(plan, ROW, 0, check, datetime.now(UTC))])
        assert taken.rejected == []
        told = one.br("sync")
        assert (told["refused"], told["in_sync"]) == ([], True)
        assert index(client.plans.get(project).document)[ROW].value["status"] == "done"
        assert client.evidence.proof(project).counts.proven == 1

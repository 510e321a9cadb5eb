"""`br comment`: the talk of a linked project, from a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildrunner.client import Client
from buildrunner.spec.document import index
from kits.clone import Clone
from kits.product import Product
from kits.proofs import checkout_plan

pytestmark = pytest.mark.e2e
ROW = "m1.s1.ms2"


def test_talk_from_question_to_microstep(tmp_path: Path, server: Product) -> None:
    with Client(server.url, server.api_key) as client:
        project = client.projects.create("Talk").id
        clone = Clone(tmp_path / "clone", server=server.url, api_key=server.api_key)
        clone.br("init")
        clone.write(checkout_plan())
        assert clone.br("comment", ROW, exit_code=1)["error"]["code"] == "not_linked"
        clone.br("link", project)
        clone.br("sync")

        first = clone.br("comment", ROW, "Who checks **dates**?")["comment"]
        assert (first["entity_type"], first["entity_id"]) == ("microstep", ROW)
        clone.br("comment", ROW, "I do", "--answer", first["id"])
        trace = tmp_path / "trace.log"
        trace.write_text("it failed here")
        kept = clone.br("comment", ROW, "It fails", "--attach", str(trace))["comment"]
        assert [one["name"] for one in kept["attachments"]] == ["trace.log"]
        file = kept["attachments"][0]["id"]
        assert client.comments.download(kept["id"], file) == b"it failed here"
        missing = clone.br("comment", ROW, "x", "--attach", str(tmp_path / "no"), exit_code=2)
        assert "No such file" in missing["error"]["message"]
        told = clone.run("comment", ROW)
        assert "+ trace.log  14 bytes" in told.stdout
        assert "Who checks **dates**?" in told.stdout
        assert "\n    I do" in told.stdout
        assert clone.br("comment", "m1.s1.ms3")["comments"] == []
        assert len(clone.br("comment", "--search", "dates")["comments"]) == 1

        made = clone.br(
            "comment", "m1.s1", "--promote", first["id"], "--title", "Check dates",
            "--criterion", "A past date is refused",
        )  # fmt: skip
        clone.br("sync")
        added = index(clone.plan)[made["microstep"]].value
        assert (added["title"], added["criteria"]) == ("Check dates", ["A past date is refused"])
        settled = clone.br("comment", "--resolve", first["id"])["comment"]
        assert settled["resolved_at"]
        refused = clone.br("comment", ROW, "x", "--reopen", first["id"], exit_code=2)
        assert "one thing at a time" in refused["error"]["message"]

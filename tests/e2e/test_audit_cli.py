"""The ledger from a real server to a file that is verified without it."""

import json
import time
from pathlib import Path

import pytest

from kits.clone import Clone
from kits.product import Product

pytestmark = pytest.mark.e2e


@pytest.fixture
def clone(server: Product, tmp_path: Path) -> Clone:
    """A clone that is linked to a project."""
    made = Clone(tmp_path / "clone")
    made.environment |= {"BR_SERVER": server.url, "BR_API_KEY": server.api_key}
    made.br("init", "--title", "Harbour")
    made.br("project", "create", "Harbour", "--link")
    made.br("sync")
    return made


def actions(path: Path) -> list[str]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line["record"]["action"] for line in lines if "record" in line]


def test_from_the_server_to_an_outsider(clone: Clone) -> None:
    noted = clone.br("audit", "checkpoint", "--out", "one.note")
    told = clone.br("audit", "export", "--out", "ledger.jsonl")
    assert told["records"] >= noted["size"] > 0
    assert {"project.created", "plan.revised"} <= set(actions(clone.root / "ledger.jsonl"))
    found = clone.br("audit", "verify", "ledger.jsonl", "--checkpoint", "one.note")
    assert found["anchors"][0]["state"] == "holds"
    assert found["anchors"][0]["anchored"] is False

    (key,) = [
        one for one in clone.br("audit", "key", "--remote")["keys"] if one["class"] == "ledger"
    ]
    clone.br("audit", "key", "add", key["public_key"], "--name", "server", "--class", "server")
    found = clone.br("audit", "verify", "ledger.jsonl", "--checkpoint", "one.note")
    assert found["anchors"][0]["anchored"] is True

    clone.br("audit", "export", "--out", "open.csv", "--format", "csv", "--redact")
    found = clone.br("audit", "verify", "open.csv", "--checkpoint", "one.note")
    assert found["disclosures"] == 0
    assert found["withheld"] > 0


def test_an_export_goes_on_where_it_broke_off(clone: Clone) -> None:
    whole = clone.br("audit", "export", "--out", "whole.jsonl")
    lines = (clone.root / "whole.jsonl").read_bytes().splitlines(keepends=True)
    (clone.root / "again.jsonl.partial").write_bytes(b"".join(lines[:3]) + lines[3][:40])
    told = clone.br("audit", "export", "--out", "again.jsonl")
    assert told["resumed"] is True
    assert told["records"] >= whole["records"]
    assert not (clone.root / "again.jsonl.partial").exists()
    later = clone.br("audit", "export", "--out", "later.jsonl", "--from-seq", "3")
    assert later["first_seq"] == 3


def test_what_happens_is_sealed_within_a_second(clone: Clone) -> None:
    def sealed() -> int:
        with_limit = clone.br(
            "api", "GET", f"/api/orgs/{org_id}/ledger?limit=1&action=plan.revised"
        )
        return int(with_limit["items"][0]["seq"])

    org_id = clone.br("api", "GET", "/api/orgs")["items"][0]["id"]
    while True:  # the events so far
        before = sealed()
        time.sleep(0.5)
        if sealed() == before:
            break
    clone.br("plan", "add", "Piers")
    clone.br("sync")
    start = time.monotonic()
    while sealed() == before:
        assert time.monotonic() - start < 5, "nothing was sealed"

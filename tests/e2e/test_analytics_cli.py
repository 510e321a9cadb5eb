"""The figures of a project in a terminal are those of its page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kits.clone import Clone
from kits.product import Product

pytestmark = pytest.mark.e2e


@pytest.fixture
def clone(tmp_path: Path, server: Product) -> Clone:
    """Linked to a project of its own."""
    clone = Clone(tmp_path / "ada", server=server.url, api_key=server.api_key)
    clone.br("init")
    clone.br("project", "create", f"Figures of {tmp_path.name}", "--link")
    clone.br("sync")
    return clone


def test_figures_are_shown_and_written(clone: Clone) -> None:
    told = clone.br("analytics", "show")["analytics"]
    names = {one["name"] for one in told["sections"]}
    assert {"velocity", "quality", "duration", "cost"} <= names
    shown = clone.run("analytics", "show").stdout
    assert "Microsteps finished" in shown
    assert "unknown" in shown, "what nobody knows is not zero"
    made = clone.br("analytics", "show", "--out", "figures.json")
    written = (clone.root / "figures.json").read_bytes()
    assert made == {"file": "figures.json", "bytes": len(written)}
    assert json.loads(written)
    clone.br("analytics", "show", "--out", "week.pdf")
    assert (clone.root / "week.pdf").read_bytes().startswith(b"%PDF")


def test_the_rows_of_a_figure_are_listed(clone: Clone) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "ci", "type": "tokens"}
    data = {"model_name": "gpt-4o", "provider": "openai", "microstep_id": "m1.s1.ms1"}
    data |= {"quantity": 1100, "input_tokens": 1000, "output_tokens": 100}
    project = clone.br("analytics", "show")["analytics"]["project_id"]
    (clone.root / "u.json").write_text(
        json.dumps([event | {"data": {**data, "project_id": project}}])
    )
    clone.br("usage", "--send", "u.json")
    shown = clone.run("analytics", "rows", "cost").stdout
    assert re.search(r"Costs by microstep: [\d.]+ USD\n +m1\.s1\.ms1 \S.* [\d.]+ USD", shown)
    parts = ("--by", "phase", "--key", "m1")
    told = clone.br("analytics", "rows", "cost", *parts)["rows"]
    assert (told["figure"]["name"], told["by"], told["key"]) == ("cost", "phase", "m1")
    refused = clone.br("analytics", "rows", "luck", exit_code=1)["error"]
    assert "finished" in refused["message"]
    refused = clone.br("analytics", "rows", "cost", "--by", "phase", exit_code=2)["error"]
    assert refused["code"] == "part_incomplete"


def test_what_cannot_be_is_said(clone: Clone) -> None:
    refused = clone.br("analytics", "show", "--from", "yesterday", exit_code=1)["error"]
    assert refused["message"]
    refused = clone.br("analytics", "show", "--out", "figures.doc", exit_code=1)["error"]
    assert "csv" in refused["message"]
    refused = clone.br("analytics", "show", "--out", "nowhere/a.csv", exit_code=1)["error"]
    assert (refused["code"], refused["message"][:13]) == ("not_written", "nowhere/a.csv")

"""The figures of a project in a terminal are those of its page."""

from __future__ import annotations

import json
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


def test_what_cannot_be_is_said(clone: Clone) -> None:
    refused = clone.br("analytics", "show", "--from", "yesterday", exit_code=1)["error"]
    assert refused["message"]
    refused = clone.br("analytics", "show", "--out", "figures.doc", exit_code=1)["error"]
    assert "csv" in refused["message"]
    refused = clone.br("analytics", "show", "--out", "nowhere/a.csv", exit_code=1)["error"]
    assert (refused["code"], refused["message"][:13]) == ("not_written", "nowhere/a.csv")

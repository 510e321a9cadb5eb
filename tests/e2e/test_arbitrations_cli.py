"""Comparisons of two models from a terminal: what waits, both answers, no names before a decision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from buildrunner.client import Client
from kits.clone import Clone
from kits.gateway_house import House, furnished

pytestmark = pytest.mark.e2e

MODELS = ("gpt-5", "claude-sonnet-4-5")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with furnished(tmp_path_factory.mktemp("duels") / "data") as found:
        yield found


@pytest.fixture
def clone(tmp_path: Path, house: House) -> Clone:
    """Linked to a project that has plans made by two models."""
    clone = Clone(tmp_path / "ada", server=house.product.url, api_key=house.product.api_key)
    clone.br("init")
    clone.br("project", "create", f"Duels of {tmp_path.name}", "--link")
    clone.br("models", "settings", "planner", "--dual", "on", "--multiplier", "100")
    return clone


def duel(house: House, clone: Clone) -> Any:
    with Client(house.product.url, house.product.api_key) as client:
        (here,) = [
            one.id for one in client.projects.list() if one.title.endswith(clone.root.parent.name)
        ]
        return client.models.arbitrate(
            here, "planner", [{"role": "user", "content": "Plan the move."}], models=MODELS
        )


def test_what_waits_is_shown_without_names(house: House, clone: Clone) -> None:
    assert "no two models were compared yet" in clone.run("models", "arbitrations").stderr
    # Each model says something else, and what the judge says is of no use.
    house.server.behave.reply = lambda asked: f"The way of {asked['model'][::-1]}."
    made = duel(house, clone)
    assert made.awaiting_decision
    (one,) = clone.br("models", "arbitrations", "--waiting")["arbitrations"]
    assert one["id"] == made.arbitration.id
    listed = clone.run("models", "arbitrations").stdout
    assert "a person has to decide" in listed
    shown = clone.run("models", "arbitrations", one["id"])
    assert "The way of 5-tpg." in shown.stdout
    assert "The way of 5-4-tennos-edualc." in shown.stdout
    assert f"/models/arbitrations/{one['id']}" in shown.stderr
    for name in MODELS:
        assert name not in listed + shown.stdout


def test_the_same_answer_twice_needs_nobody(house: House, clone: Clone) -> None:
    house.server.behave.reply = lambda asked: "Move the database first."
    made = duel(house, clone)
    assert not made.awaiting_decision
    assert clone.br("models", "arbitrations", "--waiting")["arbitrations"] == []
    (one,) = clone.br("models", "arbitrations")["arbitrations"]
    assert one["winner_model"] in MODELS
    shown = clone.run("models", "arbitrations", one["id"]).stdout
    assert shown.count("Move the database first.") == 2
    assert "taken" in shown


def test_another_projects_comparison_is_not_found(
    house: House, clone: Clone, tmp_path: Path
) -> None:
    house.server.behave.reply = lambda asked: "Move the database first."
    made = duel(house, clone)
    other = Clone(tmp_path / "bob", server=house.product.url, api_key=house.product.api_key)
    other.br("init")
    other.br("project", "create", "Elsewhere", "--link")
    refused = other.br("models", "arbitrations", made.arbitration.id, exit_code=1)["error"]
    assert "arbitration" in refused["message"]

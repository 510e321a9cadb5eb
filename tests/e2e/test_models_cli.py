"""Which model does what, from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from buildrunner.client import Client
from kits.clone import Clone
from kits.product import Product

pytestmark = pytest.mark.e2e


@pytest.fixture
def clone(tmp_path: Path, server: Product) -> Clone:
    """Linked to a project of its own."""
    clone = Clone(tmp_path / "ada", server=server.url, api_key=server.api_key)
    clone.br("init")
    clone.br("project", "create", f"Models of {tmp_path.name}", "--link")
    return clone


def test_profiles_and_a_recommendation_are_shown(clone: Clone) -> None:
    names = {one["model"] for one in clone.br("models", "list")["models"]}
    assert {"gpt-4", "claude-3-sonnet"} <= names
    decision = clone.br("models", "recommend", "planner")["decision"]
    assert decision["model"] in names
    shown = clone.run("models", "recommend", "planner").stdout
    assert decision["model"] in shown
    assert "behind, most in" in shown


def test_settings_change_what_is_recommended(clone: Clone) -> None:
    assert len(clone.br("models", "settings")["settings"]) == 6
    (kept,) = clone.br("models", "settings", "builder", "--prefer", "gpt-3.5-turbo")["settings"]
    assert kept["preferred_model"] == "gpt-3.5-turbo"
    assert clone.br("models", "recommend", "builder")["decision"]["model"] == "gpt-3.5-turbo"
    (kept,) = clone.br("models", "settings", "builder", "--dual", "on", "--multiplier", "3")[
        "settings"
    ]
    assert (kept["dual_run_enabled"], kept["preferred_model"]) == (True, "gpt-3.5-turbo")
    (kept,) = clone.br("models", "settings", "builder", "--prefer", "")["settings"]
    assert kept["preferred_model"] == ""


def test_what_cannot_be_is_said(clone: Clone) -> None:
    refused = clone.br("models", "settings", "qa", "--minimum", "11", exit_code=1)["error"]
    assert "10" in refused["message"]
    refused = clone.br("models", "recommend", "poet", exit_code=1)["error"]
    assert "planner" in refused["message"]
    refused = clone.br("models", "settings", "qa", "--dual", "maybe", exit_code=2)["error"]
    assert "on" in refused["message"]


def test_routes_say_why_and_what_came_of_it(clone: Clone, server: Product) -> None:
    assert clone.br("models", "routes")["routes"] == []
    assert "no task was routed yet" in clone.run("models", "routes").stderr
    with Client(server.url, server.api_key) as client:
        (project,) = [
            one.id for one in client.projects.list() if one.title.endswith(clone.root.parent.name)
        ]
        route = client.models.route(project, "qa", microstep_id="m1.s1.ms1")
        client.models.report(project, route.id, success=False, quality="3", note="it was wrong")
    (kept,) = clone.br("models", "routes")["routes"]
    assert kept["outcome"]["success"] is False
    shown = clone.run("models", "routes").stdout
    assert "qa m1.s1.ms1" in shown
    assert "failed" in shown
    assert "it was wrong" in shown
    assert "would have cost" in shown
    (told,) = clone.br("models", "compare", "--task", "qa")["models"]
    assert (told["calls"], told["grade"]) == (1, "F")


def test_a_change_is_judged_before_it_is_made(clone: Clone) -> None:
    told = clone.br("models", "eval")["eval"]
    assert told["before"]["passed"] == told["before"]["cases"] == 15
    refused = clone.run("models", "eval", "builder", "--prefer", "gpt-4.1-mini")
    assert refused.returncode == 1
    assert "worse: a feature over several files" in refused.stdout
    cases = [{"name": "mine", "task_type": "qa", "input_tokens": 10, "output_tokens": 10}]
    (clone.root / "cases.json").write_text(json.dumps(cases))
    own = clone.br("models", "eval", "qa", "--cases", "cases.json", "--minimum", "8")["eval"]
    assert (own["after"]["cases"], own["worse"]) == (1, [])
    (clone.root / "cases.json").write_text("{")
    wrong = clone.br("models", "eval", "--cases", "cases.json", exit_code=2)["error"]
    assert wrong["code"] == "cases_invalid"


def test_performance_is_shown_and_exported(clone: Clone, server: Product) -> None:
    assert "no outcome was reported" in clone.run("models", "performance").stderr
    with Client(server.url, server.api_key) as client:
        (project,) = [
            one.id for one in client.projects.list() if one.title.endswith(clone.root.parent.name)
        ]
        route = client.models.route(project, "qa")
        client.models.report(project, route.id, success=True, quality="9", latency_ms=1500)
        found = client.models.performance(project, task_type="qa", period="7d")
        assert (found.totals.calls, found.rows[0].cost, found.rows[0].unpriced) == (1, None, 1)
    shown = clone.run("models", "performance")
    assert "1.5 / 1.5" in shown.stdout
    assert "unknown" in shown.stdout
    assert "no duels yet" in shown.stdout
    assert "too few outcomes" in shown.stderr
    told = clone.br("models", "performance", "--task", "qa")["performance"]
    assert told["rows"][0]["grade"] == "A"
    lines = clone.run("models", "performance", "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("task_type,model,grade,calls")
    assert len(lines) == 2


def test_a_model_of_ones_own_is_described_and_taken_back(clone: Clone) -> None:
    refused = clone.br("models", "set", "qwen3:32b", "--quality", "7", exit_code=2)["error"]
    assert "--provider" in refused["message"]
    whole = ("--provider=ollama", "--tasks=builder,qa", "--speed=6", "--context=32768")
    (made,) = clone.br("models", "set", "qwen3:32b", *whole, "--max-output=8192", "--quality=7.5")[
        "models"
    ]
    assert (made["own"], made["task_types"]) == (True, ["builder", "qa"])
    (made,) = clone.br("models", "set", "qwen3:32b", "--quality", "9", "--state", "off")["models"]
    assert (made["quality"], made["speed"], made["enabled"]) == ("9", "6", False)
    assert "switched off" in clone.run("models", "list").stdout
    refused = clone.br("models", "set", "qwen3:32b", "--tasks", "poet", exit_code=1)["error"]
    assert "planner" in refused["message"]
    assert clone.br("models", "remove", "qwen3:32b")["shipped"] is False
    refused = clone.br("models", "remove", "qwen3:32b", exit_code=1)["error"]
    assert "no profile of its own" in refused["message"]
    assert refused["next_command"] == "br models list"

"""Agents and teams from a terminal, and the runs of an agent in a linked clone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client as McpClient
from mcp.client.stdio import StdioServerParameters
from mcp_types import Implementation

from buildrunner.client import Client
from kits.clone import BR, Clone
from kits.product import Product
from kits.proofs import checkout_plan

pytestmark = pytest.mark.e2e
ROW = "m1.s1.ms2"


def waiting_plan() -> dict[str, Any]:
    plan = checkout_plan()
    for milestone in plan["milestones"]:
        for microstep in milestone["steps"][0]["microsteps"]:
            microstep["status"] = "todo"
    return plan


@pytest.fixture
def home(tmp_path: Path, server: Product) -> Clone:
    """A person's clone of a project that is on the server."""
    clone = Clone(tmp_path / "ada", server=server.url, api_key=server.api_key)
    clone.br("init")
    clone.write(waiting_plan())
    clone.git("add", "-A")
    clone.git("commit", "-qm", "plan")
    clone.br("project", "create", f"Agents of {tmp_path.name}", "--link")
    clone.br("sync")
    return clone


def _worker(home: Clone, name: str, key: str) -> Clone:
    """The same repository, in which an agent works by its key."""
    home.environment |= {"BR_API_KEY": key, "BR_ACTOR": name}
    return home


def test_agents_and_teams_are_managed_from_a_terminal(home: Clone, tmp_path: Path) -> None:
    name = f"bot-{tmp_path.name}"[:60]
    made = home.br("agent", "create", name)["agent"]
    assert made["key"].startswith("br_")
    (listed,) = [one for one in home.br("agent", "list")["agents"] if one["name"] == name]
    assert (listed["id"], listed["keys"]) == (made["id"], 1)
    assert "agent for" in home.run("agent", "list").stdout
    assert home.br("agent", "key", name)["key"] != made["key"]
    unknown = home.br("agent", "key", "nobody", exit_code=1)["error"]
    assert (unknown["code"], unknown["next_command"]) == ("unknown_agent", "br agent list")

    team = f"t{abs(hash(tmp_path.name)) % 10**6}"
    home.br("team", "create", team, "--title", "Front of house")
    assert home.br("team", "add", team, name)["people"] == [made["id"]]
    (member,) = home.br("team", "list", team)["members"]
    assert (member["kind"], member["name"]) == ("service", name)
    lost = home.br("team", "add", team, "nobody", exit_code=1)["error"]
    assert lost["code"] == "unknown_person"
    home.br("team", "remove", team, name)
    assert home.br("team", "list", team)["members"] == []
    home.br("team", "remove", team)
    assert home.br("team", "list", team, exit_code=1)["error"]["code"] == "unknown_team"
    home.br("agent", "remove", name)
    assert all(one["id"] != made["id"] for one in home.br("agent", "list")["agents"])


def test_hooks_open_and_close_a_run_on_both_sides(
    home: Clone, server: Product, tmp_path: Path
) -> None:
    name = f"hook-{tmp_path.name}"[:60]
    key = home.br("agent", "create", name)["agent"]["key"]
    owner = server.api_key
    clone = _worker(home, name, key)
    head = clone.git("rev-parse", "HEAD").strip()
    begun = clone.br("hooks", "start")
    assert begun["new"]
    assert begun["run"]
    again = clone.br("hooks", "start")
    assert (again["new"], again["run"]) == (False, begun["run"])
    # Commands of the shell belong to it without being told.
    clone.br("start", ROW)
    clone.br("sync")
    with Client(server.url, owner) as client:
        project = clone.br("status")["sync"]["project_id"]
        story = client.runs.get(project, begun["run"])
        assert (story.run.agent, story.run.commit_start) == (True, head)
        assert (story.claimed, story.holds) == ([ROW], [ROW])
        assert story.revisions
        clone.git("commit", "-qam", "work")
        ended = clone.br("hooks", "end")
        assert (ended["released"], ended["session"]) == ([ROW], begun["session"])
        run = client.runs.get(project, begun["run"]).run
        assert run.state == "ended"
        assert run.commit_end == clone.git("rev-parse", "HEAD").strip() != head
    (told,) = clone.br("agent", "runs")["runs"]
    assert told["id"] == begun["run"]
    assert ROW in str(clone.br("agent", "runs", begun["run"])["run"]["claimed"])
    events = clone.br("timeline")["events"]
    assert {"agent_run.started", "agent_run.ended"} <= {one["what"] for one in events}
    assert all(one["agent"] for one in events if one["what"].startswith("agent_run"))
    here = clone.br("timeline", "--local")["events"]
    assert here[0]["what"] == "ended a run"
    assert "agent" in clone.run("timeline", "--local").stdout


def test_a_run_that_was_closed_is_followed_by_another(
    home: Clone, server: Product, tmp_path: Path
) -> None:
    name = f"gone-{tmp_path.name}"[:60]
    key = home.br("agent", "create", name)["agent"]["key"]
    clone = _worker(home, name, key)
    first = clone.br("hooks", "start")
    clone.br("claim", ROW)
    with Client(server.url, server.api_key) as client:
        project = clone.br("status")["sync"]["project_id"]
        assert client.runs.end(project, first["run"]).freed == [ROW]
    refused = clone.br("hooks", "beat", exit_code=5)["error"]
    assert (refused["code"], refused["missing"]) == ("run_closed", [ROW])
    assert refused["next_command"].startswith("br hooks start")
    second = clone.br("hooks", "start")
    assert second["new"]
    assert second["run"] not in (None, first["run"])
    with Client(server.url, server.api_key) as client:
        client.runs.end(project, second["run"])
    third = clone.br("hooks", "start")
    assert third["new"]
    assert third["run"] not in (first["run"], second["run"])


def test_a_run_over_standard_streams_is_on_the_server(
    home: Clone, server: Product, tmp_path: Path
) -> None:
    name = f"stdio-{tmp_path.name}"[:60]
    key = home.br("agent", "create", name)["agent"]["key"]
    clone = _worker(home, name, key)

    async def play() -> None:
        program = StdioServerParameters(
            command=BR[0], args=[*BR[1:], "mcp"], env=clone.environment, cwd=str(clone.root)
        )
        me = Implementation(name="claude-code", version="2")
        async with McpClient(program, client_info=me, read_timeout_seconds=60) as agent:
            started = await agent.call_tool("start", {"id": ROW})
            assert not started.is_error, started

    asyncio.run(play())
    with Client(server.url, server.api_key) as client:
        project = clone.br("status")["sync"]["project_id"]
        (run,) = client.runs.list(project)
        assert (run.state, run.program, run.actor["name"]) == ("ended", "claude-code 2", name)
        assert client.runs.get(project, run.id).claimed == [ROW]
        assert list(client.claims.list(project)) == []
        lost = client.runs.list(project, state="lost")
        assert list(lost) == []

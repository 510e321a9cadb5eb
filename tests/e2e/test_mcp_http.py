"""`/mcp` as an agent's program sees it: the official client, real HTTP, the whole product."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import httpx2
import pytest
from mcp.client.client import Client as McpClient
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextContent

from buildrunner.client import Client
from buildrunner.spec.briefing import tokens
from buildrunner.spec.tools import TOOL_NAMES
from kits.product import Product
from kits.proofs import checkout_plan

MOST_TOKENS = 5000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("mcp") / "data")
    yield product
    product.stop()


def waiting_plan() -> dict[str, Any]:
    """A plan that nobody has begun."""
    plan = checkout_plan()
    for milestone in plan["milestones"]:
        for microstep in milestone["steps"][0]["microsteps"]:
            microstep["status"] = "todo"
    return plan


class Agent:
    """One connection: `ok` expects a tool to work, `refused` that it does not."""

    def __init__(self, client: McpClient) -> None:
        self.client = client

    async def _call(self, name: str, arguments: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
        answer = await self.client.call_tool(name, arguments)
        said = answer.content[0]
        assert isinstance(said, TextContent)
        assert json.loads(said.text) == answer.structured_content
        return bool(answer.is_error), json.loads(said.text)

    async def ok(self, name: str, **arguments: Any) -> dict[str, Any]:
        failed, value = await self._call(name, arguments)
        assert not failed, value
        return value

    async def refused(self, name: str, **arguments: Any) -> dict[str, Any]:
        failed, value = await self._call(name, arguments)
        assert failed, value
        assert set(value["error"]) == {"code", "message", "missing", "next_command"}
        assert value["error"]["next_command"]
        return value["error"]


def talk(server: Product, key: str, play: Callable[[Agent], Awaitable[None]]) -> None:
    async def main() -> None:
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            McpClient(streamable_http_client(f"{server.url}/mcp", http_client=http)) as client,
        ):
            await play(Agent(client))

    asyncio.run(main())


@pytest.fixture
def keys(server: Product) -> tuple[str, str]:
    """A project of its own, and two agents that work there."""
    with Client(server.url, server.api_key) as client:
        org = next(iter(client.organizations.list())).id
        project = client.projects.create("Checkout", org_id=org).id
        client.plans.put(project, waiting_plan())
        count = len(list(client.agents.list(org)))
        made = [
            client.agents.create(org, f"agent-{count + each}", project_id=project).key
            for each in range(2)
        ]
    return made[0], made[1]


def test_an_agent_works_by_its_key_alone(server: Product, keys: tuple[str, str]) -> None:
    async def play(agent: Agent) -> None:
        listed = await agent.client.list_tools()
        assert tuple(tool.name for tool in listed.tools) == TOOL_NAMES
        text = json.dumps([tool.model_dump(exclude_none=True) for tool in listed.tools])
        assert tokens(text) <= MOST_TOKENS
        assert (await agent.ok("next"))["next"]["id"] == "m1.s1.ms1"
        assert (await agent.ok("context", id="m1.s1.ms1"))["text"]
        started = await agent.ok("start", id="m1.s1.ms1")
        assert started["claim"]["holder"].startswith("agent-")
        refusal = await agent.refused("done", id="m1.s1.ms1")
        assert refusal["code"] == "not_proven"
        assert refusal["missing"]
        assert refusal["next_command"].startswith("br qa run")
        assert (await agent.refused("report_evidence", id="m1.s1.ms1"))["code"] == (
            "workspace_required"
        )
        await agent.ok("comment", id="m1.s1.ms1", text="Tests are green here.")
        assert len((await agent.ok("comment", id="m1.s1.ms1"))["comments"]) == 1
        assert (await agent.ok("status"))["counts"]["doing"] == 1
        await agent.ok("ask", id="m1.s1.ms1", question="Which currency?")
        waiting = await agent.ok("plan_read", status="blocked")
        assert [row["id"] for row in waiting["microsteps"]] == ["m1.s1.ms1"]
        assert (await agent.ok("status"))["claims"] == []

    talk(server, keys[0], play)


def test_a_patch_is_all_or_nothing_and_no_way_to_done(
    server: Product, keys: tuple[str, str]
) -> None:
    async def play(agent: Agent) -> None:
        title = {"op": "set", "id": "m1", "field": "title", "value": "Renamed"}
        cheat = {"op": "set", "id": "m1.s1.ms1", "field": "status", "value": "done"}
        assert (await agent.refused("plan_patch", operations=[title, cheat]))["code"] == (
            "not_proven"
        )
        absent = {"op": "unset", "id": "m9", "field": "title"}
        assert (await agent.refused("plan_patch", operations=[title, absent]))["code"] == (
            "invalid_operation"
        )
        assert (await agent.ok("plan_patch", operations=[title], dry_run=True))["written"] is False
        assert (await agent.ok("plan_read", id="m1"))["entity"]["title"] != "Renamed"
        await agent.ok("plan_patch", operations=[title])
        assert (await agent.ok("plan_read", id="m1"))["entity"]["title"] == "Renamed"

    talk(server, keys[0], play)


def test_what_another_agent_holds_is_not_taken_over(server: Product, keys: tuple[str, str]) -> None:
    async def first(agent: Agent) -> None:
        await agent.ok("start", id="m1.s1.ms1")

    async def second(agent: Agent) -> None:
        for tool in ("start", "claim", "done"):
            refusal = await agent.refused(tool, id="m1.s1.ms1")
            assert (refusal["code"], refusal["next_command"]) == ("claim_held", "br next")
            assert "agent-" in refusal["message"]
        refusal = await agent.refused("ask", id="m1.s1.ms1", question="Mine?")
        assert refusal["code"] == "claim_held"
        assert (await agent.refused("claim", id="m1.s1.ms1", release=True))["code"]
        (claim,) = (await agent.ok("status"))["claims"]
        assert claim["microstep_id"] == "m1.s1.ms1"

    async def free(agent: Agent) -> None:
        await agent.ok("claim", id="m1.s1.ms1", renew=True)
        await agent.ok("claim", id="m1.s1.ms1", release=True)

    async def takes(agent: Agent) -> None:
        await agent.ok("claim", id="m1.s1.ms1")

    for key, play in ((keys[0], first), (keys[1], second), (keys[0], free), (keys[1], takes)):
        talk(server, key, play)


def test_bad_arguments_are_told(server: Product, keys: tuple[str, str]) -> None:
    async def play(agent: Agent) -> None:
        for arguments in ({}, {"id": 7}, {"id": "m1.s1.ms1", "more": True}):
            assert (await agent.refused("start", **arguments))["code"] == "invalid_arguments"
        assert (await agent.refused("sign_off", id="m1.s1.ms1"))["code"] == "unknown_tool"
        assert (await agent.refused("start", id="../../me"))["code"]
        assert (await agent.refused("context", id="m9"))["code"]

    talk(server, keys[0], play)


def test_who_is_nobody_learns_where_keys_come_from(server: Product, keys: tuple[str, str]) -> None:
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    nobody = httpx.post(f"{server.url}/mcp", json=ask)
    assert nobody.status_code == 401
    where = nobody.headers["WWW-Authenticate"].partition('resource_metadata="')[2].rstrip('"')
    assert httpx.get(where).json()["resource"] == f"{server.url}/mcp"
    bad = httpx.post(f"{server.url}/mcp", json=ask, headers={"Authorization": "Bearer br_no"})
    assert bad.status_code == 401
    foreign = {"Authorization": f"Bearer {keys[0]}", "Origin": "https://evil.example"}
    refused = httpx.post(f"{server.url}/mcp", json=ask, headers=foreign)
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_allowed")


def test_a_key_of_many_projects_says_which(server: Product, keys: tuple[str, str]) -> None:
    async def play(agent: Agent) -> None:
        refusal = await agent.refused("status")
        assert refusal["code"] == "project_required"
        assert refusal["missing"]

    talk(server, server.api_key, play)


def test_what_an_agent_does_is_one_run(server: Product, keys: tuple[str, str]) -> None:
    async def looks(agent: Agent) -> None:
        await agent.ok("status")
        await agent.ok("plan_read")

    async def works(agent: Agent) -> None:
        await agent.ok("start", id="m1.s1.ms1")
        await agent.ok("comment", id="m1.s1.ms1", text="Begun.")

    with Client(server.url, keys[0]) as client:
        (project,) = client.projects.list()
    talk(server, keys[0], looks)
    with Client(server.url, server.api_key) as client:
        assert list(client.runs.list(project.id)) == []  # to look is no work
    talk(server, keys[0], works)
    talk(server, keys[0], works)  # another connection goes on with it
    with Client(server.url, server.api_key) as client:
        (run,) = client.runs.list(project.id)
        story = client.runs.get(project.id, run.id)
    assert (run.state, run.agent) == ("open", True)
    assert (story.claimed, story.holds) == (["m1.s1.ms1"], ["m1.s1.ms1"])
    assert (story.changed, story.commented) == (["m1.s1.ms1"], ["m1.s1.ms1"])
    assert len(story.revisions) == 1


def test_an_agent_reads_what_is_said_to_it(server: Product, keys: tuple[str, str]) -> None:
    with Client(server.url, keys[0]) as client:
        (project,) = client.projects.list()
        name = client.me().name
    with Client(server.url, server.api_key) as client:
        (found,) = client.comments.mentionable(project.id, name)
        client.comments.create(
            project.id,
            f"{found.text} which currency?",
            entity_type="microstep",
            entity_id="m1.s1.ms1",
        )

    async def reads(agent: Agent) -> None:
        for _ in range(100):
            told = (await agent.ok("inbox"))["notifications"]
            if told:
                break
            await asyncio.sleep(0.1)  # the worker is another process and tells the agent nothing
        (one,) = told
        assert one["kind"] == "comment.mentioned"
        assert "which currency?" in one["body"]
        await agent.ok("inbox", mark=True)
        assert (await agent.ok("inbox"))["notifications"] == []

    talk(server, keys[0], reads)

"""`br mcp` as an agent's program sees it: the official client, a process, standard streams."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import Implementation, TextContent

from buildrunner.mcp.session import Session
from buildrunner.spec.briefing import tokens
from buildrunner.workspace.folder import find
from kits.program import Br

MOST_TOKENS = 5000
Play = Callable[["Agent"], Awaitable[None]]


class Agent:
    """One connection: `ok` expects a tool to work, `refused` that it does not."""

    def __init__(self, client: Client) -> None:
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
        error = value["error"]
        # Whatever it was: an agent that is told no is told what is missing and what to do.
        assert isinstance(error["code"], str)
        assert isinstance(error["message"], str)
        assert isinstance(error["missing"], list)
        assert error["next_command"].startswith("br ")
        return dict(error)


@pytest.fixture
def connect(repo: Br) -> Callable[..., None]:
    """Runs a conversation with `br mcp` in the repository."""

    def run(play: Play, *words: str) -> None:
        async def main() -> None:
            command, *rest = Br.command("mcp", *words)
            server = StdioServerParameters(
                command=command, args=rest, env=repo.env, cwd=str(repo.cwd)
            )
            name = Implementation(name="claude-code", version="1")
            async with Client(server, client_info=name, read_timeout_seconds=60) as client:
                await play(Agent(client))

        asyncio.run(main())

    return run


def checked(repo: Br) -> None:
    """Give the first microstep a check that passes, in HEAD."""
    checks = json.dumps([{"id": "tests", "kind": "command", "run": "true"}])
    repo.ok("plan", "edit", "m1.s1.ms1", "--set", f"checks={checks}")
    repo.git("commit", "-qam", "checks")


def test_an_agent_works_from_next_to_done(connect: Callable[..., None], repo: Br) -> None:
    checked(repo)

    async def play(agent: Agent) -> None:
        best = await agent.ok("next")
        assert best["next"]["id"] == "m1.s1.ms1"
        pack = await agent.ok("context", id="m1.s1.ms1", budget=800)
        assert pack["tokens"] <= 800
        assert repo.microstep("m1.s1.ms1")["criteria"][0] in pack["text"]
        started = await agent.ok("start", id="m1.s1.ms1")
        assert started["claim"]["holder"] == "claude-code"
        refusal = await agent.refused("done", id="m1.s1.ms1")
        assert refusal["code"] == "not_proven"
        assert refusal["missing"]
        assert refusal["next_command"].startswith("br qa run")
        await agent.ok("report_evidence", id="m1.s1.ms1")
        done = await agent.ok("done", id="m1.s1.ms1")
        assert done["microsteps"][0]["status"] == "done"
        assert (await agent.ok("status"))["counts"]["proven"] == 1

    connect(play)
    assert repo.microstep("m1.s1.ms1")["status"] == "done"


def test_the_tools_cost_few_tokens(connect: Callable[..., None]) -> None:
    async def play(agent: Agent) -> None:
        listed = await agent.client.list_tools()
        text = json.dumps([tool.model_dump(exclude_none=True) for tool in listed.tools])
        assert tokens(text) <= MOST_TOKENS
        assert {tool.name for tool in listed.tools} == {
            "status", "next", "context", "start", "claim", "report_evidence", "done", "ask",
            "plan_read", "plan_patch", "comment", "inbox",
        }  # fmt: skip

    connect(play)


def test_an_agent_cannot_vouch_nor_patch_its_way_to_done(
    connect: Callable[..., None], repo: Br
) -> None:
    async def play(agent: Agent) -> None:
        cheat = [{"op": "set", "id": "m1.s1.ms1", "field": "status", "value": "done"}]
        refusal = await agent.refused("plan_patch", operations=cheat)
        assert refusal["code"] == "not_proven"
        assert (await agent.refused("sign_off", id="m1.s1.ms1"))["code"] == "unknown_tool"
        # What looks like an option is an id, and there is none of that name.
        refusal = await agent.refused("done", id="--dry-run")
        assert refusal["code"] == "unknown_id"

    connect(play)
    assert repo.microstep("m1.s1.ms1")["status"] == "todo"


def test_patches_are_all_or_nothing(connect: Callable[..., None], repo: Br) -> None:
    before = repo.plan

    async def play(agent: Agent) -> None:
        title = {"op": "set", "id": "m1", "field": "title", "value": "Renamed"}
        circle = [
            title,
            {"op": "set", "id": "m1.s1.ms1", "field": "depends_on", "value": ["m1.s1.ms1"]},
        ]
        assert (await agent.refused("plan_patch", operations=circle))["code"] == "plan_would_break"
        absent = [title, {"op": "unset", "id": "m9", "field": "title"}]
        assert (await agent.refused("plan_patch", operations=absent))["code"] == "invalid_operation"
        await agent.ok("plan_patch", operations=[title], dry_run=True)
        assert repo.plan == before
        await agent.ok("plan_patch", operations=[title])
        read = await agent.ok("plan_read", id="m1")
        assert read["entity"]["title"] == "Renamed"

    connect(play)
    repo.ok("undo")
    assert repo.plan["milestones"] == before["milestones"]


def test_a_question_blocks_and_frees_the_claim(connect: Callable[..., None], repo: Br) -> None:
    async def play(agent: Agent) -> None:
        await agent.ok("start", id="m1.s1.ms1")
        await agent.ok("ask", id="m1.s1.ms1", question="--force or not?")
        waiting = await agent.ok("plan_read", status="blocked")
        assert [row["id"] for row in waiting["microsteps"]] == ["m1.s1.ms1"]

    connect(play)
    assert repo.microstep("m1.s1.ms1")["blocked_reason"] == "--force or not?"
    assert repo.ok("claim")["claims"] == []


def test_what_another_holds_is_refused_with_their_name(
    connect: Callable[..., None], repo: Br
) -> None:
    repo.ok("start", "m1.s1.ms1", "--as", "grace")

    async def play(agent: Agent) -> None:
        refusal = await agent.refused("start", id="m1.s1.ms1")
        assert refusal["code"] == "claim_held"
        assert "grace" in refusal["message"]
        assert refusal["next_command"]

    connect(play)


def test_without_a_server_there_is_nobody_to_talk_to(connect: Callable[..., None]) -> None:
    async def play(agent: Agent) -> None:
        refusal = await agent.refused("comment", id="m1.s1.ms1", text="--help")
        assert (refusal["code"], refusal["missing"]) == ("not_linked", ["server", "project_id"])
        assert (await agent.refused("inbox"))["code"] == "no_server"

    connect(play)


def test_bad_arguments_are_told_and_the_line_stays_open(connect: Callable[..., None]) -> None:
    async def play(agent: Agent) -> None:
        for arguments in ({}, {"id": 7}, {"id": "m1.s1.ms1", "more": True}):
            refusal = await agent.refused("start", **arguments)
            assert refusal["code"] == "invalid_arguments"
        assert (await agent.ok("status"))["counts"]["total"] == 3

    connect(play)


def test_the_run_is_on_the_record(connect: Callable[..., None], repo: Br) -> None:
    async def play(agent: Agent) -> None:
        await agent.ok("start", id="m1.s1.ms1")
        await agent.refused("done", id="m1.s1.ms1")

    connect(play, "--as", "agent-7")
    entry = repo.ok("log")["entries"][0]
    head = repo.git("rev-parse", "HEAD").strip()
    assert (entry["actor"], entry["commit"]) == ("agent-7", head)
    path = repo.cwd / "buildrunner" / "state" / "sessions" / f"{entry['session']}.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    begun, *calls, ended = lines
    assert [(each["verb"], each["exit"], each["commit"]) for each in calls] == [
        ("start", 0, head),
        ("done", 1, head),
    ]
    assert calls[1]["code"] == "not_proven"
    assert (begun["run"], begun["actor"], begun["commit"]) == ("begun", "agent-7", head)
    assert begun["program"] == "claude-code 1"
    # The agent's program is gone: what its run held is free.
    assert (ended["run"], ended["freed"], ended["commit"]) == ("ended", ["m1.s1.ms1"], head)
    assert repo.ok("claim")["claims"] == []
    (run,) = repo.ok("agent", "runs")["runs"]
    assert (run["session"], run["state"], run["changed"]) == (
        entry["session"],
        "ended",
        ["m1.s1.ms1"],
    )
    assert (run["claimed"], run["refused"]) == (["m1.s1.ms1"], ["not_proven"])


def test_a_lost_claim_is_told_with_what_to_do(connect: Callable[..., None], repo: Br) -> None:
    async def play(agent: Agent) -> None:
        await agent.ok("start", id="m1.s1.ms1")
        repo.ok("release", "m1.s1.ms1", "--force")
        repo.ok("claim", "m1.s1.ms1", "--as", "grace")
        for tool in ("done", "start", "claim"):
            refusal = await agent.refused(tool, id="m1.s1.ms1")
            assert refusal["code"] == "claim_held", tool
            assert "grace" in refusal["message"]
        assert (await agent.refused("ask", id="m1.s1.ms1", question="?"))["code"] == "claim_held"

    connect(play)


def test_every_tool_says_no_in_one_shape(connect: Callable[..., None], repo: Br) -> None:
    """Unknown things, wrong things, nothing ready, a plan that cannot be read, a missing file."""

    async def play(agent: Agent) -> None:
        for tool in ("context", "start", "claim", "done", "report_evidence", "plan_read"):
            assert (await agent.refused(tool, id="m9.s9.ms9"))["code"], tool
        assert (await agent.refused("ask", id="m9", question="?"))["code"]
        missing = await agent.refused("report_evidence", id="m1.s1.ms1", report="no.xml")
        assert missing["code"]
        assert (await agent.refused("report_evidence", id="m1.s1.ms1"))["code"]
        assert (await agent.refused("plan_patch", operations=[{"op": "fly"}]))["code"]
        path = repo.cwd / "buildrunner" / "specs" / "plan.json"
        kept = path.read_text()
        path.write_text("{")
        for tool in ("status", "next"):
            assert (await agent.refused(tool))["code"]
        path.write_text(kept)
        for name in ("m1.s1.ms1", "m1.s1.ms2", "m1.s1.ms3"):
            repo("block", name, "wait")
        assert (await agent.refused("next", start=True))["code"]

    connect(play)


def test_a_server_that_does_not_answer_is_told_with_what_to_do(
    connect: Callable[..., None], repo: Br
) -> None:
    """Linked to a port that nobody listens on; what needs no server goes on."""
    state = repo.cwd / "buildrunner" / "state"
    state.mkdir(exist_ok=True)
    link = {"schema": 1, "server": "http://localhost:9", "project_id": "p", "branch": "main"}
    (state / "runner_state.json").write_text(json.dumps(link))
    repo.env.update(BR_SERVER="http://localhost:9", BR_API_KEY="br_x", BR_RETRIES="0")

    async def play(agent: Agent) -> None:
        assert (await agent.ok("next"))["next"]["id"] == "m1.s1.ms1"
        refusal = await agent.refused("start", id="m1.s1.ms1")
        assert (refusal["code"], refusal["missing"]) == (
            "server_unreachable",
            ["http://localhost:9"],
        )
        assert (await agent.refused("comment", id="m1.s1.ms1", text="x"))["code"]

    connect(play)
    (run,) = [json.loads(line) for line in _begun(repo)]
    assert run["actor"] == "claude-code"


def _begun(repo: Br) -> list[str]:
    folder = repo.cwd / "buildrunner" / "state" / "sessions"
    lines = [line for path in folder.glob("*.jsonl") for line in path.read_text().splitlines()]
    return [line for line in lines if '"run":"begun"' in line]


def test_claims_are_renewed_while_the_agent_is_there(
    repo: Br, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in repo.env.items():
        monkeypatch.setenv(name, value)

    async def main() -> None:
        session = Session(find(str(repo.cwd)), "agent-7")
        monkeypatch.setenv("BR_TTL", "1m")
        await session.run("start", ("start", "--", "m1.s1.ms1"))
        before = repo.ok("claim")["claims"][0]["expires_at"]
        monkeypatch.setenv("BR_TTL", "2h")
        await session.renew()
        assert repo.ok("claim")["claims"][0]["expires_at"] > before
        repo.ok("release", "m1.s1.ms1", "--force")
        repo.ok("claim", "m1.s1.ms1", "--as", "grace")
        await session.renew()
        assert session.held == set()

    asyncio.run(main())


def test_without_a_plan_it_ends_with_words(empty: Br) -> None:
    answer = empty("mcp")
    assert answer.code == 3
    assert "br init" in answer.err

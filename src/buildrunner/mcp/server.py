"""The server on standard input and output, for the workspace it was started in."""

from __future__ import annotations

import json
from typing import Any

import anyio
import jsonschema_rs
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from buildrunner import __version__
from buildrunner.mcp.session import Session
from buildrunner.mcp.verbs import CALLED, CALLS, Call
from buildrunner.spec.tools import INSTRUCTIONS, TOOLS
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.folder import find
from buildrunner.workspace.program import Answer

# How long the end of a run may take once the agent's program is gone.
FAREWELL = 10.0
_BY_NAME = {tool.name: tool for tool in TOOLS}


def build(session: Session) -> Server[dict[str, Any]]:
    """The server of one agent's run."""

    async def list_tools(
        _: ServerRequestContext[dict[str, Any]], __: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(
            tools=[
                Tool(
                    name=verb.name,
                    description=verb.description,
                    input_schema=verb.schema,
                    annotations=ToolAnnotations(read_only_hint=verb.reads),
                )
                for verb in TOOLS
            ]
        )

    async def call_tool(
        context: ServerRequestContext[dict[str, Any]], params: CallToolRequestParams
    ) -> CallToolResult:
        verb = _BY_NAME.get(params.name)
        if verb is None:
            return _refused("unknown_tool", f"no tool {params.name!r}", list(_BY_NAME), "br help")
        arguments = params.arguments or {}
        faults = [error.message for error in jsonschema_rs.iter_errors(verb.schema, arguments)]
        if faults:
            help_ = f"br help {CALLED[verb.name]}"
            return _refused("invalid_arguments", f"{verb.name}: {faults[0]}", faults, help_)
        client = context.session.client_params
        if not session.actor and client is not None:
            session.actor = client.client_info.name or "agent"
        if not session.program and client is not None:
            session.program = f"{client.client_info.name} {client.client_info.version}".strip()
        call: Call = CALLS[verb.name](arguments)
        answer = await session.run(verb.name, call.words, call.stdin)
        if answer.code:
            return _result({**answer.value, "error": whole(answer)}, failed=True)
        return _result(answer.value or {"message": answer.words}, failed=False)

    return Server(
        "buildrunner",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def whole(answer: Answer) -> dict[str, Any]:
    """`{code, message, missing, next_command}` of a command that did not go well, whatever it was:
    an agent that is told no is told what to do."""
    error = answer.error
    missing = error.get("missing")
    return {
        **error,
        "code": str(error.get("code") or "failed"),
        "message": str(error.get("message") or answer.message or "the command failed"),
        "missing": missing if isinstance(missing, list) else [],
        "next_command": str(error.get("next_command") or "br status"),
    }


def _refused(code: str, message: str, missing: list[str], then: str) -> CallToolResult:
    error = {"code": code, "message": message, "missing": missing, "next_command": then}
    return _result({"error": error}, failed=True)


def _result(value: dict[str, Any], *, failed: bool) -> CallToolResult:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=value, is_error=failed
    )


async def serve(directory: str, actor: str) -> None:
    """Serve until the client closes its end. A folder without a plan ends it with words."""
    try:
        workspace = find(directory)
    except WorkspaceError as error:
        raise SystemExit(f"br: {error.message}") from None
    session = Session(workspace, actor)
    server = build(session)
    async with stdio_server() as (incoming, outgoing), anyio.create_task_group() as group:
        group.start_soon(session.beat)
        try:
            await server.run(incoming, outgoing, server.create_initialization_options())
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(FAREWELL):
                await session.close()
            group.cancel_scope.cancel()

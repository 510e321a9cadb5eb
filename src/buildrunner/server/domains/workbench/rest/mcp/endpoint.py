"""`/mcp`: the Model Context Protocol over streamable HTTP.

Every request stands alone: nothing is kept between two of them, so any process answers any of
them, and there are no sessions to run out of or to steal. Who asks is judged by the key of each.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from buildrunner import __version__
from buildrunner.server.domains.workbench.rest.mcp.calls import TOOLS as CALLS
from buildrunner.server.domains.workbench.rest.mcp.calls import Desk
from buildrunner.server.domains.workbench.rest.mcp.inside import RUN, Inside, Refused
from buildrunner.server.domains.workbench.rest.mcp.runs import Runs
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError, Forbidden, NotSignedIn
from buildrunner.server.platform.http.answers import problem_response
from buildrunner.server.platform.http.quotas import Policy, admit
from buildrunner.spec.tools import INSTRUCTIONS, TOOL_NAMES, TOOLS

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp_types import CallToolResult

PATH = "/mcp"
RESOURCE = "/.well-known/oauth-protected-resource"
LIMIT = 4 * 1024 * 1024
PROJECT = "br-project"

Judge = Callable[[Mapping[str, str]], Actor]


class ForeignOrigin(Forbidden):
    """A page of another site asks."""

    code = "origin_not_allowed"


class Mcp:
    """The endpoint; `rest` answers the API, `judge` tells who a key is."""

    def __init__(self, rest: ASGIApp, judge: Judge) -> None:
        self._rest = rest
        self._judge = judge
        self._manager: StreamableHTTPSessionManager | None = None
        self._living: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._end = asyncio.Event()
        self._runs = Runs()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        try:
            _same_site(request.headers.get("origin"))
            await asyncio.to_thread(self._admit, request)
        except DomainError as refused:
            answer = problem_response(refused, path=PATH)
            if refused.status == 401:
                where = f"{settings.BR_PUBLIC_URL}{RESOURCE}{PATH}"
                answer.headers["WWW-Authenticate"] = f'Bearer resource_metadata="{where}"'
            await answer(scope, receive, send)
            return
        await (await self._ready()).handle_request(scope, receive, send)

    async def close(self) -> None:
        """Let what runs end."""
        self._end.set()
        if self._living is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._living, timeout=5)

    def _admit(self, request: Request) -> None:
        """Who asks without a key that holds is counted by address, who has one by it; what a tool
        then asks the API for counts as well."""
        close_old_connections()
        try:
            peer = request.client.host if request.client else ""
            try:
                actor = self._judge(
                    {**request.headers, ":scheme": request.url.scheme, ":peer": peer}
                )
            except NotSignedIn:
                admit(Policy("address", settings.BR_RATE_LIMIT_ADDRESS), peer)
                raise
            admit(Policy("caller", settings.BR_RATE_LIMIT), str(actor.key_id or actor.person_id))
        finally:
            close_old_connections()

    async def _ready(self) -> StreamableHTTPSessionManager:
        """The library is loaded by the first agent that comes, not by every start."""
        async with self._lock:
            if self._manager is None:
                manager = await asyncio.to_thread(self._build)
                started = asyncio.Event()
                self._living = asyncio.create_task(self._live(manager, started))
                await started.wait()
                self._manager = manager
        return self._manager

    async def _live(self, manager: StreamableHTTPSessionManager, started: asyncio.Event) -> None:
        async with manager.run():
            started.set()
            await self._end.wait()

    def _build(self) -> StreamableHTTPSessionManager:
        from mcp.server.context import ServerRequestContext
        from mcp.server.lowlevel import Server
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
        from mcp_types import (
            CallToolRequestParams,
            ListToolsResult,
            PaginatedRequestParams,
            Tool,
            ToolAnnotations,
        )

        listed = ListToolsResult(
            tools=[
                Tool(
                    name=tool.name,
                    description=tool.description,
                    input_schema=tool.schema,
                    annotations=ToolAnnotations(read_only_hint=tool.reads),
                )
                for tool in TOOLS
            ]
        )

        async def list_tools(
            _: ServerRequestContext[Any, Any], __: PaginatedRequestParams | None
        ) -> ListToolsResult:
            return listed

        async def call_tool(
            context: ServerRequestContext[Any, Any], params: CallToolRequestParams
        ) -> CallToolResult:
            try:
                value = await self._call(context.request, params.name, params.arguments or {})
            except Refused as refusal:
                return _result({"error": refusal.error}, failed=True)
            return _result(value, failed=False)

        server: Server[Any] = Server(
            "buildrunner",
            version=__version__,
            instructions=INSTRUCTIONS,
            on_list_tools=list_tools,
            on_call_tool=call_tool,
        )
        return StreamableHTTPSessionManager(
            app=server, json_response=True, stateless=True, max_request_body_size=LIMIT
        )

    async def _call(
        self, request: Request | None, name: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        import jsonschema_rs

        tool = next((each for each in TOOLS if each.name == name), None)
        if tool is None or request is None:
            raise Refused("unknown_tool", f"There is no tool {name!r}.", missing=[*TOOL_NAMES])
        faults = [error.message for error in jsonschema_rs.iter_errors(tool.schema, arguments)]
        if faults:
            raise Refused("invalid_arguments", f"{name}: {faults[0]}", missing=faults)
        inside = Inside(self._rest, request)
        project = await _project(inside, request)
        if RUN not in request.headers:
            inside.run = await self._runs.of(inside, request, project, opens=not tool.reads)
        return await CALLS[name](Desk(inside, project), arguments)


async def _project(inside: Inside, request: Request) -> str:
    """The project of the header or query, else the only one that the key opens."""
    named = request.headers.get(PROJECT) or request.query_params.get("project") or ""
    if named:
        try:
            return str(UUID(named))
        except ValueError:
            raise Refused("invalid_project", f"{named!r} is no project's id.") from None
    found = (await inside.ask("GET", "/api/projects", query={"limit": 20})).value["items"]
    if len(found) == 1:
        return str(found[0]["id"])
    raise Refused(
        "project_required",
        f"This key opens {len(found)} projects; say which by the address {PATH}?project=ID.",
        missing=[f"{one['id']} {one['title']}" for one in found],
        next_command="br projects",
    )


def _same_site(origin: str | None) -> None:
    """A browser says where a page came from; only our own may ask."""
    if origin is None:
        return
    host = (urlsplit(origin).hostname or "").lower()
    own = (urlsplit(settings.BR_PUBLIC_URL).hostname or "").lower()
    if origin != settings.BR_PUBLIC_URL and not (
        host == own and own in ("localhost", "127.0.0.1", "::1")
    ):
        raise ForeignOrigin(f"Pages of {origin} may not ask this server.")


def _result(value: dict[str, Any], *, failed: bool) -> CallToolResult:
    from mcp_types import CallToolResult, TextContent

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=value, is_error=failed
    )


async def protected_resource(_: Request) -> Response:
    """RFC 9728: who gives out keys for `/mcp`."""
    said = {
        "resource": f"{settings.BR_PUBLIC_URL}{PATH}",
        "authorization_servers": [settings.BR_PUBLIC_URL],
        "bearer_methods_supported": ["header"],
        "resource_name": "BuildRunner",
    }
    return Response(
        json.dumps(said), media_type="application/json", headers={"Cache-Control": "no-store"}
    )

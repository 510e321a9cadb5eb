"""What each tool does on the server: the same requests that `br` and the pages make."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from buildrunner.server.domains.workbench.rest.mcp.inside import Inside, Refused
from buildrunner.spec.diff import apply
from buildrunner.spec.document import STATUSES, Entity, microsteps
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import Graph
from buildrunner.spec.ids import resolve

Arguments = dict[str, Any]
Operations = list[dict[str, Any]]
_REASON = "blocked_reason"
_ATTEMPTS = 3


class Desk:
    """One project, as one caller may see and change it."""

    def __init__(self, inside: Inside, project_id: str) -> None:
        self._inside = inside
        self._id = project_id
        self._base = f"/api/projects/{project_id}"

    # -- reading --

    async def status(self, _: Arguments) -> dict[str, Any]:
        plan, _etag = await self._plan()
        rows = [_row(each) for each in microsteps(plan)]
        counts = {"total": len(rows)} | {
            status: sum(row["status"] == status for row in rows) for status in STATUSES
        }
        ready = Graph(plan).rank_next(3)
        return {
            "title": plan.get("title"),
            "counts": counts,
            "in_work": [row for row in rows if row["status"] in ("doing", "blocked")][:20],
            "claims": await self._claims(),
            "next": [_row(each) | {"reasons": why} for each, why in ready],
        }

    async def next(self, arguments: Arguments) -> dict[str, Any]:
        plan, _etag = await self._plan()
        held = {claim["microstep_id"] for claim in await self._claims()}
        limit = arguments.get("limit", 3)
        found = [
            _row(each) | {"reasons": why}
            for each, why in Graph(plan).rank_next(limit + len(held))
            if each.id not in held
        ][:limit]
        if not found:
            raise Refused(
                "nothing_ready",
                "No microstep is ready that nobody holds.",
                next_command="br list --status blocked",
            )
        if not arguments.get("start"):
            return {"next": found[0], "candidates": found}
        for row in found:
            try:
                return await self.start({"id": row["id"]})
            except Refused as refusal:
                if refusal.error["code"] != "claim_held" or row is found[-1]:
                    raise
        raise AssertionError("unreachable")

    async def context(self, arguments: Arguments) -> dict[str, Any]:
        path = f"{self._base}/microsteps/{quote(arguments['id'], safe='')}/context"
        found = await self._inside.ask("GET", path, query={"budget": arguments.get("budget", 2000)})
        return dict(found.value)

    async def plan_read(self, arguments: Arguments) -> dict[str, Any]:
        plan, _etag = await self._plan()
        if arguments.get("id"):
            entity = _found(plan, arguments["id"])
            return {"entity": entity.value, "kind": entity.kind}
        sought = str(arguments.get("search") or "").casefold()
        status = arguments.get("status")
        rows = [
            row
            for row in map(_row, microsteps(plan))
            if (not status or row["status"] == status)
            and (sought in f"{row['id']} {row['title']}".casefold())
        ]
        return {"microsteps": rows[: arguments.get("limit", 50)], "total": len(rows)}

    # -- working --

    async def claim(self, arguments: Arguments) -> dict[str, Any]:
        if not arguments.get("release"):
            return {"claim": await self._hold(arguments["id"])}
        await self._give_back(arguments["id"])
        return {"released": arguments["id"]}

    async def start(self, arguments: Arguments) -> dict[str, Any]:
        claim = await self._hold(arguments["id"])
        try:
            changed = await self._set(arguments["id"], "doing")
        except Refused:
            await self._give_back(arguments["id"])
            raise
        return changed | {"claim": claim}

    async def done(self, arguments: Arguments) -> dict[str, Any]:
        plan, _etag = await self._plan()
        entity = _microstep(plan, arguments["id"])
        chains = Graph(plan).blocked_by(entity.id, limit=5)
        if chains:
            causes = [chain[-1] for chain in chains]
            raise Refused(
                "dependencies_unfinished",
                f"{entity.id} cannot be done: it waits for {', '.join(causes)}.",
                missing=causes,
                next_command=f"br start {causes[0]}",
            )
        return await self._finish(arguments["id"], "done")

    async def ask(self, arguments: Arguments) -> dict[str, Any]:
        return await self._finish(arguments["id"], "blocked", arguments["question"])

    async def report_evidence(self, arguments: Arguments) -> dict[str, Any]:
        """Checks run where the repository is."""
        _microstep((await self._plan())[0], arguments["id"])
        raise Refused(
            "workspace_required",
            "The server has no checkout: checks run and reports are signed in the repository.",
            missing=["a checkout with br"],
            next_command=f"br qa run {arguments['id']}",
        )

    async def comment(self, arguments: Arguments) -> dict[str, Any]:
        entity = _found((await self._plan())[0], arguments["id"])
        place = {"project_id": self._id, "entity_type": entity.kind, "entity_id": entity.id}
        if text := arguments.get("text"):
            said = await self._inside.ask("POST", "/api/comments", body=place | {"body": text})
            return {"comment": said.value}
        found = await self._inside.ask("GET", "/api/comments", query=place)
        return {"comments": found.value["items"]}

    async def inbox(self, arguments: Arguments) -> dict[str, Any]:
        asked = {"unread": "true", "project_id": self._id, "limit": 20}
        found = (await self._inside.ask("GET", "/api/notifications", query=asked)).value["items"]
        told = [
            {name: one.get(name) for name in ("id", "kind", "title", "body", "url", "created_at")}
            for one in found
        ]
        if arguments.get("mark") and told:
            body = {"ids": [one["id"] for one in told], "read": True}
            await self._inside.ask("POST", "/api/notifications/read", body=body)
        return {"notifications": told}

    async def plan_patch(self, arguments: Arguments) -> dict[str, Any]:
        operations = arguments["operations"]
        if arguments.get("dry_run"):
            _applied((await self._plan())[0], operations)
            return {"operations": len(operations), "written": False}
        saved = await self._write(lambda _: operations)
        return {"operations": len(operations), "written": True, "revision": saved["revision"]}

    # -- the parts --

    async def _plan(self) -> tuple[dict[str, Any], str]:
        found = await self._inside.ask("GET", f"{self._base}/plan")
        return found.value, found.etag

    async def _claims(self) -> list[dict[str, Any]]:
        found = await self._inside.ask("GET", f"{self._base}/claims")
        return list(found.value["items"])

    async def _hold(self, identifier: str) -> dict[str, Any]:
        body = {"microstep_id": identifier}
        return dict((await self._inside.ask("POST", f"{self._base}/claims", body=body)).value)

    async def _give_back(self, identifier: str) -> None:
        path = f"{self._base}/claims/{quote(identifier, safe='')}"
        await self._inside.ask("DELETE", path)

    async def _finish(self, identifier: str, status: str, reason: str = "") -> dict[str, Any]:
        """Only who holds it says how it ended; the hold ends with it."""
        held = {each["microstep_id"] for each in await self._claims()}
        await self._hold(identifier)
        try:
            changed = await self._set(identifier, status, reason)
        except Refused:
            if identifier not in held:
                await self._give_back(identifier)
            raise
        await self._give_back(identifier)
        return changed

    async def _set(self, identifier: str, status: str, reason: str = "") -> dict[str, Any]:
        def change(plan: dict[str, Any]) -> Operations:
            entity = _microstep(plan, identifier)
            if entity.value.get("status") == "done":
                raise Refused("already_done", f"{entity.id} is done.", next_command="br next")
            operations = [{"op": "set", "id": entity.id, "field": "status", "value": status}]
            if reason:
                operations.append({"op": "set", "id": entity.id, "field": _REASON, "value": reason})
            elif _REASON in entity.value:
                operations.append({"op": "unset", "id": entity.id, "field": _REASON})
            return operations

        saved = await self._write(change)
        return {"microsteps": [{"id": identifier, "status": status}], "revision": saved["revision"]}

    async def _write(self, change: Callable[[dict[str, Any]], Operations]) -> dict[str, Any]:
        """A whole document at once: all of the operations or none, whoever writes beside us."""
        attempt = 0
        while True:
            attempt += 1
            plan, etag = await self._plan()
            document = _applied(plan, change(plan))
            try:
                path = f"{self._base}/plan"
                return dict((await self._inside.ask("PUT", path, body=document, etag=etag)).value)
            except Refused as refusal:
                if refusal.error["code"] != "plan_moved" or attempt == _ATTEMPTS:
                    raise


TOOLS: dict[str, Callable[[Desk, Arguments], Awaitable[dict[str, Any]]]] = {
    "status": Desk.status,
    "next": Desk.next,
    "context": Desk.context,
    "start": Desk.start,
    "claim": Desk.claim,
    "report_evidence": Desk.report_evidence,
    "done": Desk.done,
    "ask": Desk.ask,
    "comment": Desk.comment,
    "inbox": Desk.inbox,
    "plan_read": Desk.plan_read,
    "plan_patch": Desk.plan_patch,
}


def _applied(plan: dict[str, Any], operations: Operations) -> dict[str, Any]:
    try:
        return apply(plan, operations)
    except SpecError as error:
        raise Refused("invalid_operation", error.message, next_command="br plan show") from None


def _row(entity: Entity) -> dict[str, Any]:
    return {
        "id": entity.id,
        "title": entity.value.get("title"),
        "status": entity.value.get("status", "todo"),
    }


def _found(plan: dict[str, Any], identifier: str) -> Entity:
    entity = resolve(plan, identifier)
    if entity is None:
        raise Refused("unknown_id", f"The plan has no {identifier}.", next_command="br list")
    return entity


def _microstep(plan: dict[str, Any], identifier: str) -> Entity:
    entity = _found(plan, identifier)
    if entity.kind != "microstep":
        raise Refused(
            "not_a_microstep", f"{identifier} is a {entity.kind}.", next_command="br list"
        )
    return entity

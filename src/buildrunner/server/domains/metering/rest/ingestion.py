"""`POST /api/usage/events`: a native route, since usage comes in crowds.

Who sends is judged in a thread with Django's connection, as everywhere; the events then go through
psycopg's pool. What is answered is durable.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.conf import settings
from django.db import close_old_connections
from psycopg_pool import PoolTimeout
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.rest.outcomes import STATUS_OF, event_answer, summary
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.outage import DatabaseUnavailable, is_outage
from buildrunner.server.platform.db.pool import Pool
from buildrunner.server.platform.errors import DomainError, NotFound
from buildrunner.server.platform.http.answers import (
    BodyTooLarge,
    Broken,
    Overloaded,
    problem_response,
)
from buildrunner.server.platform.http.quotas import Policy, counter, refusal, tell_of_call

logger = logging.getLogger("buildrunner.metering")

PERMISSION = "usage.write"
LIMIT = 16 * 1024 * 1024
MOST_PROJECTS = 100
_LARGE = 200  # events; from here on the work between statements leaves the loop
_LOST = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_ATTEMPTS = 4

# Headers of a request → who sends it. Raises `NotSignedIn`.
Judge = Callable[[Mapping[str, str]], Actor]


class _Part:
    """The events of a batch that belong to one organization: their places, what was used, and what
    is wrong with it (None: nothing)."""

    def __init__(self) -> None:
        self.places: list[int] = []
        self.usages: list[metering.Usage] = []
        self.wrong: list[metering.Outcome | None] = []


class Ingestion:
    """The endpoint."""

    def __init__(self, pool: Pool, judge: Judge) -> None:
        self._pool = pool
        self._judge = judge
        # Large batches are worked on one after another: Python's threads run one at a time, and
        # several that compute take turns at each other's expense.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="usage")

    async def respond(self, request: Request) -> Response:
        """The route's handler."""
        try:
            return await self._take(request)
        except DomainError as refused:
            return problem_response(refused, path=request.url.path)
        except PoolTimeout:
            waiting = Overloaded("The server is busy; try again in a moment.", retry_after=2)
            return problem_response(waiting, path=request.url.path)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as problem:
            if is_outage(problem):
                return problem_response(DatabaseUnavailable(), path=request.url.path)
            logger.exception("usage could not be taken")
            broken = Broken("Something went wrong on the server; it has been logged.")
            return problem_response(broken, path=request.url.path)

    async def _take(self, request: Request) -> Response:
        headers = {
            **request.headers,
            # No client can send such names.
            ":scheme": request.url.scheme,
            ":peer": request.client.host if request.client else "",
        }
        found, batch = metering.read_events(await _body(request), headers.get("content-type", ""))
        named = metering.projects_of(found)
        projects = set(named) - {None}
        actor, homes = await asyncio.to_thread(self._admit, headers, projects)
        name = headers.get("idempotency-key", "") if not batch else ""
        outcomes = await self._record(actor, found, named, homes, name[: metering.MOST_TEXT])
        if batch:
            body_out, status = summary(outcomes), 200
            if any(one.status == "rejected" for one in outcomes):
                status = 207
            return _json(body_out, status)
        (outcome,) = outcomes
        if outcome.status == "rejected":
            raise _problem(outcome)
        return _json(event_answer(outcome), 201 if outcome.status == "accepted" else 200)

    def _admit(
        self, headers: Mapping[str, str], projects: Iterable[UUID | None]
    ) -> tuple[Actor, dict[UUID | None, UUID | DomainError]]:
        """Who sends, and of each project the organization, or why its events are refused."""
        close_old_connections()
        try:
            actor = self._judge(headers)
            policy = Policy("caller", settings.BR_RATE_LIMIT)
            if policy.quota > 0:
                standing = counter.take(policy, str(actor.key_id or actor.person_id))
                if not standing.admitted:
                    raise refusal(standing)
            homes: dict[UUID | None, UUID | DomainError] = {}
            wanted = sorted(one for one in projects if one is not None)
            if actor.project_id is not None:
                wanted.append(actor.project_id)
            for project_id in wanted[:MOST_PROJECTS]:
                try:
                    with tenancy.project_scope(actor, project_id, PERMISSION) as access:
                        homes[project_id] = access.org_id
                except DomainError as refused:
                    homes[project_id] = refused
            entered = next((one for one in homes.values() if isinstance(one, UUID)), None)
            if entered is not None:
                tell_of_call(entered, actor)
            if actor.project_id is not None:  # for events that name none
                homes[None] = homes.get(actor.project_id, _no_project())
            return actor, homes
        finally:
            close_old_connections()

    async def _record(
        self,
        actor: Actor,
        found: list[Any],
        named: list[UUID | None],
        homes: Mapping[UUID | None, UUID | DomainError],
        name: str,
    ) -> list[metering.Outcome]:
        outcomes: list[metering.Outcome | None] = [None] * len(found)
        beside = self._thread if len(found) > _LARGE else None
        if beside is not None:
            parts = await asyncio.get_running_loop().run_in_executor(
                beside, _understand_all, actor, found, named, homes, name, outcomes
            )
        else:
            parts = _understand_all(actor, found, named, homes, name, outcomes)
        for org_id, part in parts.items():
            told = await self._write(actor, org_id, part, beside)
            for place, outcome in zip(part.places, told, strict=True):
                outcomes[place] = outcome
        return [one for one in outcomes if one is not None]

    async def _write(
        self, actor: Actor, org_id: UUID, part: _Part, beside: Executor | None
    ) -> list[metering.Outcome]:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await metering.record_usage_async(
                    self._pool, actor, org_id, part.usages, wrong=part.wrong, beside=beside
                )
            except _LOST:
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError


def _understand_all(
    actor: Actor,
    found: list[Any],
    named: list[UUID | None],
    homes: Mapping[UUID | None, UUID | DomainError],
    name: str,
    outcomes: list[metering.Outcome | None],
) -> dict[UUID, _Part]:
    """The events by organization; `outcomes` is told of those that have none."""
    reader = metering.EventReader(actor, name)
    parts: dict[UUID, _Part] = defaultdict(_Part)
    before: Any = outcomes  # no project: the first is looked up
    for place, (event, project_id) in enumerate(zip(found, named, strict=True)):
        if project_id is not before:
            before, home = project_id, homes.get(project_id) or _no_project()
            part = parts[home] if isinstance(home, UUID) else _Part()
        if isinstance(home, DomainError):
            outcomes[place] = _refused(event, home)
            continue
        owner = project_id or actor.project_id
        assert owner is not None  # noqa: S101
        wrong = None
        try:
            usage = reader.understand(event, home, owner)
        except DomainError as refused:
            wrong = _refused(event, refused)
            usage = metering.bare_usage(event, home, owner)
        found[place] = None  # its memory serves the next: so a batch stays in the processor's cache
        part.places.append(place)
        part.usages.append(usage)
        part.wrong.append(wrong)
    return parts


def _no_project() -> DomainError:
    return NotFound(
        "`data.project_id` names no project here. `GET /api/projects` lists those you can see.",
        code="project_not_found",
    )


def _refused(event: Any, refused: DomainError) -> metering.Outcome:
    name, source, _ = metering.names_of_event(event)
    return metering.Outcome(
        name,
        source,
        "rejected",
        code=refused.code,
        detail=refused.detail,
    )


def _problem(outcome: metering.Outcome) -> DomainError:
    made = STATUS_OF.get(outcome.code, metering.EventRejected)
    return made(outcome.detail, code=outcome.code, id=outcome.id, source=outcome.source)


async def _body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "0")
    size, pieces = 0, []
    if announced.isdigit() and int(announced) > LIMIT:
        raise _too_large()
    async for piece in request.stream():
        size += len(piece)
        if size > LIMIT:
            raise _too_large()
        pieces.append(piece)
    return b"".join(pieces)


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"A batch may have at most {LIMIT:,} bytes.", limit=LIMIT)


def _json(value: Any, status: int) -> Response:
    return Response(
        msgspec.json.encode(value),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )

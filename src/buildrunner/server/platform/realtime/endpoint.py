"""`GET /api/events/stream`: replay from the table, then live, without a gap or a repetition."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from uuid import UUID

import psycopg
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from buildrunner.server.platform.db.outage import DatabaseUnavailable, is_outage
from buildrunner.server.platform.errors import DomainError, Invalid
from buildrunner.server.platform.events.stream import Position
from buildrunner.server.platform.http.answers import Broken, Overloaded, problem_response
from buildrunner.server.platform.observe import metrics
from buildrunner.server.platform.realtime import frames
from buildrunner.server.platform.realtime.audience import Audience
from buildrunner.server.platform.realtime.hub import Closing, Ended, Hub, Subscription

logger = logging.getLogger("buildrunner.realtime")

# Headers of the request and the wanted project → what may be seen. Raises `DomainError`.
Judge = Callable[[Mapping[str, str], UUID | None], Audience]


class EventStream:
    """The endpoint. `whispers` are the kinds of passing news that can be asked for. `judge` is called in a thread: at the start, every `recheck` seconds, and at
    once when something that the reader's rights rest on has changed. A stream whose rights have
    changed ends; the client connects again and is judged afresh.
    """

    def __init__(
        self,
        hub: Hub,
        judge: Judge,
        *,
        whispers: frozenset[str] = frozenset(),
        ping: float = 15.0,
        recheck: float = 45.0,
    ) -> None:
        self._hub = hub
        self._whispers = whispers
        self._judge = judge
        self._ping = ping
        self._recheck = recheck

    async def respond(self, request: Request) -> Response:
        """The route's handler."""
        try:
            project_id = _project(request)
            after = _last_event(request)
            also = self._also(request)
            headers = {
                **request.headers,
                # No client can send such names.
                ":scheme": request.url.scheme,
                ":peer": request.client.host if request.client else "",
            }
            audience = await asyncio.to_thread(self._judge, headers, project_id)
            subscription = await self._hub.subscribe(audience, whispers=also)
        except DomainError as refusal:
            return problem_response(refusal, path=request.url.path)
        except TimeoutError:
            waiting = Overloaded("The event stream has no database at the moment.", retry_after=3)
            return problem_response(waiting, path=request.url.path)
        except Exception as problem:
            if is_outage(problem):
                return problem_response(DatabaseUnavailable(), path=request.url.path)
            logger.exception("the event stream could not judge a request")
            broken = Broken("Something went wrong on the server; it has been logged.")
            return problem_response(broken, path=request.url.path)
        return _Stream(
            self._frames(subscription, after, headers, project_id),
            media_type="text/event-stream",
            headers={
                "Cache-Control": "no-cache, no-store, no-transform",
                "X-Accel-Buffering": "no",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _frames(
        self,
        subscription: Subscription,
        after: Position | None,
        headers: Mapping[str, str],
        project_id: UUID | None,
    ) -> AsyncGenerator[bytes, None]:
        subscription.read_by_this_task()
        reason = "gone"
        try:
            yield frames.opening(subscription.since if after is None else after)
            if after is not None:
                async for frame in self._hub.replay(subscription, after):
                    yield frame
            judge_at = time.monotonic() + self._recheck
            ping_at = time.monotonic() + self._ping
            while True:
                if subscription.recheck.is_set() or time.monotonic() >= judge_at:
                    subscription.recheck.clear()
                    if await self._rights_changed(subscription, headers, project_id):
                        reason = "rights"
                        return
                    judge_at = time.monotonic() + self._recheck
                # A client may have read further from another process than this one had.
                wanted = [
                    frame
                    for position, frame in subscription.take()
                    if position is None or after is None or position > after
                ]
                if wanted:
                    yield b"".join(wanted)  # one piece of the answer, however much there is
                    ping_at = time.monotonic() + self._ping
                if time.monotonic() >= ping_at:
                    yield frames.PING
                    ping_at = time.monotonic() + self._ping
                await subscription.wait(min(ping_at, judge_at) - time.monotonic())
        except Closing:
            reason = "closing"
            yield frames.closing()
        except Ended:
            reason = "slow"
        except (psycopg.Error, OSError) as problem:
            reason = "database"
            logger.warning("a replay broke off: %s", problem)
        finally:
            self._hub.unsubscribe(subscription)
            metrics.streams_ended.labels(reason).inc()

    def _also(self, request: Request) -> frozenset[str]:
        wanted = frozenset(filter(None, request.query_params.get("also", "").split(",")))
        unknown = sorted(wanted - self._whispers)
        if unknown:
            known = ", ".join(sorted(self._whispers)) or "nothing"
            raise Invalid(
                f"also={unknown[0][:80]!r} is not passing news of this server; it has {known}.",
                code="invalid_also",
            )
        return wanted

    async def _rights_changed(
        self, subscription: Subscription, headers: Mapping[str, str], project_id: UUID | None
    ) -> bool:
        try:
            audience = await asyncio.to_thread(self._judge, headers, project_id)
        except DomainError:
            return True
        except Exception as problem:
            if not is_outage(problem):
                raise
            return True  # the client connects again, and is judged when the database is back
        return audience != subscription.audience


class _Stream(StreamingResponse):
    """Closes its generator however the sending ends; by itself it is left to the collector."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        frames_sent = self.body_iterator
        assert isinstance(frames_sent, AsyncGenerator)  # noqa: S101
        async with aclosing(frames_sent):
            await super().__call__(scope, receive, send)


def _project(request: Request) -> UUID | None:
    text = request.query_params.get("project_id")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(
            f"project_id={text!r} is not a project's id; `GET /api/projects` lists yours.",
            code="invalid_project_id",
        ) from None


def _last_event(request: Request) -> Position | None:
    token = request.headers.get("last-event-id") or request.query_params.get("last_event_id")
    if not token:
        return None
    try:
        return Position.from_token(token)
    except ValueError as problem:
        raise Invalid(
            f"Last-Event-ID {token[:80]!r} is {problem}; leave it out to begin with what is new.",
            code="invalid_event_id",
        ) from None

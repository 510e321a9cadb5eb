"""`/v1/…`: the addresses that OpenAI's and Anthropic's clients call.

Bodies are never logged. Who calls is known by the key, for what by the key or by `BR-Project` and
`BR-Microstep`; what it may cost is held before the provider is asked, and what it came to is written
afterwards (`spending`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from psycopg_pool import PoolTimeout
from starlette.types import Receive, Scope, Send

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.errors import CallTooSlow, ModelUnserved, UpstreamFailed
from buildrunner.server.domains.ai.rest.gateway.callers import Callers, Cause, Judge
from buildrunner.server.domains.ai.rest.gateway.models import ModelLists
from buildrunner.server.domains.ai.rest.gateway.relay import (
    Headers,
    Passed,
    passed_headers,
    relay_stream,
    relay_whole,
)
from buildrunner.server.domains.ai.rest.gateway.spending import Held, Spending
from buildrunner.server.domains.ai.rest.gateway.upstreams import Reached, Target, Upstreams
from buildrunner.server.domains.ai.rules import calls, refusals
from buildrunner.server.domains.ai.rules.providers import billed_as
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.db.outage import DatabaseUnavailable, is_outage
from buildrunner.server.platform.db.pool import Pool
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.errors import DomainError
from buildrunner.server.platform.http.answers import BodyTooLarge, Broken, Overloaded, WrongMethod
from buildrunner.server.platform.observe import visits

logger = logging.getLogger("buildrunner.gateway")

SOURCE: Final = "gateway"
ARRIVE: Final = 60.0  # seconds in which a body has to arrive
MODELS: Final = "/v1/models"
PATHS: Final = (*calls.PATHS, MODELS)


class Gone(Exception):
    """The caller went before the call was made."""


@dataclass(slots=True)
class Candidate:
    """A provider that may take the call, and what its tokens cost."""

    upstream: ai.Upstream
    price: metering.Price | None


class Gateway:
    """The routes, as one ASGI application."""

    def __init__(self, pool: Pool, judge: Judge) -> None:
        self.callers = Callers(judge)
        self.spending = Spending(pool)
        self.upstreams = Upstreams()
        self._lists = ModelLists(self.callers, self.upstreams)

    async def start(self) -> None:
        """Before the first call."""
        self.spending.start()

    async def close(self) -> None:
        """After the last one: what was used is written, leases are given back."""
        await self.spending.close()
        await self.upstreams.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope["path"]
        headers = _headers(scope)
        protocol = calls.PATHS.get(path, "")
        if not protocol and "anthropic-version" in headers:
            protocol = "messages"
        answer = _Answer(send)
        try:
            if path in calls.PATHS:
                _only(scope, "POST")
                await self._call(protocol, headers, receive, answer)
            else:
                _only(scope, "GET")
                body = await self._lists.answer(path, headers, protocol)
                await answer.whole(200, body)
        except Gone:
            return
        except DomainError as error:
            await _refuse(answer, error, protocol)
        except PoolTimeout:
            busy = Overloaded("The server is busy; try again in a moment.", retry_after=2)
            await _refuse(answer, busy, protocol)
        except Exception as problem:
            if is_outage(problem):
                await _refuse(answer, DatabaseUnavailable(), protocol)
                return
            logger.exception("a call to a model failed")
            broken = Broken("Something went wrong on the server; it has been logged.")
            await _refuse(answer, broken, protocol)

    async def _call(
        self, protocol: str, headers: dict[str, str], receive: Receive, answer: _Answer
    ) -> None:
        cause = await self.callers.cause_of(headers)  # before the body: strangers send none
        body = await _body(headers, receive)
        call = calls.read(protocol, body)
        candidates = await self._candidates(cause, call)
        attribution = cause.cause
        capped = await self.spending.is_capped(attribution)
        if capped and any(one.price for one in candidates):
            candidates = [one for one in candidates if one.price]
        # Where nobody says how long an answer may be, nothing bounds its cost.
        ceiling = settings.BR_GATEWAY_MAX_TOKENS if capped and call.limit is None else None
        most = _most(call, candidates, ceiling)
        targets = [
            Target(
                one.upstream,
                calls.prepare(call, one.upstream.model, kind=one.upstream.kind, ceiling=ceiling),
            )
            for one in candidates
        ]
        held = await self.spending.begin(attribution, most)
        run = _Run(self.spending, held, cause, call, candidates)
        try:
            reached = await self.upstreams.call(protocol, targets, headers)
            await self._pass_on(reached, run, receive, answer)
        finally:
            run.never()

    async def _pass_on(
        self, reached: Reached, run: _Run, receive: Receive, answer: _Answer
    ) -> None:
        upstream, came = reached.upstream, reached.answer
        told = _told(upstream, run.cause)
        kind = came.headers.get("content-type", "")
        try:
            if came.status < 300 and kind.startswith("text/event-stream"):
                headers = [*passed_headers(came), *told, (b"cache-control", b"no-store")]
                passed = await relay_stream(came, run.call, receive, answer.send, headers)
                run.over(upstream, passed)
            else:

                def finish(passed: Passed) -> Headers:
                    cost = run.over(upstream, passed)
                    if cost is None:
                        return told
                    return [*told, (b"br-cost", str(metering.money(cost)).encode())]

                await relay_whole(came, run.call, answer.send, finish)
        except asyncio.CancelledError:
            run.over(upstream, Passed(None, estimated=True, broken="server"))
            raise

    async def _candidates(self, cause: Cause, call: calls.Call) -> list[Candidate]:
        """Who serves the model, then who serves what may stand in for it."""
        org_id = cause.cause.org_id
        known = await self.callers.upstreams(org_id)
        try:
            chosen = ai.choose(known, call.model, call.protocol)
        except ModelUnserved:  # it may have been added just now
            known = await self.callers.upstreams(org_id, fresh=True)
            chosen = ai.choose(known, call.model, call.protocol)
        wanted = [
            other
            for one in chosen
            for other in one.fallbacks.get(call.model, one.fallbacks.get("*", ()))
        ]
        for other in dict.fromkeys(wanted):
            try:
                chosen += ai.choose(known, other, call.protocol)
            except ModelUnserved:
                continue
        found: dict[tuple[Any, str], Candidate] = {}
        for one in chosen:
            if (one.provider_id, one.model) not in found:
                price = await self.callers.price(org_id, billed_as(one), one.model)
                found[one.provider_id, one.model] = Candidate(one, price)
        return list(found.values())


class _Run:
    """A call that holds money until it is over, however it ends."""

    def __init__(
        self,
        spending: Spending,
        held: Held,
        cause: Cause,
        call: calls.Call,
        candidates: Sequence[Candidate],
    ) -> None:
        self._spending, self._held, self._candidates = spending, held, candidates
        self.cause, self.call = cause, call
        self._open = True

    def over(self, upstream: ai.Upstream, passed: Passed) -> Decimal | None:
        """It was answered. The cost, where somebody knows it."""
        if not self._open:
            return None
        self._open = False
        tokens = passed.tokens
        if tokens is None and not passed.broken:  # an error: nothing was used
            self._spending.end(self._held, None, None)
            return None
        price = next(
            (
                one.price
                for one in self._candidates
                if one.upstream.provider_id == upstream.provider_id
                and one.upstream.model == upstream.model
            ),
            None,
        )
        if tokens is None:
            tokens = metering.Tokens(input=self.call.likely_input)
        cost = price.cost(tokens) if price is not None else None
        usage = self._usage(upstream, tokens, passed)
        self._spending.end(self._held, usage, cost)
        return cost

    def never(self) -> None:
        """No provider answered."""
        if self._open:
            self._open = False
            self._spending.end(self._held, None, None)

    def _usage(
        self, upstream: ai.Upstream, tokens: metering.Tokens, passed: Passed
    ) -> metering.Usage:
        data: dict[str, Any] = {
            "protocol": self.call.protocol,
            "provider_id": str(upstream.provider_id),
            "request_id": visits.request_id(),
        }
        if upstream.model != self.call.model:
            data["asked_model"] = self.call.model
        if passed.estimated:
            data["estimated"] = True
        if passed.broken:
            data["broken_by"] = passed.broken
        if self.cause.unknown is not None:
            data["unknown_microstep"] = True
        if self._held.hold is not None:
            data["lease"] = str(self._held.hold.lease_id)
        return metering.Usage(
            id=uuid7().hex,
            source=SOURCE,
            type="tokens",
            time=datetime.now(UTC),
            quantity=Decimal(tokens.total),
            model=upstream.model,
            provider=billed_as(upstream),
            tokens=tokens,
            attribution=self.cause.cause,
            data=data,
            reserved=self._held.hold is not None,
        )


class _Answer:
    """The sending side; knows whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def send(self, message: Any) -> None:
        self.begun = True
        await self._send(message)

    async def whole(self, status: int, body: bytes, headers: Headers = []) -> None:  # noqa: B006
        given = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *headers,
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": given})
        await self.send({"type": "http.response.body", "body": body})


async def _refuse(answer: _Answer, error: DomainError, protocol: str) -> None:
    if answer.begun:
        return
    headers: Headers = []
    wait = error.extensions.get("retry_after")
    if wait:
        headers.append((b"retry-after", str(wait).encode()))
    if error.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="BuildRunner"'))
    # It was tried as often as it may be, or would be refused again.
    in_vain = isinstance(error, UpstreamFailed) or error.status < 500
    if in_vain and error.status not in (408, 429):
        headers.append((b"x-should-retry", b"false"))
    body = refusals.body_of(error, protocol, visits.request_id())
    await answer.whole(error.status, body, headers)


def _most(call: calls.Call, candidates: Sequence[Candidate], ceiling: int | None) -> Decimal | None:
    """The most the call can cost with whoever takes it; None where one of them has no price."""
    output = calls.most_output(call, ceiling or settings.BR_GATEWAY_MAX_TOKENS)
    bounds = []
    for one in candidates:
        if one.price is None:
            return None
        bounds.append(one.price.upper_bound(call.most_input, output))
    return max(bounds)


def _told(upstream: ai.Upstream, cause: Cause) -> Headers:
    found = [
        (b"br-provider", upstream.provider.encode("latin-1", "replace")),
        (b"br-model", upstream.model.encode("latin-1", "replace")),
    ]
    if cause.unknown is not None:
        found.append((b"br-notice", b"unknown_microstep"))
    return found


def _headers(scope: Scope) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1")
        if key in found and key in _ONCE:
            found[key] = ""  # said twice, it is not said at all
        else:
            found[key] = value.decode("latin-1")
    client = scope.get("client")
    # No client can send such names.
    return {**found, ":scheme": scope.get("scheme", "http"), ":peer": client[0] if client else ""}


_ONCE: Final = frozenset({"authorization", "x-api-key", "br-project", "br-microstep"})


def _only(scope: Scope, method: str) -> None:
    if scope["method"] != method and not (method == "GET" and scope["method"] == "HEAD"):
        raise WrongMethod(f"This address takes {method}.")


async def _body(headers: dict[str, str], receive: Receive) -> bytes:
    """The body, which has to arrive in time and not be too large."""
    limit = settings.BR_GATEWAY_BODY
    announced = headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(ARRIVE):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                piece = message.get("body", b"")
                size += len(piece)
                if size > limit:
                    raise _too_large(limit)
                pieces.append(piece)
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError:
        raise CallTooSlow(f"The body did not arrive within {ARRIVE:.0f} seconds.") from None


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"A call may have at most {limit:,} bytes.", limit=limit)

"""One answer on its way from a provider to its caller, and what it came to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import aiohttp
from starlette.types import Receive, Send

from buildrunner.server.domains.ai.errors import UpstreamFailed
from buildrunner.server.domains.ai.rules import refusals
from buildrunner.server.domains.ai.rules.calls import Call
from buildrunner.server.domains.ai.rules.streams import StreamMeter
from buildrunner.server.domains.ai.rules.usage import usage_of
from buildrunner.server.domains.metering.facade import Tokens
from buildrunner.server.platform.observe import visits

logger = logging.getLogger("buildrunner.gateway")

SLOW: Final = 60.0  # seconds in which a caller has to take a piece
LARGEST: Final = 64 * 1024 * 1024
# What a provider may say to the caller besides the body.
_PASSED: Final = frozenset(
    {
        "content-type",
        "content-encoding",
        "retry-after",
        "retry-after-ms",
        "request-id",
        "x-should-retry",
        "openai-version",
        "openai-processing-ms",
    }
)
_PASSED_BEGINS: Final = ("x-ratelimit-", "anthropic-ratelimit-")

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Passed:
    """What came of an answer. `estimated`: the provider did not tell its usage to the end."""

    tokens: Tokens | None
    estimated: bool = False
    broken: str = ""


def passed_headers(answer: aiohttp.ClientResponse) -> Headers:
    """The headers of an answer that go on."""
    found = []
    for name, value in answer.headers.items():
        lower = name.lower()
        if lower in _PASSED or lower.startswith(_PASSED_BEGINS):
            found.append((lower.encode("latin-1"), value.encode("latin-1", "replace")))
    return found


async def relay_whole(
    answer: aiohttp.ClientResponse,
    call: Call,
    send: Send,
    finish: Callable[[Passed], Headers],
) -> None:
    """An answer in one piece. It is read to its end whether its caller waits or not: the provider
    charges for it. `finish` is told what it came to before it goes on."""
    try:
        body = await _whole(answer)
    except (aiohttp.ClientError, TimeoutError, OSError):
        finish(Passed(_guess(answer, call), estimated=True, broken="provider"))
        raise UpstreamFailed("The provider broke off in the middle of its answer.") from None
    tokens = usage_of(call.protocol, body) if answer.status < 300 else None
    estimated = tokens is None and answer.status < 300
    if estimated:
        tokens = Tokens(input=call.likely_input, output=len(body) // 4)
    more = finish(Passed(tokens, estimated))
    headers = [*passed_headers(answer), *more, (b"content-length", str(len(body)).encode())]
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(SLOW):
            start = {"type": "http.response.start", "status": answer.status, "headers": headers}
            await send(start)
            await send({"type": "http.response.body", "body": body})


async def relay_stream(
    answer: aiohttp.ClientResponse,
    call: Call,
    receive: Receive,
    send: Send,
    headers: Headers,
) -> Passed:
    """A stream, piece by piece as it comes. When its caller goes, the provider is told to stop."""
    meter = StreamMeter(call.protocol, hide_usage=call.protocol == "chat" and not call.wants_usage)
    pumping = asyncio.ensure_future(_pump(answer, meter, call.protocol, send, headers))
    leaving = asyncio.ensure_future(_gone(receive))
    broken = ""
    try:
        await asyncio.wait({pumping, leaving}, return_when=asyncio.FIRST_COMPLETED)
        broken = pumping.result() if pumping.done() else "caller"
    finally:
        for task in (pumping, leaving):
            task.cancel()
        await asyncio.gather(pumping, leaving, return_exceptions=True)
        answer.close() if broken else answer.release()
    told = meter.told
    if meter.finished and told is not None and not broken:
        return Passed(told)
    if meter.finished and told is not None and told.output:
        return Passed(told, broken=broken)
    return Passed(meter.estimate(call.likely_input), estimated=True, broken=broken)


async def _pump(
    answer: aiohttp.ClientResponse,
    meter: StreamMeter,
    protocol: str,
    send: Callable[..., Awaitable[None]],
    headers: Headers,
) -> str:
    """Why it broke off: nothing, the provider or the caller."""
    try:
        async with asyncio.timeout(SLOW):
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    except (OSError, TimeoutError):
        return "caller"
    pieces = answer.content.iter_any()
    while True:
        try:
            piece = await anext(pieces)
        except StopAsyncIteration:
            break
        except (aiohttp.ClientError, TimeoutError, OSError):
            error = UpstreamFailed("The provider broke off in the middle of its answer.")
            last = meter.rest() + refusals.event_of(error, protocol, visits.request_id())
            return "caller" if not await _sent(send, last, more=False) else "provider"
        passed = meter.feed(piece)
        if passed and not await _sent(send, passed, more=True):
            return "caller"
    return "" if await _sent(send, meter.rest(), more=False) else "caller"


async def _sent(send: Callable[..., Awaitable[None]], body: bytes, *, more: bool) -> bool:
    try:
        async with asyncio.timeout(SLOW):
            await send({"type": "http.response.body", "body": body, "more_body": more})
    except (OSError, TimeoutError):
        return False
    return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > LARGEST:
            answer.close()
            raise aiohttp.ClientPayloadError("too long")
    answer.release()
    return bytes(body)


def _guess(answer: aiohttp.ClientResponse, call: Call) -> Tokens | None:
    return Tokens(input=call.likely_input) if answer.status < 300 else None

"""One HTTP call: attempts, pauses, and what comes of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import httpx

from buildrunner.client import wire
from buildrunner.client.errors import Unreachable
from buildrunner.client.models import Listing

T = TypeVar("T")
logger = logging.getLogger("buildrunner.client")


class AsyncTransport:
    """Sends requests for the resources of a client.

    Only what is safe to repeat is repeated: reads, writes that are idempotent by definition, and
    writes under an `Idempotency-Key`. `Retry-After` is honoured up to 30 s.
    """

    def __init__(
        self,
        configuration: wire.Configuration,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        pause: wire.AsyncPause = asyncio.sleep,
    ) -> None:
        self.server = configuration.server
        self._attempts = 1 + configuration.retries
        self.pause = pause
        self.http = httpx.AsyncClient(**wire.options(configuration), transport=transport)

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send and return a 2xx or 304 answer; raises a `ClientError` otherwise.

        `more` goes to `wire.call`: `json`, `content`, `params`, `headers`, `repeatable`, `keyed`.
        """
        call = wire.call(method, path, **more)
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts or not call.repeatable
            try:
                answer = await self.http.request(
                    call.method,
                    call.path,
                    content=call.content,
                    params=call.params,
                    headers=call.headers,
                )
            except httpx.TransportError as error:
                why = wire.reason(error)
                logger.debug("%s %s: no answer (%s)", method, path, why)
                if last:
                    raise Unreachable(f"no answer from {self.server} ({why})") from None
                await self.pause(wire.backoff(attempt))
                continue
            logger.debug("%s %s: %s", method, path, answer.status_code)
            after = None if last else wire.again_in(call, answer, attempt)
            if after is None:
                return wire.accept(answer)
            await self.pause(after)
        raise AssertionError("unreachable")  # pragma: no cover

    async def get(self, path: str, kind: type[T], **params: Any) -> T:
        """GET and decode."""
        return wire.decode(await self.request("GET", path, params=params), kind)

    async def send(self, method: str, path: str, kind: type[T], body: Any = None) -> T:
        """A write under an idempotency key, its answer decoded."""
        answer = await self.request(method, path, json=body, keyed=True)
        return wire.decode(answer, kind)

    async def delete(self, path: str) -> None:
        """DELETE; what is already gone the second time counts as deleted the first."""
        await self.request("DELETE", path, keyed=True)

    async def pages(self, path: str, kind: type[T], /, **params: Any) -> AsyncIterator[T]:
        """The items of a list, fetched page by page as they are read."""
        cursor: str | None = None
        while True:
            answer = await self.request("GET", path, params={**params, "cursor": cursor})
            page = wire.decode(answer, Listing)
            for item in page.items:
                yield wire.convert(answer, item, kind)
            cursor = page.next_cursor
            if not cursor:
                return

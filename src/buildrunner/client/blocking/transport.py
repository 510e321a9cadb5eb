"""One HTTP call: attempts, pauses, and what comes of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any, TypeVar

import httpx

from buildrunner.client import wire
from buildrunner.client.errors import Unreachable
from buildrunner.client.models import Listing

T = TypeVar("T")
logger = logging.getLogger("buildrunner.client")


class Transport:
    """Sends requests for the resources of a client.

    Only what is safe to repeat is repeated: reads, writes that are idempotent by definition, and
    writes under an `Idempotency-Key`. `Retry-After` is honoured up to 30 s.
    """

    def __init__(
        self,
        configuration: wire.Configuration,
        *,
        transport: httpx.BaseTransport | None = None,
        pause: wire.Pause = time.sleep,
    ) -> None:
        self.server = configuration.server
        self._attempts = 1 + configuration.retries
        self.pause = pause
        self.http = httpx.Client(**wire.options(configuration), transport=transport)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send and return a 2xx or 304 answer; raises a `ClientError` otherwise.

        `more` goes to `wire.call`: `json`, `content`, `params`, `headers`, `repeatable`, `keyed`.
        """
        call = wire.call(method, path, **more)
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts or not call.repeatable
            try:
                answer = self.http.request(
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
                self.pause(wire.backoff(attempt))
                continue
            logger.debug("%s %s: %s", method, path, answer.status_code)
            after = None if last else wire.again_in(call, answer, attempt)
            if after is None:
                return wire.accept(answer)
            self.pause(after)
        raise AssertionError("unreachable")  # pragma: no cover

    def get(self, path: str, kind: type[T], **params: Any) -> T:
        """GET and decode."""
        return wire.decode(self.request("GET", path, params=params), kind)

    def send(self, method: str, path: str, kind: type[T], body: Any = None) -> T:
        """A write under an idempotency key, its answer decoded."""
        answer = self.request(method, path, json=body, keyed=True)
        return wire.decode(answer, kind)

    def delete(self, path: str) -> None:
        """DELETE; what is already gone the second time counts as deleted the first."""
        self.request("DELETE", path, keyed=True)

    def pages(self, path: str, kind: type[T], /, **params: Any) -> Iterator[T]:
        """The items of a list, fetched page by page as they are read."""
        cursor: str | None = None
        while True:
            answer = self.request("GET", path, params={**params, "cursor": cursor})
            page = wire.decode(answer, Listing)
            for item in page.items:
                yield wire.convert(answer, item, kind)
            cursor = page.next_cursor
            if not cursor:
                return

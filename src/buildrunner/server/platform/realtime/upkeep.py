"""Signs of life: many short requests, one statement; and what has shown none is cleared away.

`POST {"tokens": […]}` says that the holders of the tokens are still there. The requests of a
quarter of a second become one call of `renew`. While anybody listens, `clear` is called each second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Collection, Coroutine
from typing import Any, TypeVar
from uuid import UUID

from django.db import close_old_connections, connections
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from buildrunner.server.platform.errors import DomainError, Invalid
from buildrunner.server.platform.http.answers import BodyTooLarge, Overloaded, problem_response
from buildrunner.server.platform.http.threads import Threads

logger = logging.getLogger("buildrunner.realtime")

Result = TypeVar("Result")
Renew = Callable[[Collection[UUID]], Collection[UUID]]

LARGEST = 2_048  # bytes of a body
MOST_TOKENS = 20  # of one request
MOST_WAITING = 5_000  # tokens of one batch
GATHER = 0.25  # seconds in which requests are gathered
FAREWELL = 3.0  # seconds that a statement under way has to end
CLEAR = 1.0  # seconds between two clearings


class Upkeep:
    """`renew` gets tokens and answers those that still stood; `clear` removes what is overdue.

    Both run in the one thread of this object, with its own database connection.
    """

    def __init__(
        self, renew: Renew, clear: Callable[[], int], *, wanted: Callable[[], bool]
    ) -> None:
        self._renew = renew
        self._clear = clear
        self._wanted = wanted
        self._threads = Threads(1, "upkeep")
        self._tokens: set[UUID] = set()
        self._batch: asyncio.Future[Collection[UUID]] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to clear."""
        self._keep(self._clear_for_ever())

    async def close(self) -> None:
        """Stop at once: the other processes go on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(self._threads.close), FAREWELL)

    async def respond(self, request: Request) -> Response:
        """The route's handler: `{"lapsed": […]}` names the tokens that hold nothing any more."""
        try:
            tokens = await _tokens(request)
            stood = await self._add(tokens)
        except DomainError as refusal:
            return problem_response(refusal, path=request.url.path)
        return JSONResponse({"lapsed": [str(one) for one in tokens if one not in stood]})

    async def _add(self, tokens: list[UUID]) -> Collection[UUID]:
        if len(self._tokens) + len(tokens) > MOST_WAITING:
            raise Overloaded("The server is busy; try again in a moment.", retry_after=2)
        self._tokens.update(tokens)
        if self._batch is None:
            self._batch = asyncio.get_running_loop().create_future()
            self._keep(self._flush(self._batch))
        try:
            return await asyncio.shield(self._batch)
        except Exception:
            raise Overloaded("The server has no database right now.", retry_after=2) from None

    async def _flush(self, batch: asyncio.Future[Collection[UUID]]) -> None:
        await asyncio.sleep(GATHER)
        tokens, self._tokens, self._batch = self._tokens, set(), None
        try:
            batch.set_result(await self._threads.run(_in_database, lambda: self._renew(tokens)))
        except Exception as problem:
            logger.warning("signs of life were not written: %s", problem)
            batch.set_exception(problem)
            batch.exception()  # the requests that waited may have gone

    async def _clear_for_ever(self) -> None:
        while True:
            await asyncio.sleep(CLEAR)
            if not self._wanted():
                continue
            try:
                await self._threads.run(_in_database, self._clear)
            except Exception as problem:
                logger.warning("nothing was cleared away: %s", problem)
                await asyncio.sleep(CLEAR)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _in_database(work: Callable[[], Result]) -> Result:
    close_old_connections()
    try:
        return work()
    except Exception:
        with contextlib.suppress(Exception):
            connections.close_all()
        raise


async def _tokens(request: Request) -> list[UUID]:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise BodyTooLarge(f"Such a request carries at most {LARGEST} bytes.", limit=LARGEST)
    try:
        given = json.loads(bytes(body))["tokens"]
        tokens = [UUID(one) for one in given]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Invalid(
            'The body is not {"tokens": ["…"]} with the tokens that were given out.',
            code="invalid_tokens",
        ) from None
    if not 0 < len(tokens) <= MOST_TOKENS:
        raise Invalid(f"1 to {MOST_TOKENS} tokens fit into a request.", code="invalid_tokens")
    return tokens

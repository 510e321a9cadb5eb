"""The event stream (server-sent events), as an iterator that resumes after a broken line."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx

from buildrunner.client import wire
from buildrunner.client.aio.transport import AsyncTransport
from buildrunner.client.errors import Unreachable
from buildrunner.client.models import ServerEvent
from buildrunner.client.sse import Decoder

SILENCE = 60.0


async def stream(
    transport: AsyncTransport,
    *,
    project_id: str | None = None,
    after: str | None = None,
    also: str | None = None,
    attempts: int = 5,
) -> AsyncIterator[ServerEvent]:
    """Follow `/api/events/stream`; a broken line is taken up again after the last event seen.

    Gives up with `Unreachable` when `attempts` connections in a row brought nothing.
    """
    failures = 0
    wanted = {"project_id": project_id, "also": also}
    while True:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
        try:
            async with transport.http.stream(
                "GET",
                "/api/events/stream",
                params={name: value for name, value in wanted.items() if value},
                headers=headers,
                timeout=httpx.Timeout(SILENCE, connect=wire.CONNECT_WITHIN),
            ) as answer:
                if answer.status_code not in wire.RETRY_STATUS:
                    if not answer.is_success:
                        await answer.aread()
                        wire.accept(answer)
                    decoder = Decoder()
                    async for line in answer.aiter_lines():
                        event = decoder.feed(line)
                        if event is not None:
                            failures = 0
                            after = event.id or after
                            yield event
                pause = wire.retry_after(answer.headers.get("Retry-After", ""))
        except httpx.TransportError:
            pause = None
        failures += 1
        if failures >= attempts:
            raise Unreachable(f"the event stream broke {failures} times in a row")
        await transport.pause(pause or wire.backoff(failures))

"""A part of the API."""

from __future__ import annotations

from buildrunner.client.aio.transport import AsyncTransport


class AsyncResource:
    """Holds the transport of its client."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

"""A part of the API."""

from __future__ import annotations

from buildrunner.client.blocking.transport import Transport


class Resource:
    """Holds the transport of its client."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

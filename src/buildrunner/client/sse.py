"""Server-sent events out of the lines of a stream (WHATWG HTML, section 9.2.6)."""

from __future__ import annotations

import msgspec

from buildrunner.client.models import ServerEvent


class Decoder:
    """Takes one line after the other; comments are skipped."""

    def __init__(self) -> None:
        self._kind, self._identifier = "message", ""
        self._data: list[str] = []

    def feed(self, line: str) -> ServerEvent | None:
        """The event that this line ends, if it ends one."""
        if line:
            self._take(line)
            return None
        kind, data = self._kind, self._data
        self._kind, self._data = "message", []
        if not data:
            return None
        try:
            body = msgspec.json.decode("\n".join(data))
        except msgspec.DecodeError:
            body = None
        return ServerEvent(self._identifier, kind, body if isinstance(body, dict) else {})

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._kind = value
        elif name == "id":
            self._identifier = value

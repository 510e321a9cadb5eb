"""Streams of server-sent events as they pass: what they say was used, and what is kept back.

Events go on as they came, byte for byte. What a stream of chat completions tells of usage without
having been asked by its caller (see `calls.prepare`) is kept back.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from buildrunner.server.domains.ai.rules.usage import ToldUsage
from buildrunner.server.domains.metering.facade import Tokens

LONGEST_EVENT: Final = 8 * 1024 * 1024
_END: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_BYTES_A_TOKEN: Final = 4


class _Delta(msgspec.Struct):
    """What is written in a piece, of any protocol."""

    content: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    tool_calls: msgspec.Raw | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None


class _Message(msgspec.Struct):
    usage: ToldUsage | None = None


class _Event(msgspec.Struct):
    type: str = ""
    choices: list[_Choice] | None = None
    usage: ToldUsage | None = None
    message: _Message | None = None
    response: _Message | None = None
    delta: _Delta | str | None = None


_event = msgspec.json.Decoder(_Event).decode


class StreamMeter:
    """Reads a stream while it passes. `feed` gets its bytes and returns those to pass on."""

    __slots__ = ("_hide", "_protocol", "_told", "_waiting", "finished", "written_bytes")

    def __init__(self, protocol: str, *, hide_usage: bool = False) -> None:
        self._protocol = protocol
        self._hide = hide_usage
        self._waiting = b""
        self._told = ToldUsage()
        self.finished = False
        self.written_bytes = 0

    def feed(self, data: bytes) -> bytes:
        """The whole events among what has come; the rest waits for its end."""
        self._waiting += data
        passed = []
        start = 0
        for end in _END.finditer(self._waiting):
            event = self._waiting[start : end.end()]
            start = end.end()
            if not self._read(event):
                passed.append(event)
        self._waiting = self._waiting[start:]
        if len(self._waiting) > LONGEST_EVENT:
            passed.append(self._waiting)
            self._waiting = b""
        return b"".join(passed)

    def rest(self) -> bytes:
        """What came without an end."""
        left, self._waiting = self._waiting, b""
        return b"" if left and self._read(left) else left

    @property
    def told(self) -> Tokens | None:
        """What the provider says was used; complete only if `finished`."""
        return self._told.tokens(self._protocol)

    def estimate(self, likely_input: int) -> Tokens:
        """What a stream that broke off has used, by what passed: its input as the provider told
        it, else as the call's size suggests; its output by the text that came."""
        told = self.told or Tokens(input=likely_input)
        written = -(-self.written_bytes // _BYTES_A_TOKEN)
        return Tokens(
            input=told.input,
            cache_read=told.cache_read,
            cache_write=told.cache_write,
            output=max(told.output, written),
            reasoning=told.reasoning,
        )

    def _read(self, event: bytes) -> bool:
        """Take note of an event; whether it is to be kept back."""
        place = event.find(b"data:")
        if place < 0:
            return False
        data = event[place + 5 :].strip()
        if data == b"[DONE]":
            self.finished = True
            return False
        if b"\ndata:" in event[place:]:  # one value over several lines
            data = b"\n".join(
                line[5:].lstrip() for line in event.splitlines() if line.startswith(b"data:")
            )
        try:
            read = _event(data)
        except (msgspec.DecodeError, RecursionError):
            return False
        self._note(read)
        return self._hide and read.usage is not None and not read.choices

    def _note(self, read: _Event) -> None:
        for choice in read.choices or ():
            if choice.delta is not None:
                self._wrote(choice.delta)
        if isinstance(read.delta, str):
            self.written_bytes += len(read.delta.encode())
        elif read.delta is not None:
            self._wrote(read.delta)
        whole = read.message or read.response
        for told in (whole.usage if whole is not None else None, read.usage):
            if told is not None:
                self._merge(told)
        if read.type in _LAST:
            self.finished = True

    def _wrote(self, delta: _Delta) -> None:
        for text in (
            delta.content,
            delta.reasoning_content,
            delta.refusal,
            delta.text,
            delta.thinking,
            delta.partial_json,
        ):
            if text:
                self.written_bytes += len(text.encode())
        if delta.tool_calls is not None:
            self.written_bytes += len(bytes(delta.tool_calls))

    def _merge(self, told: ToldUsage) -> None:
        """Later counts are the whole so far: they replace earlier ones where they say something."""
        for name in ToldUsage.__struct_fields__:
            value = getattr(told, name)
            if value is not None:
                setattr(self._told, name, value)


_LAST: Final = frozenset(
    {"message_stop", "response.completed", "response.incomplete", "response.failed"}
)

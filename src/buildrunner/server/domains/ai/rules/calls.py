"""Calls to models as they arrive: what the gateway reads of them, and what it adds.

The members of the body are kept as the bytes they came in and passed on so; only what stands in
`_ADDED` is ever written anew. Members named twice are passed on once, as the gateway read them: no
call can show the gateway one model and the provider another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from buildrunner.server.domains.ai.errors import CallInvalid

Members = dict[str, msgspec.Raw]

PATHS: Final = {
    "/v1/chat/completions": "chat",
    "/v1/responses": "responses",
    "/v1/embeddings": "embeddings",
    "/v1/messages": "messages",
}
UPSTREAM_PATHS: Final = {
    "chat": "/chat/completions",
    "responses": "/responses",
    "embeddings": "/embeddings",
    "messages": "/messages",
}
# By which member a call limits its answer, in the order in which providers heed them.
_LIMITS: Final = {
    "chat": ("max_completion_tokens", "max_tokens"),
    "responses": ("max_output_tokens",),
    "messages": ("max_tokens",),
    "embeddings": (),
}
# A picture costs a provider no more than this many tokens, however large its file is.
PICTURE_TOKENS: Final = 6_000
# What a call can bring in that is not in its body: an earlier answer, a file, a stored prompt.
REMOTE_TOKENS: Final = 400_000
_REMOTE: Final = ("previous_response_id", "conversation", "prompt")
_REMOTE_MARK: Final = re.compile(rb'"(?:file_id|file_url|container_id)"\s*:')
_URL_MARK: Final = re.compile(rb'"url"\s*:|"image_url"\s*:\s*"http')
_PICTURE: Final = re.compile(
    rb'"data:image/[a-z.+-]{1,20};base64,[A-Za-z0-9+/=]{100,}"'
    rb'|"data"\s*:\s*"(?:iVBORw0KGgo|/9j/|R0lGOD|UklGR)[A-Za-z0-9+/=]{100,}"'
)
_MOST_TOKENS: Final = 10**9

_decode: Final = msgspec.json.Decoder(Members).decode
_encode: Final = msgspec.json.encode


@dataclass(slots=True)
class Call:
    """One call. `limit` is how long its answer may be, None where it does not say; `answers` how
    many it asks for. `wants_usage` says whether a stream is to end with its usage."""

    protocol: str
    model: str
    members: Members = field(repr=False)
    size: int
    stream: bool = False
    wants_usage: bool = False
    limit: int | None = None
    answers: int = 1
    pictures: int = 0
    picture_bytes: int = 0
    remote: int = 0

    @property
    def most_input(self) -> int:
        """No tokenizer makes more tokens than bytes; pictures count by the piece."""
        text = self.size - self.picture_bytes
        return text + self.pictures * PICTURE_TOKENS + self.remote * REMOTE_TOKENS

    @property
    def likely_input(self) -> int:
        """About four bytes make a token, for where nobody says."""
        return (self.size - self.picture_bytes) // 4 + self.pictures * 1_000


def read(protocol: str, body: bytes) -> Call:
    """Understand as much of a body as has to be; raises `CallInvalid`."""
    try:
        members = _decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise CallInvalid(f"The body is not a JSON object: {error}.") from None
    model = _member(members, "model", str)
    if not model or len(model) > 200:
        raise CallInvalid("`model` is missing.", field="model")
    stream = protocol != "embeddings" and bool(_member(members, "stream", bool | None))
    call = Call(protocol, model, members, len(body), stream)
    call.limit = _limit(protocol, members)
    if protocol == "chat":
        call.answers = _count(members, "n") or 1
        options = _member(members, "stream_options", dict[str, Any] | None) or {}
        call.wants_usage = bool(options.get("include_usage"))
    _weigh(call, body)
    return call


def prepare(call: Call, model: str, *, kind: str, ceiling: int | None) -> bytes:
    """The body for a provider. `ceiling` limits an answer that has no limit of its own."""
    added: dict[str, Any] = {}
    if model != call.model:
        added["model"] = model
    if call.protocol == "chat" and call.stream and not call.wants_usage:
        options = _member(call.members, "stream_options", dict[str, Any] | None) or {}
        added["stream_options"] = {**options, "include_usage": True}
    if ceiling is not None and call.limit is None and _LIMITS[call.protocol]:
        # Only OpenAI's own newest models refuse `max_tokens`; others may not know its successor.
        old = call.protocol == "chat" and kind != "openai"
        added["max_tokens" if old else _LIMITS[call.protocol][0]] = ceiling
    if not added:
        return _encode(call.members)
    return _encode({**call.members, **{name: _raw(value) for name, value in added.items()}})


def most_output(call: Call, ceiling: int) -> int:
    """How many tokens an answer can have at most, all answers together."""
    if call.protocol == "embeddings":
        return 0
    return (ceiling if call.limit is None else call.limit) * call.answers


def _limit(protocol: str, members: Members) -> int | None:
    """The largest of the limits given: which of them a provider heeds is its own affair."""
    given = [_count(members, name) for name in _LIMITS[protocol]]
    return max((one for one in given if one is not None), default=None)


def _count(members: Members, name: str) -> int | None:
    value: int | None = _member(members, name, int | None)
    if value is not None and not 0 < value <= _MOST_TOKENS:
        raise CallInvalid(f"`{name}` is a number from 1.", field=name)
    return value


def _member(members: Members, name: str, kind: Any) -> Any:
    raw = members.get(name)
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError):
        raise CallInvalid(f"`{name}` is not what it has to be.", field=name) from None


def _weigh(call: Call, body: bytes) -> None:
    if b"base64" in body or b'"data"' in body:
        for found in _PICTURE.finditer(body):
            call.pictures += 1
            call.picture_bytes += found.end() - found.start()
    call.pictures += len(_URL_MARK.findall(body))
    call.remote = sum(_present(call.members, name) for name in _REMOTE)
    call.remote += len(_REMOTE_MARK.findall(body))


def _present(members: Members, name: str) -> bool:
    raw = members.get(name)
    return raw is not None and bytes(raw) != b"null"


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(_encode(value))

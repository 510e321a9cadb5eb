"""A question to a model in its provider's words, and the text of the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from buildrunner.server.domains.ai.rules.usage import usage_of
from buildrunner.server.domains.ai.types.completions import Message
from buildrunner.server.domains.metering.facade import Tokens


def protocol_of(kind: str) -> str:
    """Anthropic is asked in its own words, everybody else in OpenAI's."""
    return "messages" if kind == "anthropic" else "chat"


def body_for(
    kind: str,
    model: str,
    messages: Sequence[Message],
    *,
    max_tokens: int,
    json_schema: Mapping[str, Any] | None = None,
) -> bytes:
    """The body of a call without tools: a model that was asked can answer and nothing else."""
    system = "\n\n".join(one.text for one in messages if one.role == "system")
    turns = [{"role": one.role, "content": one.text} for one in messages if one.role != "system"]
    if protocol_of(kind) == "messages":
        if json_schema is not None:
            wanted = json.dumps(json_schema, ensure_ascii=False)
            system = f"{system}\n\nAnswer with one JSON object of this schema only:\n{wanted}"
        said: dict[str, Any] = {"model": model, "max_tokens": max_tokens, "messages": turns}
        return _encode({**said, "system": system} if system else said)
    limit = "max_completion_tokens" if kind == "openai" else "max_tokens"
    first = [{"role": "system", "content": system}] if system else []
    said = {"model": model, limit: max_tokens, "messages": [*first, *turns]}
    if json_schema is not None:
        named = {"name": "answer", "schema": json_schema}
        said["response_format"] = {"type": "json_schema", "json_schema": named}
    return _encode(said)


@dataclass(frozen=True, slots=True)
class Told:
    """`tokens` is None where the provider does not say what it used; `interrupted` where it stopped
    at its limit of tokens."""

    text: str
    tokens: Tokens | None
    interrupted: bool


def unfit(told: Told, quality: Decimal | None, least: Decimal) -> str:
    """Why an answer is not taken; empty where it is."""
    if told.interrupted:
        return "its answer stopped at its limit of tokens"
    if quality is not None and quality < least:
        return f"its answer was judged {quality}, below the minimum {least}"
    return ""


class _Part(msgspec.Struct):
    type: str = ""
    text: str = ""


class _Said(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Said
    finish_reason: str | None = None


class _Answer(msgspec.Struct):
    """Of chat completions (`choices`) or messages (`content`), whichever it is."""

    choices: list[_Choice] = []
    content: list[_Part] = []
    stop_reason: str | None = None


_decode = msgspec.json.Decoder(_Answer).decode
_encode = msgspec.json.encode


def read_answer(protocol: str, body: bytes) -> Told | None:
    """None where it is no answer with a text."""
    try:
        answer = _decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    if protocol == "messages":
        text = "".join(part.text for part in answer.content if part.type == "text")
        stop = answer.stop_reason
    elif answer.choices:
        text, stop = answer.choices[0].message.content or "", answer.choices[0].finish_reason
    else:
        return None
    if not text.strip():
        return None
    return Told(text, usage_of(protocol, body), stop in ("length", "max_tokens"))

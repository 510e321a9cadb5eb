"""What providers say a call used, in each protocol's words."""

from __future__ import annotations

import msgspec

from buildrunner.server.domains.metering.facade import Tokens


class _Details(msgspec.Struct):
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class ToldUsage(msgspec.Struct):
    """`usage` of chat completions, embeddings, responses and messages, whichever it is."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _Details | None = None
    output_tokens_details: _Details | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None

    def tokens(self, protocol: str) -> Tokens | None:
        """Each token counted once; None where nothing is told."""
        if protocol == "messages":
            if self.input_tokens is None and self.output_tokens is None:
                return None
            return Tokens(
                input=_n(self.input_tokens),
                cache_read=_n(self.cache_read_input_tokens),
                cache_write=_n(self.cache_creation_input_tokens),
                output=_n(self.output_tokens),
            )
        if protocol == "responses":
            sent, written = self.input_tokens, self.output_tokens
            sent_details, written_details = self.input_tokens_details, self.output_tokens_details
        else:
            sent, written = self.prompt_tokens, self.completion_tokens
            sent_details = self.prompt_tokens_details
            written_details = self.completion_tokens_details
        if sent is None and written is None:
            return None
        cached = min(_n(sent_details.cached_tokens if sent_details else 0), _n(sent))
        thought = min(_n(written_details.reasoning_tokens if written_details else 0), _n(written))
        return Tokens(
            input=_n(sent) - cached,
            cache_read=cached,
            output=_n(written) - thought,
            reasoning=thought,
        )


class _Answer(msgspec.Struct):
    usage: ToldUsage | None = None


_answer = msgspec.json.Decoder(_Answer).decode


def usage_of(protocol: str, body: bytes) -> Tokens | None:
    """The usage in a whole answer; None where it tells none."""
    try:
        told = _answer(body).usage
    except (msgspec.DecodeError, RecursionError):
        return None
    return told.tokens(protocol) if told is not None else None


def _n(value: int | None) -> int:
    return max(value or 0, 0)

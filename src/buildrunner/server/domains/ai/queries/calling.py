"""One call to a provider, from a thread: guarded, bounded in time and size, tried again once."""

from __future__ import annotations

import time
from typing import Final

import httpx

from buildrunner.server.domains.ai.errors import UpstreamFailed, UpstreamSlow
from buildrunner.server.domains.ai.rules import asking
from buildrunner.server.domains.ai.rules.calls import UPSTREAM_PATHS
from buildrunner.server.domains.ai.rules.providers import endpoint
from buildrunner.server.domains.ai.types.providers import Upstream
from buildrunner.server.platform.http.outbound import (
    OutboundRefused,
    OutboundTooLarge,
    outbound_client,
)

#: Somebody waits for the answer, so a provider gets less time than behind the gateway.
LONGEST: Final = 120.0
PAUSE: Final = 0.5
ANTHROPIC_VERSION: Final = "2023-06-01"
_AGAIN: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


def ask(upstream: Upstream, body: bytes) -> asking.Told:
    """What a provider answers; raises UpstreamFailed, UpstreamSlow. No text counts as a failure."""
    protocol = asking.protocol_of(upstream.kind)
    url = endpoint(upstream.kind, upstream.base_url, UPSTREAM_PATHS[protocol])
    headers = {"Content-Type": "application/json"}
    if protocol == "messages":
        headers["anthropic-version"] = ANTHROPIC_VERSION
    if upstream.key and protocol == "messages":
        headers["x-api-key"] = upstream.key
    elif upstream.key:
        headers["Authorization"] = f"Bearer {upstream.key}"
    answer = _post(upstream, url, body, headers)
    if answer.status_code in _AGAIN and upstream.retries:
        time.sleep(PAUSE)
        answer = _post(upstream, url, body, headers)
    if answer.status_code in (401, 403):
        raise _failed(
            upstream,
            f"refuses its key ({answer.status_code}). Whoever manages models can replace it under"
            " Organization → Models.",
        )
    if not 200 <= answer.status_code < 300:
        raise _failed(upstream, f"answers {answer.status_code}.")
    told = asking.read_answer(protocol, answer.content)
    if told is None:
        raise _failed(upstream, "answers without a text.")
    return told


def _post(upstream: Upstream, url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    seconds = min(upstream.timeout_seconds, LONGEST)
    try:
        with outbound_client(own=True, seconds=seconds) as client:
            return client.post(url, content=body, headers=headers)
    except httpx.TimeoutException:
        raise UpstreamSlow(
            f"{upstream.provider} did not answer within {seconds:.0f} seconds.",
            provider=upstream.provider,
        ) from None
    except OutboundRefused as refused:
        raise _failed(upstream, f"is not called: {refused}") from None
    except OutboundTooLarge:
        raise _failed(upstream, "answers with more than is read.") from None
    except httpx.TransportError:
        raise _failed(upstream, "could not be reached.") from None


def _failed(upstream: Upstream, words: str) -> UpstreamFailed:
    return UpstreamFailed(f"{upstream.provider} {words}", provider=upstream.provider)

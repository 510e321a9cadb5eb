"""Calls to providers: connections that stay, retries, circuits, and who stands in for whom.

Only what has not answered yet is tried again. An answer that came is the caller's, whatever it says.
"""

from __future__ import annotations

import asyncio
import functools
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import aiohttp
from django.conf import settings

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.ai.errors import UpstreamFailed, UpstreamSlow
from buildrunner.server.domains.ai.rules import calls, circuit
from buildrunner.server.domains.ai.rules.providers import endpoint
from buildrunner.server.platform.http.outbound import url_fault
from buildrunner.server.platform.http.outbound_async import HostClosed, outbound_session

ANTHROPIC_VERSION: Final = "2023-06-01"
FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 4.0
# Answers after which the same call may succeed.
AGAIN: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
# What a caller may say to a provider besides the body; everything else stays here.
_PASSED: Final = ("anthropic-version", "anthropic-beta", "openai-beta", "accept")


@dataclass(slots=True)
class Target:
    """A provider and the body for it."""

    upstream: ai.Upstream
    body: bytes


@dataclass(slots=True)
class Reached:
    """A provider that answered."""

    upstream: ai.Upstream
    answer: aiohttp.ClientResponse


class Upstreams:
    """Of one process and event loop."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._circuits: dict[tuple[UUID, str], circuit.Circuit] = {}

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def session(self) -> aiohttp.ClientSession:
        """The connections of this process."""
        if self._session is None:
            self._session = outbound_session(own=True)
        return self._session

    def is_open(self, upstream: ai.Upstream) -> bool:
        """Whether calls to a provider are held back."""
        return self._circuit(upstream).is_open

    async def call(
        self, protocol: str, targets: Sequence[Target], headers: Mapping[str, str]
    ) -> Reached:
        """The first answer that is one: each target in turn, each as often as it may be tried.

        An error that the last of them answers is returned as it is. Raises `UpstreamFailed`,
        `UpstreamSlow`.
        """
        trouble: UpstreamFailed | UpstreamSlow | None = None
        for place, target in enumerate(targets):
            last = place == len(targets) - 1
            try:
                return await self._try(protocol, target, headers, last=last)
            except (UpstreamFailed, UpstreamSlow) as problem:
                trouble = problem
        raise trouble or UpstreamFailed("No provider is there to ask.")

    async def _try(
        self, protocol: str, target: Target, headers: Mapping[str, str], *, last: bool
    ) -> Reached:
        upstream = target.upstream
        state = self._circuit(upstream)
        url = endpoint(upstream.kind, upstream.base_url, calls.UPSTREAM_PATHS[protocol])
        fault = _fault(url, settings.BR_ALLOW_PRIVATE_ADDRESSES, settings.BR_OUTBOUND_HTTP)
        if fault:
            raise _failed(upstream, fault, code="url_refused")
        sent = _headers(upstream, protocol, headers)
        for attempt in range(upstream.retries + 1):
            now = time.monotonic()
            if not state.admits(now):
                raise _failed(
                    upstream,
                    f"{upstream.provider} has failed repeatedly and is left alone for"
                    f" {state.wait(now)} more seconds.",
                    code="provider_resting",
                    retry_after=state.wait(now),
                )
            final = attempt == upstream.retries
            try:
                answer = await self._send(url, target.body, sent, upstream.timeout_seconds)
            except (UpstreamFailed, UpstreamSlow) as problem:
                state.failed(time.monotonic())
                if final or isinstance(problem, UpstreamSlow):
                    raise _named(problem, upstream) from None
                await asyncio.sleep(_pause(attempt))
                continue
            if answer.status in AGAIN:
                wait = _wanted_pause(answer, attempt)
                if answer.status != 429 and answer.status != 409:
                    state.failed(time.monotonic())
                if not final and wait is not None:
                    answer.release()
                    await asyncio.sleep(wait)
                    continue
                if last:
                    return Reached(upstream, answer)
                answer.release()
                raise _failed(upstream, f"{upstream.provider} answers {answer.status}.")
            if answer.status in (401, 403):
                answer.release()
                raise _failed(
                    upstream,
                    f"{upstream.provider} refuses its key ({answer.status}). Whoever manages"
                    " models can replace it under Organization → Models.",
                    code="provider_key_refused",
                )
            if 300 <= answer.status < 400:
                answer.release()
                raise _failed(
                    upstream, f"{upstream.provider} answers with a redirect, which is not followed."
                )
            state.succeeded()
            return Reached(upstream, answer)
        raise AssertionError

    async def _send(
        self, url: str, body: bytes, headers: dict[str, str], seconds: float
    ) -> aiohttp.ClientResponse:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5.0, sock_read=seconds)
        try:
            return await self.session().post(
                url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            )
        except aiohttp.ServerTimeoutError:
            raise UpstreamSlow(f"No answer came within {seconds:.0f} seconds.") from None
        except aiohttp.ClientConnectorError as problem:
            closed = isinstance(problem.os_error, HostClosed)
            words = str(problem.os_error) if closed else "No connection could be made."
            raise UpstreamFailed(words) from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise UpstreamFailed("The connection broke off before an answer came.") from None

    def _circuit(self, upstream: ai.Upstream) -> circuit.Circuit:
        name = (upstream.provider_id, upstream.base_url)
        found = self._circuits.get(name)
        if found is None:
            found = self._circuits[name] = circuit.Circuit()
        return found


@functools.lru_cache(maxsize=2048)
def _fault(url: str, _private: bool, _http: bool) -> str | None:
    """The verdict on an address under the settings as they are."""
    return url_fault(url, own=True)


def _headers(upstream: ai.Upstream, protocol: str, given: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the caller's goes on but what is listed, so nothing can be smuggled."""
    sent = {"Content-Type": "application/json"}
    for name in _PASSED:
        value = given.get(name)
        if value is not None and value.isprintable() and value.isascii() and len(value) <= 500:
            sent[name] = value
    if upstream.kind == "anthropic" or protocol == "messages":
        sent.setdefault("anthropic-version", ANTHROPIC_VERSION)
    if upstream.key:
        if upstream.kind == "anthropic" and protocol == "messages":
            sent["x-api-key"] = upstream.key
        else:
            sent["Authorization"] = f"Bearer {upstream.key}"
    return sent


def _pause(attempt: int) -> float:
    longest: float = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311


def _wanted_pause(answer: aiohttp.ClientResponse, attempt: int) -> float | None:
    """As the provider asks; None where it asks for longer than a caller should wait here."""
    asked = answer.headers.get("retry-after", "")
    if asked.isdigit():
        return float(asked) if float(asked) <= LONGEST_PAUSE else None
    return _pause(attempt)


def _failed(
    upstream: ai.Upstream, words: str, *, code: str = "provider_failed", **more: int
) -> UpstreamFailed:
    return UpstreamFailed(words, code=code, provider=upstream.provider, **more)


def _named(
    problem: UpstreamFailed | UpstreamSlow, upstream: ai.Upstream
) -> UpstreamFailed | UpstreamSlow:
    problem.extensions["provider"] = upstream.provider
    problem.detail = f"{upstream.provider}: {problem.detail}"
    return problem

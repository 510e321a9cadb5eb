"""One HTTP call: address rules, key, timeouts, retries, problems."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from buildrunner import __version__
from buildrunner.client.errors import (
    InsecureAddress,
    UnexpectedAnswer,
    Unreachable,
    problem_for,
)

T = TypeVar("T")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SAFE = {"GET", "HEAD", "OPTIONS"}
RETRY_STATUS = {429, 502, 503, 504}
LONGEST_PAUSE = 30.0


def check_address(server: str) -> str:
    """The origin of a server address, without a trailing slash.

    Raises `InsecureAddress` for anything but HTTPS or a loopback host.
    """
    parts = urlsplit(server if "://" in server else f"https://{server}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InsecureAddress(f"{server!r} is not a server address; use https://host[:port]")
    if parts.username or parts.password:
        raise InsecureAddress("a server address must not carry a user name or password")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise InsecureAddress(
            f"{parts.scheme}://{parts.hostname} would send your key unencrypted; use https://"
        )
    return f"{parts.scheme}://{parts.netloc}"


class Transport:
    """Sends requests for the resources of a client.

    Only what is safe to repeat is retried: reads, and writes that carry an idempotency key or are
    idempotent by definition (`repeatable=True`). `Retry-After` is honoured up to 30 s.
    """

    def __init__(
        self,
        server: str,
        api_key: str | None,
        *,
        timeout: float = 30.0,
        retries: int = 2,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.server = check_address(server)
        self._retries = retries
        self._pause = pause
        headers = {"User-Agent": f"buildrunner/{__version__}", "Accept": "application/json"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self.http = httpx.Client(
            base_url=self.server,
            headers=headers,
            timeout=httpx.Timeout(timeout, connect=min(timeout, 5.0)),
            transport=transport,
            # A proxy variable must not take a key for this machine elsewhere.
            trust_env=urlsplit(self.server).hostname not in LOOPBACK,
            # A redirect could carry the key to another host.
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> httpx.Response:
        """Send and return a 2xx or 304 answer; raises a `ClientError` otherwise."""
        sent = dict(headers or {})
        if json is not None:
            content = msgspec.json.encode(json)
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        attempts = 1 + (self._retries if method in SAFE or repeatable else 0)
        query = {key: value for key, value in (params or {}).items() if value is not None}
        for attempt in range(1, attempts + 1):
            try:
                answer = self.http.request(
                    method, path, content=content, params=query or None, headers=sent
                )
            except httpx.TransportError as error:
                if attempt == attempts:
                    raise Unreachable(f"no answer from {self.server} ({_reason(error)})") from None
                self._pause(_backoff(attempt))
                continue
            if answer.status_code in RETRY_STATUS and attempt < attempts:
                self._pause(_retry_after(answer) or _backoff(attempt))
                continue
            if answer.is_success or answer.status_code == 304:
                return answer
            raise problem_for(answer.status_code, _problem_body(answer))
        raise AssertionError("unreachable")  # pragma: no cover

    def get(self, path: str, kind: type[T], **params: Any) -> T:
        """GET and decode."""
        return decode(self.request("GET", path, params=params), kind)

    def post(self, path: str, body: Any, kind: type[T], *, repeatable: bool = False) -> T:
        """POST a JSON body and decode the answer."""
        return decode(self.request("POST", path, json=body, repeatable=repeatable), kind)


def decode(answer: httpx.Response, kind: type[T]) -> T:
    """The body of an answer, checked against its shape."""
    try:
        return msgspec.json.decode(answer.content, type=kind, strict=False)
    except msgspec.DecodeError as error:
        raise UnexpectedAnswer(
            f"{answer.request.method} {answer.request.url.path}: the answer is not what this "
            f"version understands ({error}); is {answer.request.url.host} a BuildRunner server?"
        ) from None


def _problem_body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        body = None
    if isinstance(body, dict):
        return body
    return {"title": f"HTTP {answer.status_code} {answer.reason_phrase}".strip()}


def _backoff(attempt: int) -> float:
    jitter = 0.5 + random.random()  # noqa: S311 - spreads retries, guards nothing
    return float(min(LONGEST_PAUSE, 0.2 * 2.0 ** (attempt - 1)) * jitter)


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return min(float(value), LONGEST_PAUSE) if value.isdigit() else None


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "the time ran out"
    return str(error) or type(error).__name__

"""What every call obeys, without any I/O: address rules, configuration, retries, problems, shapes."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx
import msgspec

from buildrunner import __version__
from buildrunner.client.errors import (
    ClientError,
    InsecureAddress,
    Misconfigured,
    UnexpectedAnswer,
    problem_for,
)

T = TypeVar("T")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SAFE = {"GET", "HEAD", "OPTIONS"}
RETRY_STATUS = {429, 502, 503, 504}
# 409 with this code: the first request under the key still runs.
IN_FLIGHT = "idempotency_in_flight"
LONGEST_PAUSE = 30.0
Pause = Callable[[float], None]
AsyncPause = Callable[[float], Awaitable[None]]
CONNECT_WITHIN = 5.0


class Configuration(NamedTuple):
    """Where to call, as whom, how patiently, in which agent's run. `timeout` in seconds."""

    server: str
    api_key: str | None
    timeout: float
    retries: int
    run: str = ""

    def __repr__(self) -> str:
        """Without the key."""
        return f"<{self.server}, {'with' if self.api_key else 'without'} a key>"


def configure(
    server: str | None,
    api_key: str | None,
    timeout: float | None,
    retries: int | None,
    run: str | None = None,
) -> Configuration:
    """What was given, else `BR_SERVER`, `BR_API_KEY`, `BR_TIMEOUT` (seconds), `BR_RETRIES`, `BR_RUN`.

    The key of the environment goes to the server of the environment only: an address given in a
    program does not receive it.
    """
    address = server or os.environ.get("BR_SERVER")
    if not address:
        raise Misconfigured("no server is named: pass one, or set BR_SERVER")
    if api_key is None and not server:
        api_key = os.environ.get("BR_API_KEY") or None
    if api_key is not None and not (api_key.isascii() and api_key.isprintable()):
        raise Misconfigured("the API key holds characters that no key has; was it copied whole?")
    return Configuration(
        check_address(address),
        api_key,
        _number("BR_TIMEOUT", 30.0) if timeout is None else timeout,
        int(_number("BR_RETRIES", 2)) if retries is None else retries,
        _run(os.environ.get("BR_RUN", "") if run is None else run),
    )


def _run(text: str) -> str:
    """An id; anything else would be no header."""
    return text if text.isascii() and text.isprintable() else ""


def _number(name: str, default: float) -> float:
    given = os.environ.get(name)
    if not given:
        return default
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise Misconfigured(f"{name}={given!r} is not a number of 0 or more")
    return value


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


def options(configuration: Configuration) -> dict[str, Any]:
    """The arguments of an httpx client, sync or async."""
    server, api_key, timeout, _, run = configuration
    headers = {"User-Agent": f"buildrunner/{__version__}", "Accept": "application/json"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    if run:
        headers["BR-Run"] = run
    return {
        "base_url": server,
        "headers": headers,
        "timeout": httpx.Timeout(timeout, connect=min(timeout, CONNECT_WITHIN)),
        # A proxy variable must not take a key for this machine elsewhere.
        "trust_env": urlsplit(server).hostname not in LOOPBACK,
        # A redirect could carry the key to another host.
        "follow_redirects": False,
    }


class Call(NamedTuple):
    """One request, ready to be sent any number of times: all attempts carry the same bytes."""

    method: str
    path: str
    content: bytes | None
    params: dict[str, Any] | None
    headers: dict[str, str]
    repeatable: bool


def call(
    method: str,
    path: str,
    *,
    json: Any = None,
    content: bytes | None = None,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    repeatable: bool = False,
    keyed: bool = False,
) -> Call:
    """A request. What is `keyed` carries a new `Idempotency-Key`, so that it may be repeated."""
    sent = dict(headers or {})
    if json is not None:
        content = msgspec.json.encode(json)
    if content is not None:
        sent.setdefault("Content-Type", "application/json")
    if keyed:
        sent.setdefault("Idempotency-Key", str(uuid4()))
    query = {key: value for key, value in (params or {}).items() if value is not None}
    again = repeatable or method in SAFE or "Idempotency-Key" in sent
    return Call(method, path, content, query or None, sent, again)


def again_in(call: Call, answer: httpx.Response, attempt: int) -> float | None:
    """Seconds until the request may be repeated, or `None` when this answer is the last word."""
    if not call.repeatable:
        return None
    if answer.status_code in RETRY_STATUS or (
        answer.status_code == 409 and _problem_body(answer).get("code") == IN_FLIGHT
    ):
        after = retry_after(answer.headers.get("Retry-After", ""))
        return backoff(attempt) if after is None else after
    return None


def retry_after(value: str) -> float | None:
    """Seconds out of a `Retry-After` header: a number or an HTTP date; at most 30."""
    if value.isdigit():
        return min(float(value), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return min(max(moment.timestamp() - time.time(), 0.0), LONGEST_PAUSE)


def backoff(attempt: int) -> float:
    """Seconds to wait after attempt 1, 2, …: doubled each time, spread so that clients part."""
    jitter = 0.5 + random.random()  # noqa: S311 - spreads retries, guards nothing
    return float(min(LONGEST_PAUSE, 0.2 * 2.0 ** (attempt - 1)) * jitter)


def accept(answer: httpx.Response) -> httpx.Response:
    """A 2xx or 304 answer as it is; any other raises its typed error."""
    if answer.is_success or answer.status_code == 304:
        return answer
    if answer.has_redirect_location:
        raise UnexpectedAnswer(
            f"{answer.request.url.host} sends on to {answer.headers['Location'][:200]!r}, where "
            "your key does not follow; use the address of the server itself"
        )
    raise problem_for(answer.status_code, _problem_body(answer))


def decode(answer: httpx.Response, kind: type[T]) -> T:
    """The body of an answer, checked against its shape."""
    try:
        return msgspec.json.decode(answer.content, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _another_shape(answer, str(error)) from None


def convert(answer: httpx.Response, item: Any, kind: type[T]) -> T:
    """One item of a list, checked against its shape."""
    try:
        return msgspec.convert(item, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _another_shape(answer, str(error)) from None


def _another_shape(answer: httpx.Response, why: str) -> ClientError:
    return UnexpectedAnswer(
        f"{answer.request.method} {answer.request.url.path}: the answer is not what this "
        f"version understands ({why}); is {answer.request.url.host} a BuildRunner server?"
    )


def _problem_body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = None
    if isinstance(body, dict):
        return body
    return {"title": f"HTTP {answer.status_code} {answer.reason_phrase}".strip()}


def reason(error: httpx.TransportError) -> str:
    """Why there was no answer, in a few words."""
    if isinstance(error, httpx.TimeoutException):
        return "the time ran out"
    return str(error) or type(error).__name__


def segment(value: object) -> str:
    """A path segment: an id is data and must not change the path."""
    return quote(str(value), safe="")

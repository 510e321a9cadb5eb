"""The client for addresses that users choose: it reaches the internet and nothing behind us.

A name is resolved here, once for each connection, every address it leads to is judged
(`destinations`), and the connection goes to a judged address; a second, different answer of the
name server is never asked for. TLS and the Host header keep the name. Redirects are not followed,
proxies come from the settings alone, and a connection has a limit of time and of bytes as a whole,
so that no server holds us by answering a byte at a time.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address, ip_network
from typing import Any, Final, cast

import httpcore
import httpx
from django.conf import settings

from buildrunner import __version__
from buildrunner.server.platform.http.destinations import (
    CLOSED,
    PRIVATE,
    Address,
    Network,
    fault_of,
    is_open,
    networks,
)

SECONDS: Final = 15.0
CONNECT_SECONDS: Final = 5.0
LARGEST_BODY: Final = 1024 * 1024
_MOST_ADDRESSES: Final = 4
_EVERYWHERE: Final[tuple[Network, ...]] = (ip_network("0.0.0.0/0"), ip_network("::/0"))

# The addresses of a host and port, as text, in the order in which to try them.
Resolver = Callable[[str, int], list[str]]


class OutboundRefused(httpx.TransportError):
    """We do not go there; the message says why, without telling what lies there."""


class OutboundTooLarge(httpx.TransportError):
    """The answer passes the limit."""


def outbound_client(
    allow_private: bool = False,
    *,
    own: bool = False,
    seconds: float = SECONDS,
    largest: int = LARGEST_BODY,
    resolve: Resolver | None = None,
    verify: Any = True,
) -> httpx.Client:
    """A client whose every connection is guarded; raises `httpx.TransportError` as httpx does,
    and of these `OutboundRefused` where it does not go.

    `allow_private` is for addresses that the operator chose, `own` for those that may lie in the
    operator's own networks where `BR_ALLOW_PRIVATE_ADDRESSES` says so. `seconds` limits a request from the
    look-up of the name to the last byte, `largest` the bytes of an answer's body.
    """
    allowed, http = _EVERYWHERE if allow_private else open_networks(own), plain_http(own)
    return httpx.Client(
        transport=_Transport(
            allowed=allowed,
            http=allow_private or http,
            seconds=seconds,
            largest=largest,
            resolve=resolve or look_up,
            verify=verify,
        ),
        timeout=httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": f"BuildRunner/{__version__}", "Accept-Encoding": "identity"},
    )


def open_networks(own: bool = False) -> tuple[Network, ...]:
    """What is open besides the public internet; with `own`, the operator's networks as well where
    `BR_ALLOW_PRIVATE_ADDRESSES` is set."""
    allowed = networks(settings.BR_OUTBOUND_ALLOW)
    return (*allowed, *PRIVATE) if own and settings.BR_ALLOW_PRIVATE_ADDRESSES else allowed


def plain_http(own: bool = False) -> bool:
    """Whether http is taken besides https."""
    return bool(settings.BR_OUTBOUND_HTTP or (own and settings.BR_ALLOW_PRIVATE_ADDRESSES))


def url_fault(url: str, *, own: bool = False) -> str | None:
    """Why an address would be refused before its name is looked up, in words, or `None`."""
    fault = fault_of(url, allowed=open_networks(own), http=plain_http(own))
    if fault is None:
        try:
            httpx.URL(url)
        except httpx.InvalidURL:
            return "The address cannot be read; write it like https://example.com/hooks."
    return fault


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host from the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Transport(httpx.HTTPTransport):
    """httpx's transport on connections that are guarded, or through the operator's proxy."""

    def __init__(
        self,
        *,
        allowed: tuple[Network, ...],
        http: bool,
        seconds: float,
        largest: int,
        resolve: Resolver,
        verify: Any,
    ) -> None:
        context = httpx.create_ssl_context(verify=verify, trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._allowed, self._http, self._largest = allowed, http, largest
        if settings.BR_OUTBOUND_PROXY:
            # It resolves names itself, and guards as its owner wishes.
            proxy = httpx.Proxy(settings.BR_OUTBOUND_PROXY)
            self._pool = httpcore.HTTPProxy(
                proxy_url=str(proxy.url.copy_with(username=None, password=None)),
                proxy_auth=proxy.raw_auth,
                ssl_context=context,
                max_keepalive_connections=0,
                network_backend=_Guarded(_EVERYWHERE, seconds, look_up),
            )
        else:
            # One connection a request: its deadline is the request's, and every request is judged
            # anew.
            self._pool = httpcore.ConnectionPool(
                ssl_context=context,
                max_keepalive_connections=0,
                network_backend=_Guarded(allowed, seconds, resolve),
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fault = fault_of(str(request.url), allowed=self._allowed, http=self._http)
        if fault:
            raise OutboundRefused(fault, request=request)
        try:
            answer = super().handle_request(request)
        except _Closed:
            raise OutboundRefused(CLOSED, request=request) from None
        # Nothing is inflated: a small answer could become a huge one.
        answer.headers.pop("Content-Encoding", None)
        answer.stream = _Limited(cast(httpx.SyncByteStream, answer.stream), self._largest)
        return answer


class _Limited(httpx.SyncByteStream):
    """A body that breaks off at the limit."""

    def __init__(self, inner: httpx.SyncByteStream, largest: int) -> None:
        self._inner, self._largest = inner, largest

    def __iter__(self) -> Iterator[bytes]:
        taken = 0
        for part in self._inner:
            taken += len(part)
            if taken > self._largest:
                raise OutboundTooLarge(f"The answer is longer than {self._largest:,} bytes.")
            yield part

    def close(self) -> None:
        self._inner.close()


class _Closed(Exception):
    """No address of the host is one we may connect to."""


class _Guarded(httpcore.NetworkBackend):
    """Connects to judged addresses only, with one deadline for the whole connection."""

    def __init__(self, allowed: tuple[Network, ...], seconds: float, resolve: Resolver) -> None:
        self._allowed, self._seconds, self._resolve = allowed, seconds, resolve
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        deadline = _Deadline(self._seconds)
        patience = min(timeout or self._seconds, self._seconds)
        open_ones = [
            address
            for address in self._judge(host, port, patience)
            if is_open(address, self._allowed)
        ]
        if not open_ones:
            raise _Closed
        trouble: Exception | None = None
        for address in open_ones[:_MOST_ADDRESSES]:
            try:
                stream = self._inner.connect_tcp(
                    str(address), port, deadline.within(patience), local_address, socket_options
                )
                return _Timed(stream, deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                trouble = problem
        raise trouble or _Closed

    def _judge(self, host: str, port: int, patience: float) -> list[Address]:
        """The addresses of a host; the system's resolver knows no timeout, so it gets a thread."""
        answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(host, port))
            except (OSError, UnicodeError) as problem:
                answers.put(problem)

        threading.Thread(target=ask, name="look-up", daemon=True).start()
        try:
            answer = answers.get(timeout=patience)
        except queue.Empty:
            raise httpcore.ConnectTimeout(
                "The name of the host was not resolved in time."
            ) from None
        if isinstance(answer, Exception):
            raise httpcore.ConnectError("The name of the host is unknown.")
        return [ip_address(text) for text in answer]

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Never."""
        raise _Closed


class _Deadline:
    """A moment that lies `seconds` ahead."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def within(self, wish: float | None) -> float:
        """The seconds that may be waited, at most `wish`; raises when none are left."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The time for the whole request is over.")
        return left if wish is None else min(wish, left)


class _Timed(httpcore.NetworkStream):
    """A stream on which everything together has to be over by the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.within(timeout))

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._inner.start_tls(
            ssl_context, server_hostname, self._deadline.within(timeout)
        )
        return _Timed(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def close(self) -> None:
        self._inner.close()

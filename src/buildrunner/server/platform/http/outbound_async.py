"""The guarded client for the native routes: addresses are judged as in `outbound`, connections stay.

aiohttp asks our resolver for every new connection and connects to what it answered, so a name
server cannot answer twice; hosts that are addresses themselves never reach a resolver and are
judged by `url_fault` when a call is made.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from ipaddress import ip_address
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings

from buildrunner import __version__
from buildrunner.server.platform.http.destinations import CLOSED, Network, is_open
from buildrunner.server.platform.http.outbound import open_networks

CONNECT_SECONDS: Final = 5.0
KEPT_SECONDS: Final = 30.0
_MOST_CONNECTIONS: Final = 2000
_DNS_SECONDS: Final = 30


class HostClosed(OSError):
    """The name leads to a network we do not go to."""


class GuardedResolver(AbstractResolver):
    """The system's answers without the addresses that are closed."""

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every open address of a host; raises `HostClosed` where it has others only."""
        found = await self.look_up(host, port, family)
        open_ones = [one for one in found if is_open(ip_address(one["host"]), self._allowed)]
        if found and not open_ones:
            raise HostClosed(CLOSED)
        return open_ones

    async def look_up(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[ResolveResult]:
        """What the system's resolver says."""
        loop = asyncio.get_running_loop()
        infos = await asyncio.wait_for(
            loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family), CONNECT_SECONDS
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]).partition("%")[0],
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in infos
        ]

    async def close(self) -> None:
        """Nothing is held."""


def outbound_session(
    *,
    own: bool = False,
    resolver: AbstractResolver | None = None,
    context: ssl.SSLContext | None = None,
) -> aiohttp.ClientSession:
    """A session for one event loop; close it at the end. `own` as in `outbound_client`.

    No redirects, cookies, environment or decompression: callers pass on what they are given.
    Through `BR_OUTBOUND_PROXY` the proxy resolves and guards.
    """
    proxied = bool(settings.BR_OUTBOUND_PROXY)
    connector = aiohttp.TCPConnector(
        limit=_MOST_CONNECTIONS,
        resolver=None if proxied else resolver or GuardedResolver(open_networks(own)),
        ttl_dns_cache=_DNS_SECONDS,
        keepalive_timeout=KEPT_SECONDS,
        ssl=context or True,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        proxy=settings.BR_OUTBOUND_PROXY or None,
        headers={"User-Agent": f"BuildRunner/{__version__}", "Accept-Encoding": "identity"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        read_bufsize=256 * 1024,
    )

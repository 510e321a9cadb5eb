"""Who runs the server, by where a request comes from: this machine, or networks they named."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any

from buildrunner.server.platform.observe import visits

LOOPBACKS = ("127.0.0.0/8", "::1")


class Operators:
    """The networks whose clients are told how the server is."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(one, strict=False) for one in networks]

    def include(self, scope: Any) -> bool:
        """Whether the client of a settled request is one.

        Not when a proxy that is not trusted stands between: everybody's requests come from its
        address then, which may well be a loopback.
        """
        visit = visits.current()
        client = scope.get("client")
        if client is None or visit is None or not visit.direct:
            return False
        try:
            address = ip_address(client[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self._networks)

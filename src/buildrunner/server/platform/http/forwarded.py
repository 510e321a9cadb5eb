"""Who really asks: what a proxy says about a request is believed from trusted proxies only."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Scope = MutableMapping[str, Any]
SAID_BY_PROXIES = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-real-ip"}
)


class TrustedProxies:
    """The addresses and networks (`10.0.0.0/8`) whose `X-Forwarded-*` headers count."""

    def __init__(self, networks: Iterable[str]) -> None:
        """Raises `ValueError` naming an entry that is neither an address nor a network."""
        self._networks: list[IPv4Network | IPv6Network] = [
            ip_network(entry.strip(), strict=False) for entry in networks if entry.strip()
        ]

    def trusts(self, address: str) -> bool:
        """Whether a peer's address lies in one of the networks."""
        found = _address(address)
        return found is not None and any(found in network for network in self._networks)

    def settle(self, scope: Scope) -> Scope:
        """The scope with the client, scheme and host that count, and no forwarded header left.

        Of `X-Forwarded-For` the last entry that no trusted proxy wrote counts; what a client
        itself puts in front of it does not.
        """
        said = {name: value for name, value in scope["headers"] if name in SAID_BY_PROXIES}
        if not said:
            return scope
        kept = [entry for entry in scope["headers"] if entry[0] not in SAID_BY_PROXIES]
        settled: Scope = {**scope, "headers": kept}
        peer = scope.get("client")
        if peer is None or not self.trusts(peer[0]):
            return settled
        chain = said.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        for entry in reversed([part.strip() for part in chain]):
            found = _address(entry)
            if found is None:
                break
            settled["client"] = (str(found), 0)
            if not self.trusts(str(found)):
                break
        scheme = said.get(b"x-forwarded-proto", b"").decode("latin-1").rpartition(",")[2].strip()
        if scheme in {"http", "https"}:
            settled["scheme"] = scheme
        host = said.get(b"x-forwarded-host", b"").rpartition(b",")[2].strip()
        if host:
            settled["headers"] = [entry for entry in kept if entry[0] != b"host"]
            settled["headers"].append((b"host", host))
        return settled


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found

"""Where outbound requests may go: addresses of the public internet, and what the operator adds.

The networks are those of the IANA special-purpose registries (RFC 6890 and its updates). Of IPv6
only the global unicast space is public, which leaves out every spelling of an IPv4 address inside
an IPv6 one: mapped, NAT64, 6to4, Teredo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL: Final = 2000

_CLOSED_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; some clouds keep their metadata here
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform: inside every virtual network
        "169.254.0.0/16",  # link-local, where most clouds keep their metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_OPEN_V6: Final = IPv6Network("2000::/3")
_CLOSED_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
# Where people run servers of their own. Link-local networks and the addresses at which clouds answer
# with credentials are no part of it.
_OWN_V6: Final = IPv6Network("fd00::/8")
_METADATA_V6: Final = (IPv6Network("fd00:ec2::/32"), IPv6Network("fd20:ce::/32"))


def _without(network: IPv6Network, holes: Iterable[IPv6Network]) -> tuple[IPv6Network, ...]:
    left = [network]
    for hole in holes:
        left = [
            part
            for one in left
            for part in (one.address_exclude(hole) if hole.subnet_of(one) else (one,))
        ]
    return tuple(left)


PRIVATE: Final[tuple[Network, ...]] = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv6Network("::1/128"),
    *_without(_OWN_V6, _METADATA_V6),
)
# inet_aton reads `127.1`, `0x7f.0.0.1` and `2130706433` as addresses; no name ends so.
_NUMERIC: Final = re.compile(r"(?:.*\.)?(?:0x[0-9a-f]*|\d+)\.?", re.IGNORECASE)
_WELL_KNOWN: Final = 1024


def is_public(address: Address) -> bool:
    """Whether anybody on the internet could reach the address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


def is_open(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether we may connect to it: it is public, or in a network the operator allows."""
    return is_public(address) or any(
        address.version == network.version and address in network for network in allowed
    )


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks from their spellings."""
    return tuple(ip_network(text, strict=False) for text in texts)


def fault_of(url: str, *, allowed: Iterable[Network], http: bool) -> str | None:
    """Why an address cannot be called, in words, or `None`. Names are not looked up here."""
    if len(url) > LONGEST_URL:
        return f"The address is longer than {LONGEST_URL} characters."
    if any(ord(character) <= 32 or ord(character) == 127 for character in url):
        return "The address must not contain spaces or control characters."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "The address cannot be read; write it like https://example.com/hooks."
    if parts.scheme == "http" and not http:
        return "The address must begin with https://; the operator may allow http with BR_OUTBOUND_HTTP."
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "The address must be whole, like https://example.com/hooks."
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return "The address must not carry a name or password; what is sent is signed instead."
    if "\\" in url or parts.fragment:
        return "The address must have neither a backslash nor a # part."
    if port is not None and port not in {80, 443} and not _WELL_KNOWN <= port <= 65535:
        return "The port must be 80, 443, or 1024 and above."
    return _host_fault(parts.hostname, allowed)


def _host_fault(host: str, allowed: Iterable[Network]) -> str | None:
    try:
        address = ip_address(host)
    except ValueError:
        if _NUMERIC.fullmatch(host):
            return "The host is a number; write an IP address with four decimal parts, or a name."
        return None
    return None if is_open(address, allowed) else CLOSED


# The same words whichever network it is: they must not map what lies behind the server.
CLOSED: Final = (
    "The host leads to a network that is not public. The operator may allow it with "
    "BR_OUTBOUND_ALLOW."
)

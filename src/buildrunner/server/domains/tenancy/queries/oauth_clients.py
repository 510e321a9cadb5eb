"""Programs that ask a person in a browser for a key (OAuth 2.1): known by a sealed id.

Anybody may register (RFC 7591), so nothing of it is kept: the id itself carries, sealed, what was
registered, and a flood of registrations costs no row.
"""

from __future__ import annotations

import json
from typing import NamedTuple
from urllib.parse import urlsplit

from buildrunner.server.platform.crypto.sealing import SealBroken, seal, unseal
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.text import one_line

_PURPOSE = "oauth client"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ACTIVE = frozenset({"javascript", "data", "file", "vbscript", "blob", "about", "view-source", ""})
MOST_ADDRESSES = 10
LONGEST_ADDRESS = 500
LONGEST_NAME = 100


class OAuthClient(NamedTuple):
    """What a program registered."""

    name: str
    redirect_uris: tuple[str, ...]

    def may_return_to(self, address: str) -> bool:
        """Exactly what was registered; on this machine any port (RFC 8252, 7.3)."""
        return any(_unported(address) == _unported(one) for one in self.redirect_uris)


def client_id_for(name: str, redirect_uris: list[str]) -> str:
    """The id of a program; raises Invalid for addresses that could run or leak something."""
    name = one_line(name or "An agent's program", "client_name", LONGEST_NAME)
    if not 1 <= len(redirect_uris) <= MOST_ADDRESSES:
        raise Invalid(f"Give 1 to {MOST_ADDRESSES} addresses.", field="redirect_uris")
    for address in redirect_uris:
        if not _may_be_told(address):
            raise Invalid(
                "An address is https, a program's own scheme, or http to this machine.",
                field="redirect_uris",
            )
    return seal(json.dumps([name, redirect_uris]), _PURPOSE)


def client_of(client_id: str) -> OAuthClient:
    """Raises Invalid for an id that this server did not give."""
    try:
        name, addresses = json.loads(unseal(client_id, _PURPOSE))
    except (SealBroken, ValueError):
        raise Invalid("This program is not registered here.", field="client_id") from None
    return OAuthClient(name, tuple(addresses))


def _may_be_told(address: str) -> bool:
    if len(address) > LONGEST_ADDRESS or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    if parts.fragment or parts.username or parts.scheme in _ACTIVE:
        return False
    if parts.scheme == "http":
        return parts.hostname in _LOOPBACK
    return bool(parts.hostname) if parts.scheme == "https" else True


def _unported(address: str) -> tuple[str, ...]:
    parts = urlsplit(address)
    place = parts.netloc
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        place = parts.hostname
    return (parts.scheme, place, parts.path, parts.query)

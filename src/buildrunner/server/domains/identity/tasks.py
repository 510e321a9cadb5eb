"""What the worker runs for this room."""

from __future__ import annotations

from buildrunner.server.domains.identity.facade import purge_expired as _purge_expired


def purge_expired() -> None:
    """Every hour: remove links, device codes, sessions and counters that nobody can use."""
    _purge_expired()

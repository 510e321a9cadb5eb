"""What the worker runs for this room."""

from __future__ import annotations

from buildrunner.server.domains.identity.facade import deliver_letter as _deliver_letter
from buildrunner.server.domains.identity.facade import purge_expired as _purge_expired


def purge_expired() -> None:
    """Every hour: remove links, device codes, sessions, mails and counters nobody can use."""
    _purge_expired()


def deliver_letter(sealed: str) -> None:
    """Send one mail."""
    _deliver_letter(sealed)

"""What the worker runs for this room."""

from __future__ import annotations

from buildrunner.server.domains.plans.facade import expire_claims as _expire_claims


def expire_claims() -> None:
    """Every minute: close leases that have run out."""
    _expire_claims()

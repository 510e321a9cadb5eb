"""What the worker runs for this room."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.plans.facade import expire_claims as _expire_claims
from buildrunner.server.domains.plans.facade import release_claims_of
from buildrunner.server.platform.events.stream import Record


def expire_claims() -> None:
    """Every minute: close leases that have run out."""
    _expire_claims()


def take_claims_back(record: Record) -> None:
    """Whoever leaves an organization or a project holds nothing there any more."""
    release_claims_of(
        UUID(record.subject),
        org_id=record.org_id,
        until=record.time,
        project_id=record.project_id,
    )

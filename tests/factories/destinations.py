"""Where a tenant's ledger is sent."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.audit import facade as audit
from factories.tenants import Tenant


def make_destination(tenant: Tenant) -> UUID:
    """The id of a SIEM that is never called."""
    made = audit.add_destination(
        tenant.actor, tenant.org_id, kind="siem", name="Lake", url="https://siem.example.com/in"
    )
    return made.destination.id

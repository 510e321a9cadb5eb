"""Proposals to change what is planned."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.workbench import facade as workbench
from factories.tenants import Tenant


def make_rescope(tenant: Tenant) -> UUID:
    """A proposal about the first milestone of a tenant's plan."""
    act = {"act": "set", "ids": ["m1"], "field": "due", "value": "2027-01-31"}
    made = workbench.propose_rescope(tenant.actor, tenant.project_id, acts=[act])
    assert made.id is not None
    return made.id

"""Proposals to change what is planned."""

from __future__ import annotations

import json
from uuid import UUID

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.workbench import facade as workbench
from factories.tenants import Tenant, small_plan


def make_rescope(tenant: Tenant) -> UUID:
    """A proposal about the first milestone of a tenant's plan."""
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        empty = plans.read_head(access).revision == 0
    if empty:
        data = json.dumps(small_plan()).encode()
        plans.save_plan(tenant.actor, tenant.project_id, data=data)
    act = {"act": "set", "ids": ["m1"], "field": "due", "value": "2027-01-31"}
    made = workbench.propose_rescope(tenant.actor, tenant.project_id, acts=[act])
    assert made.id is not None
    return made.id

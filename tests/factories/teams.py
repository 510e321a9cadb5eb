"""A team with somebody in it."""

from __future__ import annotations

import secrets
from uuid import UUID

from buildrunner.server.domains.tenancy import facade as tenancy
from factories.tenants import Tenant


def make_team(tenant: Tenant, name: str = "frontend", *people: UUID) -> UUID:
    """A team of these people, or of the tenant's own person; its id."""
    made = tenancy.create_team(tenant.actor, tenant.org_id, name=name, title=name.capitalize())
    for person in people or (tenant.person.id,):
        tenancy.add_team_member(tenant.actor, tenant.org_id, made.id, person)
    return made.id


def make_agent(tenant: Tenant) -> UUID:
    """An agent that the tenant's person answers for, under a name of its own; its id."""
    name = f"claude-{secrets.token_hex(4)}"
    made, _ = tenancy.create_agent(tenant.actor, tenant.org_id, name=name)
    return made.id

"""A new tenant; whoever makes it owns it."""

from __future__ import annotations

from buildrunner.server.domains.tenancy import policies
from buildrunner.server.domains.tenancy.models import Organization, OrganizationMembership
from buildrunner.server.domains.tenancy.rules import LONGEST_NAME, OWNER
from buildrunner.server.domains.tenancy.types import Belonging
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line


def create_organization(actor: Actor, *, name: str) -> Belonging:
    """Make an organization owned by the actor. A key must act for its person in full (`*`)."""
    name = one_line(name, "name", LONGEST_NAME)
    person_id = policies.person_in_full(actor, "create organizations")
    org_id = uuid7()
    with tenant_scope(org_id):
        organization = Organization.objects.create(id=org_id, name=name)
        OrganizationMembership.objects.create(org_id=org_id, person_id=person_id, role=OWNER)
        emit(
            "organization.created",
            actor=actor,
            org_id=org_id,
            subject=str(org_id),
            data={"name": name},
        )
    return Belonging(org_id, name, OWNER, organization.created_at)

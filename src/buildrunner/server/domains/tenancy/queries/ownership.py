"""What a person alone owns."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.tenancy import rules
from buildrunner.server.domains.tenancy.models import OrganizationMembership
from buildrunner.server.domains.tenancy.queries import lookups
from buildrunner.server.platform.db.scope import tenant_scope


def sole_ownerships(person_id: UUID) -> list[identity.Ownership]:
    """The organizations that nobody but this person owns."""
    alone = []
    for belonging in lookups.organizations_of(person_id):
        if belonging.role != rules.OWNER:
            continue
        with tenant_scope(belonging.id):
            owners = OrganizationMembership.objects.filter(org_id=belonging.id, role=rules.OWNER)
            if not owners.exclude(person_id=person_id).exists():
                alone.append(identity.Ownership(belonging.id, belonging.name))
    return alone

"""An organization as its members see it."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.tenancy import policies
from buildrunner.server.domains.tenancy.models import (
    Invitation,
    Organization,
    OrganizationMembership,
)
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.domains.tenancy.types import OrganizationView, Seats, Security
from buildrunner.server.platform.actor import Actor


def get_organization(actor: Actor, org_id: UUID) -> OrganizationView:
    """Its name, seats, and what the actor is and may do there."""
    with organization_scope(actor, org_id) as access:
        organization = Organization.objects.get(id=org_id)
        return OrganizationView(
            id=org_id,
            name=organization.name,
            role=access.role,
            created_at=organization.created_at,
            seats=seats_of(org_id),
            permissions=access.permissions,
        )


def get_security(actor: Actor, org_id: UUID) -> Security:
    """What the organization demands of whoever enters; its members may know."""
    with organization_scope(actor, org_id):
        return security_of(Organization.objects.get(id=org_id))


def security_of(organization: Organization) -> Security:
    """The settings in a row."""
    return Security(
        require_mfa=organization.require_mfa,
        session_timeout=organization.session_timeout,
        max_login_attempts=organization.max_login_attempts,
        enforce_https=organization.enforce_https,
    )


def seats_of(org_id: UUID) -> Seats:
    """How many seats of the organization in scope are taken, by people and by invitations that
    can still be accepted."""
    return Seats(
        people=OrganizationMembership.objects.filter(kind="person").count(),
        pending=Invitation.objects.filter(
            accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
        ).count(),
        limit=policies.seat_limit(org_id),
    )

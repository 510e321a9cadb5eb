"""The end of an organization and of everything in it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from buildrunner.server.domains.tenancy.models import (
    Organization,
    OrganizationMembership,
    Project,
)
from buildrunner.server.domains.tenancy.queries.scopes import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.events.emit import PLATFORM, emit
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.revocations import announce_revocation

RECEIPT_HOLDS = timedelta(hours=24)


def delete_organization(actor: Actor, org_id: UUID, *, name: str, receipt: UUID) -> None:
    """Delete every row of an organization; its keys are dead from then on.

    `name` is the organization's, typed by whoever does it, `receipt` that of an export not older
    than a day. Needs `org.own`. Raises `Invalid` for another name, `Conflict` without the export.
    What remains is one event of the platform's.
    """
    with organization_scope(actor, org_id, "org.own") as access:
        organization = Organization.objects.select_for_update().get(id=org_id)
        if name.strip() != organization.name:
            raise Invalid(
                f"Type the organization's name, {organization.name!r}, to delete it.",
                code="name_differs",
                field="name",
            )
        exported = Event.objects.filter(
            org_id=org_id,
            kind="organization.exported",
            subject=str(receipt),
            created_at__gte=timezone.now() - RECEIPT_HOLDS,
        )
        if not exported.exists():
            raise Conflict(
                "Export the organization first (`GET /api/orgs/{id}/export`); the receipt of an "
                "export holds for 24 hours.",
                code="export_needed",
            )
        people = list(
            OrganizationMembership.objects.filter(org_id=org_id).values_list("person_id", flat=True)
        )
        data = {
            "name": organization.name,
            "members": len(people),
            "projects": Project.objects.filter(org_id=org_id).count(),
            "receipt": str(receipt),
        }
        for person_id in people:
            announce_revocation(person_id=person_id)
        with connection.cursor() as cursor:
            cursor.execute("SELECT tenancy_delete_organization(%s, %s)", [org_id, access.person_id])
        with tenant_scope(PLATFORM):
            emit(
                "organization.deleted",
                actor=actor,
                org_id=PLATFORM,
                subject=str(org_id),
                data=data,
            )

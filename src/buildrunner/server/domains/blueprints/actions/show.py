"""Who may see a blueprint; and taking it out of sight."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.blueprints import events
from buildrunner.server.domains.blueprints.errors import BlueprintAbsent
from buildrunner.server.domains.blueprints.models import Blueprint
from buildrunner.server.domains.blueprints.queries.gallery import detail
from buildrunner.server.domains.blueprints.types import VISIBILITIES, BlueprintDetail
from buildrunner.server.domains.tenancy.facade import OrgAccess, organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit


def set_visibility(
    actor: Actor, org_id: UUID, blueprint_id: UUID, *, visibility: str
) -> BlueprintDetail:
    """Make it private, of the organization, or public on this server. Raises BlueprintAbsent."""
    if visibility not in VISIBILITIES:
        raise Invalid(f"visibility is one of {', '.join(VISIBILITIES)}", field="visibility")
    with organization_scope(actor, org_id) as access:
        access.require("blueprint.publish")
        row = _locked(access, blueprint_id)
        previous = row.visibility
        if previous != visibility:
            row.visibility = visibility
            row.save(update_fields=["visibility", "updated_at"])
            emit(
                events.SHOWN,
                actor=actor,
                org_id=org_id,
                subject=str(row.id),
                data={"name": row.name, "visibility": visibility, "previous": previous},
            )
        return detail(access, blueprint_id)


def withdraw(actor: Actor, org_id: UUID, blueprint_id: UUID) -> None:
    """Nobody finds it any more; plans that have it keep it. Publishing it again brings it back."""
    with organization_scope(actor, org_id) as access:
        access.require("blueprint.publish")
        row = _locked(access, blueprint_id)
        row.withdrawn_at = timezone.now()
        row.save(update_fields=["withdrawn_at", "updated_at"])
        emit(
            events.WITHDRAWN,
            actor=actor,
            org_id=org_id,
            subject=str(row.id),
            data={"name": row.name, "version": row.version},
        )


def _locked(access: OrgAccess, blueprint_id: UUID) -> Blueprint:
    rows = Blueprint.objects.select_for_update().filter(
        org_id=access.org_id, id=blueprint_id, withdrawn_at__isnull=True
    )
    row = rows.first()
    if row is None:
        raise BlueprintAbsent("There is no such blueprint in this organization.")
    return row

"""An organization: its name, what it demands, its owner."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.rest import team_schemas as schemas
from buildrunner.server.platform.http.acting import actor_of

router = Router(tags=["organizations"])


@router.get(
    "/orgs/{uuid:org_id}",
    response=schemas.OrganizationDetail,
    operation_id="getOrganization",
    summary="Get an organization",
)
def get_organization(request: HttpRequest, org_id: UUID) -> schemas.OrganizationDetail:
    """Its name and seats, and what the caller is and may do there."""
    return schemas.OrganizationDetail.of(tenancy.get_organization(actor_of(request), org_id))


@router.patch(
    "/orgs/{uuid:org_id}",
    response=schemas.OrganizationDetail,
    operation_id="updateOrganization",
    summary="Rename an organization",
)
def update_organization(
    request: HttpRequest, org_id: UUID, payload: schemas.OrganizationPatch
) -> schemas.OrganizationDetail:
    """Gives it another name. Needs `org.manage`."""
    actor = actor_of(request)
    tenancy.rename_organization(actor, org_id, name=payload.name)
    return schemas.OrganizationDetail.of(tenancy.get_organization(actor, org_id))


@router.get(
    "/orgs/{uuid:org_id}/security",
    response=schemas.SecurityOut,
    operation_id="getSecuritySettings",
    summary="Get the security settings",
)
def get_security(request: HttpRequest, org_id: UUID) -> Any:
    """What the organization demands of sessions and connections; every member may read it."""
    return tenancy.get_security(actor_of(request), org_id)


@router.patch(
    "/orgs/{uuid:org_id}/security",
    response=schemas.SecurityOut,
    operation_id="updateSecuritySettings",
    summary="Change the security settings",
)
def update_security(request: HttpRequest, org_id: UUID, payload: schemas.SecurityPatch) -> Any:
    """Needs `org.manage`. A second factor is demanded only by somebody signed in with one, HTTPS
    only over HTTPS or from the server's machine: nobody locks himself out (409)."""
    return tenancy.change_security(actor_of(request), org_id, **payload.model_dump())


@router.post(
    "/orgs/{uuid:org_id}/transfer",
    response={204: None},
    operation_id="transferOrganization",
    summary="Hand an organization over",
)
def transfer_organization(
    request: HttpRequest, org_id: UUID, payload: schemas.TransferIn
) -> Status[None]:
    """The member becomes an owner, the caller stays as an admin. Needs `org.own`."""
    tenancy.transfer_organization(actor_of(request), org_id, person_id=payload.person_id)
    return Status(204, None)

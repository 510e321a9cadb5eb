"""Who belongs where: members, invitations, service accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.rest import team_schemas as schemas
from buildrunner.server.domains.tenancy.rest.schemas import OrganizationOut
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    WholePagingQuery,
    after_id,
    page,
    whole_page,
)

router = Router(tags=["members"])


@router.get(
    "/orgs/{uuid:org_id}/members",
    response=Page[schemas.MemberOut],
    operation_id="listMembers",
    summary="List the people of an organization",
)
def list_members(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """In the order in which they joined. Service accounts have a list of their own."""
    found = tenancy.organization_members(
        actor_of(request), org_id, after=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.put(
    "/orgs/{uuid:org_id}/members/{uuid:person_id}",
    response=schemas.MemberOut,
    operation_id="setMember",
    summary="Change a member's role",
)
def set_member(
    request: HttpRequest, org_id: UUID, person_id: UUID, payload: schemas.OrgMemberIn
) -> Any:
    """Nobody joins by this: people are invited. Needs `member.manage`; only owners make, change or
    remove owners, and one owner always stays (409 `last_owner`)."""
    return tenancy.change_org_member(actor_of(request), org_id, person_id, role=payload.role)


@router.delete(
    "/orgs/{uuid:org_id}/members/{uuid:person_id}",
    response={204: None},
    operation_id="removeMember",
    summary="Remove a member, or leave",
)
def remove_member(request: HttpRequest, org_id: UUID, person_id: UUID) -> Status[None]:
    """Roles in projects, keys and claims there end with it, invitations they sent are withdrawn.
    Needs `member.manage`; anybody may remove himself, except the last owner."""
    tenancy.remove_org_member(actor_of(request), org_id, person_id=person_id)
    return Status(204, None)


@router.get(
    "/orgs/{uuid:org_id}/invitations",
    response=Page[schemas.InvitationOut],
    operation_id="listInvitations",
    summary="List open invitations",
)
def list_invitations(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Newest first, with those that have expired. Needs `member.manage`."""
    found = tenancy.organization_invitations(
        actor_of(request), org_id, before=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    "/orgs/{uuid:org_id}/invitations",
    response={201: schemas.SentInvitationOut},
    operation_id="inviteMember",
    summary="Invite somebody by email",
)
def invite(request: HttpRequest, org_id: UUID, payload: schemas.InvitationIn) -> Status[Any]:
    """A mail with a link goes out; the link works for seven days and only for whoever has proven to
    read that address. Takes a seat (409 `seats_taken`). Needs `member.manage`."""
    view, token = tenancy.invite(
        actor_of(request),
        org_id,
        email=payload.email,
        role=payload.role,
        project_roles=[
            {"project_id": str(entry.project_id), "role": entry.role}
            for entry in payload.project_roles
        ],
    )
    return Status(201, schemas.SentInvitationOut.of(view, token))


@router.post(
    "/orgs/{uuid:org_id}/invitations/{uuid:invitation_id}/resend",
    response=schemas.SentInvitationOut,
    operation_id="resendInvitation",
    summary="Send an invitation again",
)
def resend_invitation(request: HttpRequest, org_id: UUID, invitation_id: UUID) -> Any:
    """With a new link that works for seven days; the one before stops working. At most once a
    minute. Needs `member.manage`."""
    view, token = tenancy.resend_invitation(actor_of(request), org_id, invitation_id)
    return schemas.SentInvitationOut.of(view, token)


@router.delete(
    "/orgs/{uuid:org_id}/invitations/{uuid:invitation_id}",
    response={204: None},
    operation_id="withdrawInvitation",
    summary="Withdraw an invitation",
)
def withdraw_invitation(request: HttpRequest, org_id: UUID, invitation_id: UUID) -> Status[None]:
    """Its link stops working. Needs `member.manage`."""
    tenancy.withdraw_invitation(actor_of(request), org_id, invitation_id)
    return Status(204, None)


@router.get(
    "/invitations",
    response=Page[schemas.OwnInvitationOut],
    operation_id="listOwnInvitations",
    summary="List invitations to me",
)
def list_own_invitations(
    request: HttpRequest, response: HttpResponse, paging: WholePagingQuery
) -> dict[str, Any]:
    """The open ones to the caller's verified addresses, oldest first."""
    return whole_page(request, response, paging, tenancy.own_invitations(actor_of(request)))


@router.post(
    "/invitations/accept",
    response=OrganizationOut,
    operation_id="acceptInvitation",
    summary="Accept an invitation",
)
def accept_invitation(request: HttpRequest, payload: schemas.AcceptIn) -> Any:
    """By the token of its link or by its id. Needs a browser session or a personal key with `*` of
    somebody whose verified address was invited. Once more changes nothing."""
    return tenancy.accept_invitation(
        actor_of(request), token=payload.token, invitation_id=payload.invitation_id
    )


@router.get(
    "/orgs/{uuid:org_id}/service-accounts",
    response=Page[schemas.ServiceAccountOut],
    operation_id="listServiceAccounts",
    summary="List service accounts",
)
def list_service_accounts(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Those in use, newest first; every member may see them."""
    found = tenancy.service_accounts(
        actor_of(request), org_id, before=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    "/orgs/{uuid:org_id}/service-accounts",
    response={201: schemas.ServiceAccountOut},
    operation_id="createServiceAccount",
    summary="Create a service account",
)
def create_service_account(
    request: HttpRequest, org_id: UUID, payload: schemas.ServiceAccountIn
) -> Status[Any]:
    """It acts by keys made with its `service_id` and takes no seat. Needs `member.manage`."""
    view = tenancy.create_service_account(
        actor_of(request), org_id, name=payload.name, role=payload.role
    )
    return Status(201, view)


@router.patch(
    "/orgs/{uuid:org_id}/service-accounts/{uuid:service_id}",
    response=schemas.ServiceAccountOut,
    operation_id="updateServiceAccount",
    summary="Change a service account",
)
def update_service_account(
    request: HttpRequest, org_id: UUID, service_id: UUID, payload: schemas.ServiceAccountPatch
) -> Any:
    """Its name, its role, or both. Needs `member.manage`."""
    return tenancy.change_service_account(
        actor_of(request), org_id, service_id, name=payload.name, role=payload.role
    )


@router.delete(
    "/orgs/{uuid:org_id}/service-accounts/{uuid:service_id}",
    response={204: None},
    operation_id="removeServiceAccount",
    summary="Remove a service account",
)
def remove_service_account(request: HttpRequest, org_id: UUID, service_id: UUID) -> Status[None]:
    """Its keys are revoked at once. Needs `member.manage`."""
    tenancy.remove_service_account(actor_of(request), org_id, service_id)
    return Status(204, None)


@router.get(
    "/projects/{uuid:project_id}/members",
    response=Page[schemas.MemberOut],
    operation_id="listProjectMembers",
    summary="List who has a role in a project",
)
def list_project_members(
    request: HttpRequest, response: HttpResponse, project_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """People and service accounts. Owners and admins of the organization are here without one."""
    found = tenancy.project_members(
        actor_of(request), project_id, after=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.put(
    "/projects/{uuid:project_id}/members/{uuid:person_id}",
    response=schemas.MemberOut,
    operation_id="setProjectMember",
    summary="Give a role in a project",
)
def set_project_member(
    request: HttpRequest, project_id: UUID, person_id: UUID, payload: schemas.ProjectMemberIn
) -> Any:
    """To a member or service account of the organization; or change it. Needs `member.manage`."""
    return tenancy.set_project_member(
        actor_of(request), project_id, person_id=person_id, role=payload.role
    )


@router.delete(
    "/projects/{uuid:project_id}/members/{uuid:person_id}",
    response={204: None},
    operation_id="removeProjectMember",
    summary="Take a role in a project away",
)
def remove_project_member(request: HttpRequest, project_id: UUID, person_id: UUID) -> Status[None]:
    """Claims held there end with it. Needs `member.manage`."""
    tenancy.remove_project_member(actor_of(request), project_id, person_id=person_id)
    return Status(204, None)

"""API keys and the key of a device sign-in."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.errors import DevicePending
from buildrunner.server.domains.tenancy.rest import schemas
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.pagination import (
    Page,
    PagingQuery,
    WholePagingQuery,
    after_id,
    page,
    whole_page,
)

router = Router(tags=["keys"])

_WORDS = {
    "authorization_pending": "Nobody has said yes or no yet; ask again after `interval` seconds.",
    "slow_down": "Asked too soon; wait `interval` seconds between two polls.",
    "expired_token": "The code has expired or was used. Begin again.",
    "access_denied": "The person said no.",
}


@router.get(
    "/keys",
    response=Page[schemas.KeyOut],
    operation_id="listPersonalKeys",
    summary="List my personal keys",
)
def list_personal_keys(
    request: HttpRequest,
    response: HttpResponse,
    paging: WholePagingQuery,
    sort: Annotated[
        Literal["name", "-name", "created_at", "-created_at", "last_used_at", "-last_used_at"]
        | None,
        Query(description="By what; newest first without it"),
    ] = None,
) -> dict[str, Any]:
    """All that are not revoked; a narrowed key sees only itself."""
    found = tenancy.own_personal_keys(actor_of(request))
    return whole_page(request, response, paging, found, sort=sort)


@router.post(
    "/keys",
    response={201: schemas.NewKeyOut},
    operation_id="createPersonalKey",
    summary="Create a personal key",
)
def create_personal_key(request: HttpRequest, payload: schemas.PersonalKeyIn) -> Status[Any]:
    """It acts as the caller in each of their organizations. The secret is shown this once."""
    view, secret = tenancy.create_api_key(
        actor_of(request),
        name=payload.name,
        scopes=payload.scopes,
        expires_at=payload.expires_at,
    )
    return Status(201, schemas.NewKeyOut.of(view, secret))


@router.delete(
    "/keys/{uuid:key_id}",
    response={204: None},
    operation_id="revokePersonalKey",
    summary="Revoke a personal key",
)
def revoke_personal_key(request: HttpRequest, key_id: UUID) -> Status[None]:
    """It stops working at once. A key may revoke itself."""
    tenancy.revoke_api_key(actor_of(request), key_id)
    return Status(204, None)


@router.post(
    "/keys/{uuid:key_id}/rotate",
    response={201: schemas.NewKeyOut},
    operation_id="rotatePersonalKey",
    summary="Rotate a personal key",
)
def rotate_personal_key(
    request: HttpRequest, key_id: UUID, payload: schemas.RotationIn
) -> Status[Any]:
    """A new secret with the same name, scopes and length of life; the old one works for
    `grace_hours` more and is listed with its end until then."""
    view, secret = tenancy.rotate_api_key(
        actor_of(request), key_id, grace_hours=payload.grace_hours
    )
    return Status(201, schemas.NewKeyOut.of(view, secret))


@router.get(
    "/orgs/{uuid:org_id}/api-keys",
    response=Page[schemas.KeyOut],
    operation_id="listOrganizationKeys",
    summary="List an organization's keys",
)
def list_organization_keys(
    request: HttpRequest, response: HttpResponse, org_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Those that are not revoked, newest first. Needs `key.manage`."""
    found = tenancy.organization_keys(
        actor_of(request), org_id, before=after_id(paging), limit=paging.limit + 1
    )
    return page(request, response, paging, found, lambda view: [view.id])


@router.post(
    "/orgs/{uuid:org_id}/api-keys",
    response={201: schemas.NewKeyOut},
    operation_id="createOrganizationKey",
    summary="Create a key of an organization",
)
def create_organization_key(
    request: HttpRequest, org_id: UUID, payload: schemas.OrganizationKeyIn
) -> Status[Any]:
    """It acts as the caller there and nowhere else, or as a service account. The secret is shown
    this once. Needs `key.manage`."""
    view, secret = tenancy.create_api_key(
        actor_of(request),
        name=payload.name,
        scopes=payload.scopes,
        org_id=org_id,
        project_id=payload.project_id,
        service_id=payload.service_id,
        expires_at=payload.expires_at,
    )
    return Status(201, schemas.NewKeyOut.of(view, secret))


@router.delete(
    "/orgs/{uuid:org_id}/api-keys/{uuid:key_id}",
    response={204: None},
    operation_id="revokeOrganizationKey",
    summary="Revoke a key of an organization",
)
def revoke_organization_key(request: HttpRequest, org_id: UUID, key_id: UUID) -> Status[None]:
    """It stops working at once. Needs `key.manage`."""
    tenancy.revoke_api_key(actor_of(request), key_id, org_id=org_id)
    return Status(204, None)


@router.post(
    "/orgs/{uuid:org_id}/api-keys/{uuid:key_id}/rotate",
    response={201: schemas.NewKeyOut},
    operation_id="rotateOrganizationKey",
    summary="Rotate a key of an organization",
)
def rotate_organization_key(
    request: HttpRequest, org_id: UUID, key_id: UUID, payload: schemas.RotationIn
) -> Status[Any]:
    """As personal keys are rotated. A key that acts as somebody else can be revoked, not rotated.
    Needs `key.manage`."""
    view, secret = tenancy.rotate_api_key(
        actor_of(request), key_id, org_id=org_id, grace_hours=payload.grace_hours
    )
    return Status(201, schemas.NewKeyOut.of(view, secret))


@router.post(
    "/auth/device/token",
    auth=None,
    response=schemas.DeviceToken,
    operation_id="pollDeviceSignIn",
    tags=["sign-in"],
    summary="Ask whether a device was let in",
)
def poll_device(
    request: HttpRequest,  # noqa: ARG001  ninja gives it
    payload: schemas.DeviceTokenRequest,
) -> dict[str, Any]:
    """A personal API key once a person has said yes. Until then a 400 problem whose `code` is
    RFC 8628's error: authorization_pending, slow_down, expired_token or access_denied."""
    answer = tenancy.exchange_device_code(payload.device_code)
    if not isinstance(answer, tenancy.DeviceKey):
        raise DevicePending(
            _WORDS.get(answer.state, ""),
            code=answer.state,
            error=answer.state,
            interval=answer.interval,
        )
    return {
        "api_key": answer.api_key,
        "person": {
            "id": answer.person_id,
            "email": answer.person_email,
            "name": answer.person_name,
        },
    }

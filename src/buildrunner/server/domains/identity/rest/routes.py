"""Device sign-in begins here (`tenancy` hands out the key), and browsers are signed out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.identity.rest.schemas import (
    DeviceAuthorization,
    DeviceRequest,
    SessionOut,
    SessionsEnded,
)
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.browser import client_address
from buildrunner.server.platform.http.pagination import Page, WholePagingQuery, whole_page

router = Router(tags=["sign-in"])


@router.post(
    "/auth/device",
    auth=None,
    response=DeviceAuthorization,
    operation_id="startDeviceSignIn",
    summary="Begin a device sign-in",
)
def start(request: HttpRequest, payload: DeviceRequest) -> dict[str, object]:
    """Answers a code for the terminal and one for the person, who confirms it at
    `verification_uri`. Then poll `/api/auth/device/token` (RFC 8628)."""
    begun = identity.start_device_grant(
        client_name=payload.client_name, address=client_address(request)
    )
    page = f"{settings.BR_PUBLIC_URL}/device"
    return {
        "device_code": begun.device_code,
        "user_code": begun.user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={begun.user_code}",
        "interval": begun.interval,
        "expires_in": begun.expires_in,
    }


@router.get(
    "/me/sessions",
    response=Page[SessionOut],
    operation_id="listSessions",
    tags=["account"],
    summary="List the browsers in which I am signed in",
)
def list_sessions(
    request: HttpRequest, response: HttpResponse, paging: WholePagingQuery
) -> dict[str, Any]:
    """The one used last first. Needs a browser session or a personal key with the scope `*`."""
    found = identity.sessions_of(identity.own_account(actor_of(request)))
    here = _here(request)
    shown = [SessionOut.of(view, here=here) for view in found]
    return whole_page(request, response, paging, shown)


@router.delete(
    "/me/sessions/{session_id}",
    response={204: None},
    operation_id="endSession",
    tags=["account"],
    summary="Sign one browser out",
)
def end_session(request: HttpRequest, session_id: str) -> Status[None]:
    """At once; its open event streams close."""
    identity.revoke_session(actor_of(request), digest=session_id)
    return Status(204, None)


@router.delete(
    "/me/sessions",
    response=SessionsEnded,
    operation_id="endOtherSessions",
    tags=["account"],
    summary="Sign every other browser out",
)
def end_other_sessions(request: HttpRequest) -> dict[str, int]:
    """A browser that asks stays signed in itself; a key ends them all."""
    return {"ended": identity.revoke_other_sessions(actor_of(request), keep=_here(request))}


def _here(request: HttpRequest) -> str:
    return identity.session_digest(request.session.session_key or "")

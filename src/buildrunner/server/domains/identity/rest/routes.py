"""Device sign-in begins here; `tenancy` hands out the key."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from buildrunner.server.domains.identity import facade as identity
from buildrunner.server.domains.identity.rest.schemas import DeviceAuthorization, DeviceRequest
from buildrunner.server.platform.http.browser import client_address

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

"""A terminal asks to be signed in (RFC 8628, 3.1)."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from buildrunner.server.domains.identity.actions.slow_down import slow_down
from buildrunner.server.domains.identity.models import DeviceGrant
from buildrunner.server.domains.identity.rules import new_user_code, shown_user_code
from buildrunner.server.domains.identity.types import DeviceStart
from buildrunner.server.platform.crypto.tokens import new_token, token_hash
from buildrunner.server.platform.text import one_line

TTL = timedelta(minutes=10)
INTERVAL_SECONDS = 5
PER_ADDRESS = 30
LONGEST_NAME = 120


def start_device_grant(*, client_name: str, address: str = "") -> DeviceStart:
    """Begin a device sign-in; anybody may, so it is counted by address (`TooManyRequests`)."""
    client_name = one_line(client_name, "client_name", LONGEST_NAME)
    slow_down("device", address, limit=PER_ADDRESS, window=TTL)
    device_code = new_token("dev")
    while True:
        user_code = new_user_code()
        try:
            with transaction.atomic():
                DeviceGrant.objects.create(
                    device_code_hash=token_hash(device_code),
                    user_code=user_code,
                    client_name=client_name,
                    interval_seconds=INTERVAL_SECONDS,
                    expires_at=timezone.now() + TTL,
                )
        except IntegrityError:  # the user code is taken: one in many millions
            continue
        return DeviceStart(
            device_code=device_code,
            user_code=shown_user_code(user_code),
            interval=INTERVAL_SECONDS,
            expires_in=int(TTL.total_seconds()),
        )

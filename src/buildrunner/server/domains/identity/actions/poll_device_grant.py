"""A waiting terminal asks whether somebody said yes (RFC 8628, 3.4 and 3.5)."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from buildrunner.server.domains.identity.models import DeviceGrant
from buildrunner.server.domains.identity.types import DevicePoll
from buildrunner.server.platform.crypto.tokens import token_hash

# A terminal that waits exactly the interval must not be called early by the clock's grain.
GRACE = timedelta(milliseconds=200)


@transaction.atomic
def poll_device_grant(device_code: str) -> DevicePoll:
    """Where the wish stands. `approved` is answered once, and never again for this code.

    Every refusal is an answer rather than an exception, so that the slower interval is kept.
    """
    now = timezone.now()
    grant = (
        DeviceGrant.objects.select_for_update()
        .filter(device_code_hash=token_hash(device_code), expires_at__gt=now)
        .exclude(state=DeviceGrant.State.USED)
        .first()
    )
    if grant is None:
        return DevicePoll("expired_token")
    if grant.state == DeviceGrant.State.DENIED:
        return DevicePoll("access_denied", grant.client_name)
    early = grant.polled_at and now < (
        grant.polled_at + timedelta(seconds=grant.interval_seconds) - GRACE
    )
    grant.polled_at = now
    if early:
        grant.interval_seconds += 5
    elif grant.state == DeviceGrant.State.APPROVED:
        grant.state = DeviceGrant.State.USED
    grant.save(update_fields=["polled_at", "interval_seconds", "state"])
    if early:
        return DevicePoll("slow_down", grant.client_name, interval=grant.interval_seconds)
    if grant.state == DeviceGrant.State.PENDING:
        return DevicePoll(
            "authorization_pending", grant.client_name, interval=grant.interval_seconds
        )
    person = grant.person
    if person is None or not person.is_active:
        return DevicePoll("access_denied", grant.client_name)
    return DevicePoll("approved", grant.client_name, person.id)

"""Removing what nobody can use any more."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from buildrunner.server.domains.identity.actions.keep_outbox import trim_outbox
from buildrunner.server.domains.identity.models import (
    BrowserSession,
    CacheEntry,
    DeviceGrant,
    SignInLink,
    Throttle,
)

# A code that has just expired still answers "expired" rather than "unknown"; keep it a while.
KEPT = timedelta(days=1)


def purge_expired() -> dict[str, int]:
    """Delete expired links, device codes, sessions and attempt counters; answers how many."""
    now = timezone.now()
    doomed = {
        "sign_in_links": SignInLink.objects.filter(expires_at__lt=now - KEPT),
        "device_grants": DeviceGrant.objects.filter(expires_at__lt=now - KEPT),
        "sessions": BrowserSession.objects.filter(expire_date__lt=now),
        "throttles": Throttle.objects.filter(window_ends_at__lt=now),
        "cached": CacheEntry.objects.filter(expires_at__lt=now),
    }
    removed = {name: rows.delete()[0] for name, rows in doomed.items()}
    return {**removed, "outbox": trim_outbox()}

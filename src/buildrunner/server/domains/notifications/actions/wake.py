"""See to it that somebody looks after an endpoint."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from buildrunner.server.domains.notifications.models import Delivery, Endpoint
from buildrunner.server.platform.jobs.defer import defer

JOB = "notifications.deliver"


def wake(endpoint: Endpoint, at: datetime | None = None, *, anew: bool = False) -> None:
    """Queue a look at the endpoint's messages at a moment (now), unless one comes before it.

    The caller holds the row's lock, so that a message and the look that finds it cannot miss each
    other: whoever looks takes the lock before it concludes that nothing is left. `anew` supersedes
    a look that never came.
    """
    now = timezone.now()
    at = max(at or now, now)
    if endpoint.wake_at is not None and endpoint.wake_at <= at and not anew:
        return
    endpoint.wake_at = at
    endpoint.save(update_fields=["wake_at", "updated_at"])
    defer(
        JOB,
        {
            "org_id": str(endpoint.org_id),
            "endpoint_id": str(endpoint.id),
            "wake_at": at.isoformat(),
        },
        delay=at - now if at > now else None,
    )


def wake_for_next(endpoint: Endpoint) -> None:
    """Queue a look at the moment when the next message is due, if one waits."""
    if not endpoint.enabled:
        return
    due = (
        Delivery.objects.filter(endpoint_id=endpoint.id, due_at__isnull=False)
        .order_by("due_at", "id")
        .values_list("due_at", flat=True)
        .first()
    )
    if due is not None:
        wake(endpoint, due)


def moments(count: int) -> list[datetime]:
    """`count` moments in order, so that messages queued together keep theirs."""
    now = timezone.now()
    return [now + timedelta(microseconds=number) for number in range(count)]

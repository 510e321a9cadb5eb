"""What was exported, and when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from buildrunner.server.platform.events.models import Event


def latest_export(org_id: UUID, *, since: datetime) -> UUID | None:
    """The receipt of the organization's newest export, in its scope; `None` without one."""
    found = (
        Event.objects.filter(org_id=org_id, kind="organization.exported", created_at__gte=since)
        .order_by("-id")
        .values_list("subject", flat=True)
        .first()
    )
    return UUID(found) if found else None

"""Where an organization's or project's usage stands, in few words; in scope."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from buildrunner.server.domains.metering.models import Balance, Rollup

_REACH = timedelta(days=31)


def usage_mark(org_id: UUID, project_id: UUID | None = None) -> str:
    """Words that are others as soon as usage of the last month was counted, or money was held or
    spent: what an open page asks for instead of its numbers."""
    since = datetime.now(UTC) - _REACH
    rows = Rollup.objects.filter(org_id=org_id, grain="day", bucket__gte=since)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    told = rows.aggregate(events=Sum("events"), cost=Sum("cost"))
    held = Balance.objects.filter(org_id=org_id).aggregate(Sum("spent"), Sum("reserved"))
    return " ".join(f"{one or 0}" for one in (*told.values(), *held.values()))

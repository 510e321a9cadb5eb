"""The rows behind a sum: events of one cause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from buildrunner.server.domains.metering.models import UsageEvent
from buildrunner.server.domains.tenancy.facade import Project, names_of_members

# What the page tells apart, and the column.
CAUSES: Final = {
    "model": "model",
    "provider": "provider",
    "milestone": "milestone",
    "person": "person_id",
    "agent": "agent_id",
    "microstep": "microstep",
    "type": "type",
    "project": "project_id",
}
_BY_ID: Final = frozenset({"person", "agent", "project"})


def rows_behind(
    org_id: UUID,
    *,
    by: str,
    value: str,
    since: datetime,
    until: datetime,
    project_id: UUID | None = None,
    limit: int = 100,
) -> list[UsageEvent]:
    """The latest events of one cause (an empty value: of none); in scope."""
    rows = UsageEvent.objects.filter(org_id=org_id, time__gte=since, time__lt=until)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    column = CAUSES[by]
    if not value:
        rows = rows.filter(**{f"{column}__isnull": True})
    elif by in _BY_ID:
        try:
            rows = rows.filter(**{column: UUID(value)})
        except ValueError:
            return []
    else:
        rows = rows.filter(**{column: value})
    return list(rows.order_by("-time", "-id")[:limit])


def names_behind(by: str, values: Iterable[str]) -> dict[str, str]:
    """What ids are called, in scope; those that are gone are left out."""
    ids = []
    for one in values:
        try:
            ids.append(UUID(one))
        except ValueError:
            continue
    if by == "project":
        found = Project.objects.filter(id__in=ids).values_list("id", "title")
        return {str(one): title for one, title in found}
    if by in _BY_ID or by == "team":
        return {str(one): name for one, (name, _) in names_of_members(ids).items()}
    return {}

"""The plan as it stands, or the empty one it begins with."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess


def standing(access: ProjectAccess) -> tuple[int, dict[str, Any]]:
    """(revision, plan); before the first push revision 0 and an empty plan."""
    try:
        stored = plans.read_plan(access)
    except plans.PlanAbsent:
        return 0, empty_plan(access)
    return stored.revision, stored.plan()


def empty_plan(access: ProjectAccess) -> dict[str, Any]:
    """What a plan has before anything stands in it."""
    return {
        "projectId": str(access.project_id),
        "title": access.title or "Plan",
        "version": "0.1.0",
        "updatedAt": timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "milestones": [],
    }

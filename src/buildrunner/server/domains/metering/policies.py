"""Questions to rooms beside."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from buildrunner.server.platform.gates import Gate


class CostLimits(NamedTuple):
    """What a project's policy says of costs, in USD."""

    daily: Decimal | None = None  # analytics.max_daily_cost
    alert: Decimal | None = None  # analytics.budget_alert_threshold


@Gate
def cost_limits(org_id: UUID, project_id: UUID) -> CostLimits:  # noqa: ARG001
    """The limits of the policy in force, in the organization's scope; without one none."""
    return CostLimits()

"""What the policy in force says of costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from buildrunner.server.domains.governance.models import PolicyVersion
from buildrunner.server.domains.governance.queries.policy import policy_view


def analytics_policy(org_id: UUID, project_id: UUID) -> dict[str, Any]:
    """The section `analytics` of the policy in force, empty without one; in the organization's
    scope."""
    row = (
        PolicyVersion.objects.filter(org_id=org_id, project_id=project_id)
        .order_by("-number")
        .first()
    )
    return dict(policy_view(row).policy.get("analytics") or {}) if row else {}


def cost_limits(org_id: UUID, project_id: UUID) -> tuple[Decimal | None, Decimal | None]:
    """`max_daily_cost` and `budget_alert_threshold` in USD; in the organization's scope."""
    said = analytics_policy(org_id, project_id)
    daily, alert = said.get("max_daily_cost"), said.get("budget_alert_threshold")
    return (
        None if daily is None else Decimal(str(daily)),
        None if alert is None else Decimal(str(alert)),
    )

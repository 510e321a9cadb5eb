"""What the policy of a project says of telling people: the answer to the gate of notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from buildrunner.server.domains.governance.models import PolicyVersion
from buildrunner.server.domains.governance.queries.policy import policy_view


def notification_policy(org_id: UUID, project_id: UUID) -> Mapping[str, Any]:
    """The section `notifications` of the policy in force; in the organization's scope."""
    row = (
        PolicyVersion.objects.filter(org_id=org_id, project_id=project_id)
        .order_by("-number")
        .first()
    )
    said = policy_view(row).policy.get("notifications") if row else None
    return said if isinstance(said, Mapping) else {}

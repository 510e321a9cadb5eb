"""What the policies of projects call personal: the answer to the ledger's gate."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from buildrunner.policy.redaction import KINDS
from buildrunner.policy.sections import audit_rules
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.governance.models import PolicyVersion
from buildrunner.server.domains.governance.queries.policy import policy_view


def project_privacy(
    org_id: UUID, project_ids: Collection[UUID]
) -> dict[UUID, audit.ProjectPrivacy]:
    """By project, where its policy in force has a section `audit`; in the organization's scope."""
    rows = (
        PolicyVersion.objects.filter(org_id=org_id, project_id__in=project_ids)
        .order_by("project_id", "-number")
        .distinct("project_id")
    )
    found = {}
    for row in rows:
        policy = policy_view(row).policy
        if "audit" in policy:
            said = audit_rules(policy)
            kinds = KINDS if said["redact"] is None else said["redact"]
            found[row.project_id] = audit.ProjectPrivacy(said["redact_pii"], tuple(kinds))
    return found

"""A policy, changes to judge by it, and requests to approve them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.tenancy import facade as tenancy
from factories.tenants import Tenant, add_person

POLICY = """\
version: "2.0"
protected_paths:
  - path: billing/
    reason: money
    approvals:
      - {role: TechLead, count: 1}
      - {role: QA, count: 1}
  - infra/
approvals:
  required:
    - {role: TechLead, count: 1}
emergency:
  bypass_enabled: true
  bypass_roles: [PM]
  post_review_hours: 24
waivers:
  max_days: 30
"""
HEAD, NEXT, BASE = "a" * 40, "b" * 40, "c" * 40


def change(*paths: str, head: str = HEAD, **members: Any) -> dict[str, Any]:
    """A change that modifies these paths, by somebody unknown to the server."""
    return {
        "files": [
            {
                "path": path,
                "status": "modified",
                "digest": f"{head[:8]}-{path}",
                "hunks": [{"added": [[1, "x = 1"]], "removed": [[1, "x = 0"]]}],
            }
            for path in paths
        ],
        "commits": [
            {
                "id": head,
                "message": "feat: change",
                "author": {"name": "Bob", "email": "bob@example.test"},
            }
        ],
        "title": "Change",
        "body": "",
        "branch": "feature",
        "target": "main",
        "base": BASE,
        "head": head,
        **members,
    }


def make_governance_rows(tenant: Tenant) -> dict[str, object]:
    """A row in every table of the room: a policy, a request that was approved, another that an
    emergency let through, and a waiver."""
    actor, project = tenant.actor, tenant.project_id
    governance.save_policy(actor, project, text=POLICY, expected=["*"])
    opener = tenancy.actor_for_person(add_person(tenant, project_role="contributor"))
    first, _ = governance.request_approval(opener, project, change=change("infra/a.tf"))
    lead = tenancy.actor_for_person(add_person(tenant, project_role="techlead"))
    governance.approve(lead, project, number=first.number, head=HEAD)
    second, _ = governance.request_approval(
        opener, project, change=change("infra/b.tf", head=NEXT, branch="hotfix")
    )
    governance.bypass(
        actor, project, number=second.number, head=NEXT, justification="The site is down."
    )
    waiver = governance.grant_waiver(
        actor,
        project,
        rule="protected-path",
        fingerprint="f" * 32,
        reason="Moves next week",
        expires_at=datetime.now(UTC) + timedelta(days=7),
    )
    with tenancy.project_scope(actor, project) as access:
        review = governance.post_reviews(access)[-1]
    return {"post_review_id": review.id, "waiver_id": waiver.id}

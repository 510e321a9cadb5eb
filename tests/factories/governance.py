"""A policy, changes to judge by it, and requests to approve them."""

from __future__ import annotations

from typing import Any

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

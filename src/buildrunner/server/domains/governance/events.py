"""The events of this room and their data."""

from __future__ import annotations

from typing import Final

SAVED: Final = "policy.saved"  # {number, digest, warnings, restored_from}
REQUESTED: Final = "approval.requested"  # {number, title, branch, target, head, allowed}
RENEWED: Final = "approval.renewed"  # {number, head, previous, allowed}: a push made it stale
GIVEN: Final = "approval.given"  # {number, head, roles, allowed}
REJECTED: Final = "approval.rejected"  # {number, head, roles, note}
TAKEN_BACK: Final = "approval.taken_back"  # {number, head, verdict}
WITHDRAWN: Final = "approval.request_withdrawn"  # {number, head}
BYPASSED: Final = "emergency.bypassed"  # {number, head, justification, rules, review_due}
REVIEWED: Final = "emergency.reviewed"  # {number, outcome, note, late}
WAIVED: Final = "waiver.granted"  # {rule, fingerprint, path, reason, expires}
UNWAIVED: Final = "waiver.revoked"  # {rule, fingerprint}
CHECKED: Final = "governance.checked"  # {source, head, allowed, rules: {rule: count}}

"""The events of this room and their data."""

from __future__ import annotations

from typing import Final

CHECKPOINTED: Final = "ledger.checkpointed"  # {size, root, key_id}
KEY_REGISTERED: Final = "signing_key.registered"  # {key_id, purpose, name}
KEY_REVOKED: Final = "signing_key.revoked"  # {key_id, purpose, name}
REVIEW_SCHEDULED: Final = "access_review.scheduled"  # {quarterly}
REVIEW_OPENED: Final = "access_review.opened"  # {period, due, members}
REVIEW_DECIDED: Final = "access_review.decided"  # {period, member, approved, access, note}
REVIEW_OVERDUE: Final = "access_review.overdue"  # {period, due}
REVIEW_COMPLETED: Final = "access_review.completed"  # {period, approved, removed}

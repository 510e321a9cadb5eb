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
DESTINATION_ADDED: Final = "ledger.destination_added"  # {kind, title, url, enabled, redact}
DESTINATION_CHANGED: Final = "ledger.destination_changed"  # the same
DESTINATION_REMOVED: Final = "ledger.destination_removed"  # the same
DESTINATION_ASKED: Final = "ledger.destination_asked"  # the same: to send at once

# Not an event of the stream: the record that a restore took place.
EPOCH_BEGUN: Final = "ledger.epoch_begun"  # {epoch, before}
SETTINGS_CHANGED: Final = "ledger.settings_changed"  # {audit_retention_days, redact_names, redact}
PERSON_ERASED: Final = "ledger.person_erased"  # {person}
RECORDS_REMOVED: Final = "ledger.records_removed"  # {first_seq, last_seq, days}

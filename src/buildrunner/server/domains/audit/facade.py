"""The door to the ledger."""

from buildrunner.server.domains.audit.actions.decide_access import decide_access
from buildrunner.server.domains.audit.actions.make_checkpoint import (
    checkpoint_grown,
    make_checkpoint,
)
from buildrunner.server.domains.audit.actions.open_access_review import (
    keep_access_reviews,
    open_access_review,
    schedule_access_reviews,
)
from buildrunner.server.domains.audit.actions.seal_events import seal_committed, seal_events
from buildrunner.server.domains.audit.actions.signing_keys import register_key, revoke_key
from buildrunner.server.domains.audit.queries.access_reviews import (
    access_review_items,
    access_reviews,
    get_access_review,
    reviews_are_quarterly,
)
from buildrunner.server.domains.audit.queries.checkpoints import checkpoints, consistency
from buildrunner.server.domains.audit.queries.keys import known_keys, list_keys
from buildrunner.server.domains.audit.queries.records import (
    Piece,
    export_piece,
    find_records,
    get_record,
)
from buildrunner.server.domains.audit.queries.tree import size_of
from buildrunner.server.domains.audit.types import (
    CheckpointView,
    Consistency,
    Filters,
    Inclusion,
    KnownKey,
    LedgerEntry,
    ReviewItemView,
    ReviewView,
)

__all__ = [
    "CheckpointView",
    "Consistency",
    "Filters",
    "Inclusion",
    "KnownKey",
    "LedgerEntry",
    "Piece",
    "ReviewItemView",
    "ReviewView",
    "access_review_items",
    "access_reviews",
    "checkpoint_grown",
    "checkpoints",
    "consistency",
    "decide_access",
    "export_piece",
    "find_records",
    "get_access_review",
    "get_record",
    "keep_access_reviews",
    "known_keys",
    "list_keys",
    "make_checkpoint",
    "open_access_review",
    "register_key",
    "reviews_are_quarterly",
    "revoke_key",
    "schedule_access_reviews",
    "seal_committed",
    "seal_events",
    "size_of",
]

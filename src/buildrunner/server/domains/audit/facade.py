"""The door to the ledger."""

from buildrunner.server.domains.audit.actions.make_checkpoint import (
    checkpoint_grown,
    make_checkpoint,
)
from buildrunner.server.domains.audit.actions.seal_events import seal_committed, seal_events
from buildrunner.server.domains.audit.actions.signing_keys import register_key, revoke_key
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
)

__all__ = [
    "CheckpointView",
    "Consistency",
    "Filters",
    "Inclusion",
    "KnownKey",
    "LedgerEntry",
    "Piece",
    "checkpoint_grown",
    "checkpoints",
    "consistency",
    "export_piece",
    "find_records",
    "get_record",
    "known_keys",
    "list_keys",
    "make_checkpoint",
    "register_key",
    "revoke_key",
    "seal_committed",
    "seal_events",
    "size_of",
]

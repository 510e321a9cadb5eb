"""The door to the ledger."""

from buildrunner.server.domains.audit.actions.change_settings import change_settings
from buildrunner.server.domains.audit.actions.decide_access import decide_access
from buildrunner.server.domains.audit.actions.destinations import (
    add_destination,
    change_destination,
    remove_destination,
    send_now,
)
from buildrunner.server.domains.audit.actions.erase_person import (
    erase_leaver,
    erase_person,
    reapply_erasures,
)
from buildrunner.server.domains.audit.actions.make_checkpoint import (
    checkpoint_grown,
    make_checkpoint,
)
from buildrunner.server.domains.audit.actions.open_access_review import (
    keep_access_reviews,
    open_access_review,
    schedule_access_reviews,
)
from buildrunner.server.domains.audit.actions.retain import retain, retain_all
from buildrunner.server.domains.audit.actions.seal_events import seal_committed, seal_events
from buildrunner.server.domains.audit.actions.ship import ship, wake_destinations
from buildrunner.server.domains.audit.actions.signing_keys import register_key, revoke_key
from buildrunner.server.domains.audit.policies import project_privacy, require_feature
from buildrunner.server.domains.audit.queries.access_reviews import (
    access_review_items,
    access_reviews,
    get_access_review,
    reviews_are_quarterly,
)
from buildrunner.server.domains.audit.queries.checkpoints import checkpoints, consistency
from buildrunner.server.domains.audit.queries.destinations import destinations, get_destination
from buildrunner.server.domains.audit.queries.keys import known_keys, list_keys
from buildrunner.server.domains.audit.queries.privacy import erasures, get_settings
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
    DestinationView,
    ErasureView,
    Filters,
    Inclusion,
    KnownKey,
    LedgerEntry,
    NewDestination,
    ProjectPrivacy,
    ReviewItemView,
    ReviewView,
    SettingsView,
)

__all__ = [
    "CheckpointView",
    "Consistency",
    "DestinationView",
    "ErasureView",
    "Filters",
    "Inclusion",
    "KnownKey",
    "LedgerEntry",
    "NewDestination",
    "Piece",
    "ProjectPrivacy",
    "ReviewItemView",
    "ReviewView",
    "SettingsView",
    "access_review_items",
    "access_reviews",
    "add_destination",
    "change_destination",
    "change_settings",
    "checkpoint_grown",
    "checkpoints",
    "consistency",
    "decide_access",
    "destinations",
    "erase_leaver",
    "erase_person",
    "erasures",
    "export_piece",
    "find_records",
    "get_access_review",
    "get_destination",
    "get_record",
    "get_settings",
    "keep_access_reviews",
    "known_keys",
    "list_keys",
    "make_checkpoint",
    "open_access_review",
    "project_privacy",
    "reapply_erasures",
    "register_key",
    "remove_destination",
    "require_feature",
    "retain",
    "retain_all",
    "reviews_are_quarterly",
    "revoke_key",
    "schedule_access_reviews",
    "seal_committed",
    "seal_events",
    "send_now",
    "ship",
    "size_of",
    "wake_destinations",
]

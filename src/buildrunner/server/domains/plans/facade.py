"""The door to stored plans."""

from buildrunner.server.domains.plans.actions.change_plan import MAX_EDITS, change_plan
from buildrunner.server.domains.plans.actions.claim_microstep import claim_microstep
from buildrunner.server.domains.plans.actions.edit_field import edit_field
from buildrunner.server.domains.plans.actions.edit_plan import edit_plan
from buildrunner.server.domains.plans.actions.expire_claims import expire_claims
from buildrunner.server.domains.plans.actions.release_claim import release_claim
from buildrunner.server.domains.plans.actions.release_claims_of import release_claims_of
from buildrunner.server.domains.plans.actions.restore_revision import restore_revision
from buildrunner.server.domains.plans.actions.save_plan import ANY, save_plan
from buildrunner.server.domains.plans.actions.set_status import set_status
from buildrunner.server.domains.plans.actions.sync_plan import sync_plan
from buildrunner.server.domains.plans.actions.undo_revision import undo_revision
from buildrunner.server.domains.plans.errors import (
    BaseUnknown,
    ClaimAbsent,
    ClaimHeld,
    EditConflict,
    EntityAbsent,
    IdempotencyKeyReused,
    InvalidOperations,
    NotProven,
    PlanAbsent,
    PlanInvalid,
    PlanMoved,
    RevisionAbsent,
    RevisionRequired,
    SyncConflict,
    UndoConflict,
)
from buildrunner.server.domains.plans.policies import unproven
from buildrunner.server.domains.plans.queries import (
    claimants,
    compare_revisions,
    document_at,
    list_claims,
    list_revisions,
    operations_between,
    read_head,
    read_plan,
    read_revision,
    small_operations,
    summaries_between,
    touching,
)
from buildrunner.server.domains.plans.rules.edits import (
    AddEdit,
    MergeEdit,
    MoveEdit,
    Part,
    PlanEdit,
    RemoveEdit,
    SetEdit,
    SplitEdit,
)
from buildrunner.server.domains.plans.rules.limits import MAX_DOCUMENT_BYTES
from buildrunner.server.domains.plans.types import (
    ClaimView,
    Comparison,
    HeadSummary,
    Operation,
    Plan,
    RevisionDetail,
    RevisionSummary,
    SavedPlan,
    Seen,
    StoredPlan,
    SyncOutcome,
    SyncRequest,
    Unproven,
)

__all__ = [
    "ANY",
    "MAX_DOCUMENT_BYTES",
    "MAX_EDITS",
    "AddEdit",
    "BaseUnknown",
    "ClaimAbsent",
    "ClaimHeld",
    "ClaimView",
    "Comparison",
    "EditConflict",
    "EntityAbsent",
    "HeadSummary",
    "IdempotencyKeyReused",
    "InvalidOperations",
    "MergeEdit",
    "MoveEdit",
    "NotProven",
    "Operation",
    "Part",
    "Plan",
    "PlanAbsent",
    "PlanEdit",
    "PlanInvalid",
    "PlanMoved",
    "RemoveEdit",
    "RevisionAbsent",
    "RevisionDetail",
    "RevisionRequired",
    "RevisionSummary",
    "SavedPlan",
    "Seen",
    "SetEdit",
    "SplitEdit",
    "StoredPlan",
    "SyncConflict",
    "SyncOutcome",
    "SyncRequest",
    "UndoConflict",
    "Unproven",
    "change_plan",
    "claim_microstep",
    "claimants",
    "compare_revisions",
    "document_at",
    "edit_field",
    "edit_plan",
    "expire_claims",
    "list_claims",
    "list_revisions",
    "operations_between",
    "read_head",
    "read_plan",
    "read_revision",
    "release_claim",
    "release_claims_of",
    "restore_revision",
    "save_plan",
    "set_status",
    "small_operations",
    "summaries_between",
    "sync_plan",
    "touching",
    "undo_revision",
    "unproven",
]

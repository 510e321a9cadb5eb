"""The door to stored plans."""

from buildrunner.server.domains.plans.actions.claim_microstep import claim_microstep
from buildrunner.server.domains.plans.actions.edit_plan import edit_plan
from buildrunner.server.domains.plans.actions.expire_claims import expire_claims
from buildrunner.server.domains.plans.actions.release_claim import release_claim
from buildrunner.server.domains.plans.actions.restore_revision import restore_revision
from buildrunner.server.domains.plans.actions.save_plan import ANY, save_plan
from buildrunner.server.domains.plans.actions.set_status import set_status
from buildrunner.server.domains.plans.actions.sync_plan import sync_plan
from buildrunner.server.domains.plans.errors import (
    BaseUnknown,
    ClaimAbsent,
    ClaimHeld,
    EditConflict,
    EntityAbsent,
    IdempotencyKeyReused,
    InvalidOperations,
    PlanAbsent,
    PlanInvalid,
    PlanMoved,
    RevisionAbsent,
    RevisionRequired,
    SyncConflict,
)
from buildrunner.server.domains.plans.queries import (
    document_at,
    list_claims,
    list_revisions,
    operations_between,
    read_head,
    read_plan,
    read_revision,
)
from buildrunner.server.domains.plans.rules.limits import MAX_DOCUMENT_BYTES
from buildrunner.server.domains.plans.types import (
    ClaimView,
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
)

__all__ = [
    "ANY",
    "MAX_DOCUMENT_BYTES",
    "BaseUnknown",
    "ClaimAbsent",
    "ClaimHeld",
    "ClaimView",
    "EditConflict",
    "EntityAbsent",
    "HeadSummary",
    "IdempotencyKeyReused",
    "InvalidOperations",
    "Operation",
    "Plan",
    "PlanAbsent",
    "PlanInvalid",
    "PlanMoved",
    "RevisionAbsent",
    "RevisionDetail",
    "RevisionRequired",
    "RevisionSummary",
    "SavedPlan",
    "Seen",
    "StoredPlan",
    "SyncConflict",
    "SyncOutcome",
    "SyncRequest",
    "claim_microstep",
    "document_at",
    "edit_plan",
    "expire_claims",
    "list_claims",
    "list_revisions",
    "operations_between",
    "read_head",
    "read_plan",
    "read_revision",
    "release_claim",
    "restore_revision",
    "save_plan",
    "set_status",
    "sync_plan",
]

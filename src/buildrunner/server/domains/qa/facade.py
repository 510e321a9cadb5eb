"""The door to proof."""

from buildrunner.server.domains.qa.actions.quarantine import lift_quarantine, quarantine_check
from buildrunner.server.domains.qa.actions.request_rerun import request_rerun
from buildrunner.server.domains.qa.actions.sign_off import revoke_sign_off, sign_off
from buildrunner.server.domains.qa.actions.take_evidence import MOST, take_evidence
from buildrunner.server.domains.qa.errors import (
    AuthorAlone,
    CheckAbsent,
    CriterionChanged,
    EvidenceAbsent,
    InPersonOnly,
    NotFlaky,
    QuarantineAbsent,
    SignOffAbsent,
)
from buildrunner.server.domains.qa.queries.marks import proof_details, proof_marks
from buildrunner.server.domains.qa.queries.proof import (
    Survey,
    project_proof,
    unproven,
    with_histories,
)
from buildrunner.server.domains.qa.queries.records import (
    list_evidence,
    named_microsteps,
    quarantines,
    read_evidence,
    sign_offs,
)
from buildrunner.server.domains.qa.queries.runs import find_run
from buildrunner.server.domains.qa.rules.marks import MARK_SIGNS, STATE_SIGNS
from buildrunner.server.domains.qa.types import (
    CheckState,
    CriterionState,
    EvidenceDetail,
    EvidenceView,
    FoundRun,
    MicrostepProof,
    ProjectProof,
    ProofCounts,
    QuarantineView,
    RerunRequest,
    SignOffView,
    SurveyLine,
    Taken,
)

__all__ = [
    "MARK_SIGNS",
    "MOST",
    "STATE_SIGNS",
    "AuthorAlone",
    "CheckAbsent",
    "CheckState",
    "CriterionChanged",
    "CriterionState",
    "EvidenceAbsent",
    "EvidenceDetail",
    "EvidenceView",
    "FoundRun",
    "InPersonOnly",
    "MicrostepProof",
    "NotFlaky",
    "ProjectProof",
    "ProofCounts",
    "QuarantineAbsent",
    "QuarantineView",
    "RerunRequest",
    "SignOffAbsent",
    "SignOffView",
    "Survey",
    "SurveyLine",
    "Taken",
    "find_run",
    "lift_quarantine",
    "list_evidence",
    "named_microsteps",
    "project_proof",
    "proof_details",
    "proof_marks",
    "quarantine_check",
    "quarantines",
    "read_evidence",
    "request_rerun",
    "revoke_sign_off",
    "sign_off",
    "sign_offs",
    "take_evidence",
    "unproven",
    "with_histories",
]

"""The door to governance."""

from buildrunner.server.domains.governance.actions.save_policy import (
    ANY,
    LONGEST,
    restore_policy,
    save_policy,
)
from buildrunner.server.domains.governance.errors import PolicyAbsent, PolicyInvalid, PolicyMoved
from buildrunner.server.domains.governance.queries.policy import (
    current_policy,
    policy_version,
    policy_versions,
    proof_rules,
    validate,
)
from buildrunner.server.domains.governance.types import PolicyView, Validation

__all__ = [
    "ANY",
    "LONGEST",
    "PolicyAbsent",
    "PolicyInvalid",
    "PolicyMoved",
    "PolicyView",
    "Validation",
    "current_policy",
    "policy_version",
    "policy_versions",
    "proof_rules",
    "restore_policy",
    "save_policy",
    "validate",
]

"""The door to governance."""

from buildrunner.server.domains.governance.actions.bypass import bypass, review_bypass
from buildrunner.server.domains.governance.actions.decide import approve, reject, take_back
from buildrunner.server.domains.governance.actions.record_run import record_run
from buildrunner.server.domains.governance.actions.request_approval import (
    request_approval,
    withdraw_request,
)
from buildrunner.server.domains.governance.actions.save_policy import (
    ANY,
    LONGEST,
    restore_policy,
    save_policy,
)
from buildrunner.server.domains.governance.actions.waive import grant_waiver, revoke_waiver
from buildrunner.server.domains.governance.errors import PolicyAbsent, PolicyInvalid, PolicyMoved
from buildrunner.server.domains.governance.policies import open_anomalies
from buildrunner.server.domains.governance.queries.costs import analytics_policy, cost_limits
from buildrunner.server.domains.governance.queries.judging import check_change, read_change
from buildrunner.server.domains.governance.queries.notices import notification_policy
from buildrunner.server.domains.governance.queries.policy import (
    current_policy,
    policy_version,
    policy_versions,
    proof_rules,
    validate,
)
from buildrunner.server.domains.governance.queries.privacy import project_privacy
from buildrunner.server.domains.governance.queries.records import (
    list_runs,
    numbers_of,
    overview,
)
from buildrunner.server.domains.governance.queries.requests import (
    list_requests,
    post_reviews,
    read_request,
)
from buildrunner.server.domains.governance.queries.simulation import simulate
from buildrunner.server.domains.governance.queries.told import find_told
from buildrunner.server.domains.governance.queries.transitions import barred
from buildrunner.server.domains.governance.queries.waivers import list_waivers
from buildrunner.server.domains.governance.types import (
    FoundJudgement,
    Judgement,
    Overview,
    PolicyView,
    PostReviewView,
    RequestDetail,
    RequestView,
    RunView,
    Simulation,
    Validation,
    WaiverView,
)

__all__ = [
    "ANY",
    "LONGEST",
    "FoundJudgement",
    "Judgement",
    "Overview",
    "PolicyAbsent",
    "PolicyInvalid",
    "PolicyMoved",
    "PolicyView",
    "PostReviewView",
    "RequestDetail",
    "RequestView",
    "RunView",
    "Simulation",
    "Validation",
    "WaiverView",
    "analytics_policy",
    "approve",
    "barred",
    "bypass",
    "check_change",
    "cost_limits",
    "current_policy",
    "find_told",
    "grant_waiver",
    "list_requests",
    "list_runs",
    "list_waivers",
    "notification_policy",
    "numbers_of",
    "open_anomalies",
    "overview",
    "policy_version",
    "policy_versions",
    "post_reviews",
    "project_privacy",
    "proof_rules",
    "read_change",
    "read_request",
    "record_run",
    "reject",
    "request_approval",
    "restore_policy",
    "review_bypass",
    "revoke_waiver",
    "save_policy",
    "simulate",
    "take_back",
    "validate",
    "withdraw_request",
]

"""Columns and constraints."""

from buildrunner.server.domains.governance.models.approvals import (
    ChangeRequest,
    PostReview,
    Vote,
)
from buildrunner.server.domains.governance.models.policy import PolicyVersion
from buildrunner.server.domains.governance.models.records import CheckRun, Waiver

__all__ = ["ChangeRequest", "CheckRun", "PolicyVersion", "PostReview", "Vote", "Waiver"]

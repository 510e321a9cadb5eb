"""The tables of the room."""

from buildrunner.server.domains.audit.models.access_reviews import (
    AccessReview,
    AccessReviewItem,
    ReviewSchedule,
)
from buildrunner.server.domains.audit.models.anchors import Checkpoint, Segment
from buildrunner.server.domains.audit.models.destinations import Destination
from buildrunner.server.domains.audit.models.keys import PersonKey, SigningKey
from buildrunner.server.domains.audit.models.ledger import LedgerNode, LedgerRecord
from buildrunner.server.domains.audit.models.privacy import AuditSettings, Erasure

__all__ = [
    "AccessReview",
    "AccessReviewItem",
    "AuditSettings",
    "Checkpoint",
    "Destination",
    "Erasure",
    "LedgerNode",
    "LedgerRecord",
    "PersonKey",
    "ReviewSchedule",
    "Segment",
    "SigningKey",
]

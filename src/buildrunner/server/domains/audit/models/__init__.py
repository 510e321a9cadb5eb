"""The tables of the room."""

from buildrunner.server.domains.audit.models.access_reviews import (
    AccessReview,
    AccessReviewItem,
    ReviewSchedule,
)
from buildrunner.server.domains.audit.models.anchors import Checkpoint, Segment
from buildrunner.server.domains.audit.models.keys import PersonKey, SigningKey
from buildrunner.server.domains.audit.models.ledger import LedgerNode, LedgerRecord

__all__ = [
    "AccessReview",
    "AccessReviewItem",
    "Checkpoint",
    "LedgerNode",
    "LedgerRecord",
    "PersonKey",
    "ReviewSchedule",
    "Segment",
    "SigningKey",
]

"""The tables of the room."""

from buildrunner.server.domains.audit.models.anchors import Checkpoint, Segment
from buildrunner.server.domains.audit.models.keys import PersonKey, SigningKey
from buildrunner.server.domains.audit.models.ledger import LedgerNode, LedgerRecord

__all__ = [
    "Checkpoint",
    "LedgerNode",
    "LedgerRecord",
    "PersonKey",
    "Segment",
    "SigningKey",
]

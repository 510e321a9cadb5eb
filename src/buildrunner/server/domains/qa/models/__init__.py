"""The tables of the room."""

from buildrunner.server.domains.qa.models.evidence import EvidenceRecord
from buildrunner.server.domains.qa.models.quarantine import Quarantine
from buildrunner.server.domains.qa.models.signatures import SignOff, SignOffKey

__all__ = ["EvidenceRecord", "Quarantine", "SignOff", "SignOffKey"]

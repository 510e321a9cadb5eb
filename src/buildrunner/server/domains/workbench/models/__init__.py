"""Tables of the room."""

from buildrunner.server.domains.workbench.models.create import Draft
from buildrunner.server.domains.workbench.models.reconcile import ConflictChoice, DriftReport
from buildrunner.server.domains.workbench.models.rescope import Rescope

__all__ = ["ConflictChoice", "Draft", "DriftReport", "Rescope"]

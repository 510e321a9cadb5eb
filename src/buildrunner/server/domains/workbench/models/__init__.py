"""Tables of the room."""

from buildrunner.server.domains.workbench.models.create import Draft
from buildrunner.server.domains.workbench.models.reconcile import ConflictChoice, DriftReport
from buildrunner.server.domains.workbench.models.rescope import Rescope
from buildrunner.server.domains.workbench.models.runs import AgentRun

__all__ = ["AgentRun", "ConflictChoice", "Draft", "DriftReport", "Rescope"]

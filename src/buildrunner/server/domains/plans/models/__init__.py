"""The tables of the room."""

from buildrunner.server.domains.plans.models.claims import Claim
from buildrunner.server.domains.plans.models.revisions import PlanHead, Revision

__all__ = ["Claim", "PlanHead", "Revision"]

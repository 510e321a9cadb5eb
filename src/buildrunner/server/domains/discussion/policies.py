"""Who may do what, and what the room asks of higher ones."""

from __future__ import annotations

from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.gates import Gate

READ, WRITE, PROMOTE = "plan.read", "comment.write", "comment.promote"


@Gate
def stands_elsewhere(access: ProjectAccess, entity_type: str, entity_id: str) -> bool:  # noqa: ARG001
    """Whether a check run or a finding of that id is there; where nobody answers, none is."""
    return False

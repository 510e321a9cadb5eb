"""Who may do what, and what the room asks of higher ones."""

from __future__ import annotations

from buildrunner.server.domains.discussion.types import Elsewhere
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.gates import Gate

READ, WRITE, PROMOTE = "plan.read", "comment.write", "comment.promote"


@Gate
def stands_elsewhere(
    access: ProjectAccess,  # noqa: ARG001
    entity_type: str,  # noqa: ARG001
    entity_id: str,  # noqa: ARG001
) -> Elsewhere | None:
    """The check run, finding or change request of that id; where nobody answers, there is none."""
    return None

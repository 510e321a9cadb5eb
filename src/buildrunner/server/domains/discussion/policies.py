"""Who may do what, and what the room asks of higher ones."""

from __future__ import annotations

from buildrunner.server.domains.discussion.models import Comment
from buildrunner.server.domains.discussion.types import Elsewhere
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor
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


def wrote(actor: Actor, row: Comment) -> bool:
    """Whether a comment is the actor's own; what came with an archive is nobody's."""
    return row.person_id is not None and row.person_id == actor.person_id

"""Make a microstep of a comment."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from buildrunner.server.domains.discussion import events, policies
from buildrunner.server.domains.discussion.errors import AlreadyPromoted
from buildrunner.server.domains.discussion.queries.places import comment_scope
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit
from buildrunner.spec import mutate


def promote_comment(
    actor: Actor, comment_id: UUID, *, step_id: str, title: str, criteria: list[str]
) -> tuple[str, int]:
    """Add a microstep to a step in one revision and tie both ends: `(its id, the revision)`.

    Needs `comment.promote`. Raises AlreadyPromoted, and what editing the plan raises.
    """
    made: list[str] = []

    def change(plan: plans.Plan) -> list[plans.Operation]:
        fields: dict[str, Any] = {
            "criteria": criteria,
            "source": {"format": "comment", "key": str(comment_id)},
        }
        operations = mutate.add_entity(plan, step_id, kind="microstep", title=title, fields=fields)
        made[:] = [one["value"]["id"] for one in operations if one["op"] == "add"]
        return operations

    with comment_scope(actor, comment_id, policies.PROMOTE) as (access, row):
        if row.promoted_to is not None:
            raise AlreadyPromoted(
                f"It has become {row.promoted_to} already.", microstep_id=row.promoted_to
            )
        saved = plans.edit_plan(
            actor, access.project_id, change=change, message=f"From a comment: {title}"[:200]
        )
        row.promoted_to = made[0]
        row.save(update_fields=["promoted_to"])
        emit(
            events.PROMOTED,
            actor=actor,
            org_id=row.org_id,
            project_id=row.project_id,
            subject=row.entity_id,
            data={"comment": str(row.id), "microstep": made[0], "revision": saved.revision},
        )
        return made[0], saved.revision

"""Move a microstep to another status."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.plans.actions.edit_plan import edit_plan
from buildrunner.server.domains.plans.errors import EntityAbsent
from buildrunner.server.domains.plans.types import Operation, Plan, SavedPlan, Seen
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.document import STATUSES
from buildrunner.spec.ids import resolve


def set_status(
    actor: Actor, project_id: UUID, *, entity_id: str, status: str, seen: str | None = None
) -> SavedPlan:
    """Set a microstep's status (`todo`, `doing`, `blocked`, `done`).

    `seen` is the status that the editor saw; if another stands there meanwhile, EditConflict.
    Raises EntityAbsent and Invalid. `updatedAt` is left alone: a status is no new version.
    """
    if status not in STATUSES:
        raise Invalid(f"a status is one of {', '.join(STATUSES)}", field="status")

    def change(plan: Plan) -> list[Operation]:
        entity = resolve(plan, entity_id)
        if entity is None or entity.kind != "microstep":
            raise EntityAbsent(entity_id, "microstep")
        return [{"op": "set", "id": entity.id, "field": "status", "value": status}]

    expected = [Seen(entity_id, "status", seen)] if seen is not None else []
    return edit_plan(actor, project_id, change=change, seen=expected)

"""Change one field of one entity, together with what others made of it meanwhile."""

from __future__ import annotations

from typing import Any, NoReturn
from uuid import UUID

from buildrunner.server.domains.plans.actions.edit_plan import Contested, edit_plan
from buildrunner.server.domains.plans.errors import EntityAbsent
from buildrunner.server.domains.plans.types import Operation, Plan, SavedPlan, Seen
from buildrunner.server.platform.actor import Actor
from buildrunner.spec import mutate
from buildrunner.spec.ids import resolve
from buildrunner.spec.threeway import merge_value
from buildrunner.spec.values import ABSENT


def edit_field(
    actor: Actor, project_id: UUID, *, entity_id: str, field: str, value: Any, seen: Any
) -> SavedPlan:
    """Set a field to `value`; `spec.values.ABSENT` takes it away.

    `seen` is what its editor had before the eyes. Where another value stands meanwhile, the three
    are merged as `spec.merge` does: lists item by item, objects key by key. What cannot stand
    together raises EditConflict with both values.

    Raises EntityAbsent, Invalid (a value that does not fit, a circle of dependencies), PlanInvalid.
    """

    def change(plan: Plan) -> list[Operation]:
        entity = resolve(plan, entity_id)
        if entity is None or not entity_id:
            raise EntityAbsent(entity_id)

        def contest(*_: Any) -> NoReturn:
            raise Contested(Seen(entity.id, field, seen))

        current = entity.value.get(field, ABSENT)
        merged = merge_value(field, seen, value, current, contest)
        if merged is ABSENT:
            return mutate.edit_fields(plan, entity.id, unset=[field])
        return mutate.edit_fields(plan, entity.id, set={field: merged})

    return edit_plan(actor, project_id, change=change)

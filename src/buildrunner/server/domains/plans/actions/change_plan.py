"""Add, set, move, split, merge and remove, as one revision."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from buildrunner.server.domains.plans import queries
from buildrunner.server.domains.plans.actions.edit_plan import edit_plan
from buildrunner.server.domains.plans.rules import limits
from buildrunner.server.domains.plans.rules.edits import PlanEdit, in_words, operations_of
from buildrunner.server.domains.plans.types import Operation, Plan, SavedPlan, Seen
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid

MAX_EDITS = 1000
# Ids of what was removed lately are not given out again: a clone may still edit what bore them.
_LOOK_BACK = 200


def change_plan(
    actor: Actor,
    project_id: UUID,
    *,
    edits: Sequence[PlanEdit],
    seen: Sequence[Seen] = (),
    expected_revision: int | None = None,
    message: str = "",
) -> SavedPlan:
    """Carry out edits in order: all of them, or none.

    `seen` and `expected_revision` are those of `edit_plan`, which this is built on. Raises
    Invalid with the code of `spec.constraints.EditRefused` and the `ids` that stand against it.
    """
    if not 0 < len(edits) <= MAX_EDITS:
        raise Invalid(f"send 1 to {MAX_EDITS:,} edits, not {len(edits):,}", field="edits")
    with project_scope(actor, project_id, "plan.write") as access:
        head = queries.read_head(access).revision
        recent = queries.operations_between(access, max(0, head - _LOOK_BACK), head)
    reserved = {operation["id"] for operation in recent if operation["op"] == "remove"}

    def change(plan: Plan) -> list[Operation]:
        return operations_of(plan, edits, reserved)

    return edit_plan(
        actor,
        project_id,
        change=change,
        seen=seen,
        expected_revision=expected_revision,
        message=message or in_words(edits)[: limits.MAX_MESSAGE],
    )

"""Where in a plan a call belongs."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import DomainError
from buildrunner.spec.ids import resolve


class Place(NamedTuple):
    """A microstep and what it stands in; not `known` where the plan does not have it."""

    microstep: str
    step: str | None = None
    milestone: str | None = None
    known: bool = False


def find_place(actor: Actor, project_id: UUID, microstep: str) -> Place:
    """Where a microstep stands in the plan (an alias leads to its id). Needs `model.use`."""
    try:
        with tenancy.project_scope(actor, project_id, "model.use") as access:
            plan = plans.read_plan(access).plan()
    except DomainError:
        return Place(microstep)
    entity = resolve(plan, microstep)
    if entity is None or entity.kind != "microstep":
        return Place(microstep)
    step = entity.above
    milestone = step.above if step is not None else None
    return Place(
        entity.id,
        step.id if step is not None else None,
        milestone.id if milestone is not None else None,
        known=True,
    )

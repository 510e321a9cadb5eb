"""References from one pack to parts of another: written as soon as both are in the plan."""

from __future__ import annotations

from buildrunner.spec.blueprints.reading import external
from buildrunner.spec.diff import apply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.blueprints.standing import Standing
    from buildrunner.spec.document import Entity

    Plan = dict[str, Any]


def link(standing: Standing) -> tuple[Plan, list[str]]:
    """The plan with waiting references written, and what there is to say about the others.

    One that would close a circle of dependencies goes on waiting.
    """
    from buildrunner.spec.graph import Graph

    plan, notes = standing.plan, []
    circular = None
    for (name, _), entity in standing.parts.items():
        waiting = entity.value["source"].get("waits")
        if waiting.__class__ is not list or not waiting:
            continue
        found = {need: _target(standing, need) for need in waiting}
        met = {need: there for need, there in found.items() if there}
        if not met:
            continue
        changed = apply(plan, _operations(entity, met))
        if circular is None:
            circular = len(Graph(plan).cycles())
        if len(Graph(changed).cycles()) > circular:
            told = ", ".join(met.values())
            notes.append(f"{entity.id} of {name} does not wait for {told}: that closes a circle")
            continue
        plan = changed
    return plan, notes


def _target(standing: Standing, need: Any) -> str:
    foreign = external(need)
    entity = standing.parts.get(foreign) if foreign else None
    return entity.id if entity is not None else ""


def _operations(entity: Entity, met: dict[str, str]) -> list[dict[str, Any]]:
    value = entity.value
    source = dict(value["source"])
    source["waits"] = [need for need in source["waits"] if need not in met]
    if not source["waits"]:
        del source["waits"]
    needs = value.get("depends_on")
    known = [*needs] if needs.__class__ is list else []
    known += [there for there in met.values() if there not in known]
    return [
        {"op": "set", "id": entity.id, "field": "depends_on", "value": known},
        {"op": "set", "id": entity.id, "field": "source", "value": source},
    ]

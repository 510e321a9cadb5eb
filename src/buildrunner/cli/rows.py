"""Microsteps as rows: which are in a part of the plan, and how one reads as JSON."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.spec.document import Entity


def rows(plan: dict[str, Any], inside: Entity | None = None) -> list[Entity]:
    """The microsteps of a plan, or of one milestone, step or microstep, in document order."""
    from buildrunner.spec.document import microsteps

    if inside is None:
        return list(microsteps(plan))
    if inside.kind == "microstep":
        return [inside]
    if inside.kind == "step":
        return inside.children()
    return [microstep for step in inside.children() for microstep in step.children()]


_FIELDS = ("title", "status", "priority", "effort_points", "impact_score", "owner", "depends_on")


def row_of(entity: Entity, claims: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A microstep in a list: id, parent, the usual fields it has, and the lease on it."""
    row: dict[str, Any] = {"id": entity.id, "parent": entity.parent}
    row.update({name: entity.value[name] for name in _FIELDS if name in entity.value})
    if entity.id in claims:
        row["claim"] = claims[entity.id]
    return row

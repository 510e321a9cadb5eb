"""A blueprint made of parts of a plan: the work without its progress."""

from __future__ import annotations

from buildrunner.spec.blueprints.rendering import BELOW, KINDS
from buildrunner.spec.document import CHILDREN, Entity, walk
from buildrunner.spec.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_TAKEN = {
    "milestone": ("title", "phase", "depends_on"),
    "step": ("title", "depends_on", "checks"),
    "microstep": (
        "title",
        "criteria",
        "links",
        "depends_on",
        "effort_points",
        "impact_score",
        "priority",
        "risk_level",
        "risk_notes",
        "demo_script",
        "rollback_plan",
        "post_check",
        "checks",
    ),
}
_LETTERS = {"milestone": "m", "step": "s", "microstep": "ms"}


def export(
    plan: dict[str, Any],
    ids: Sequence[str] = (),
    *,
    name: str,
    title: str = "",
    version: str = "1.0.0",
    summary: str = "",
) -> dict[str, Any]:
    """The parts named, with what is below and above them; the whole plan without ids.

    Status, owner, evidence and fields nobody declared stay behind, and dependencies on what is not
    taken. Raises SpecError `unknown_entity`.
    """
    known = {entity.id: entity for entity in walk(plan)}
    for identifier in ids:
        if identifier not in known:
            raise SpecError("unknown_entity", f"there is no {identifier!r} in this plan")
    chosen = _chosen(plan, set(ids), known)
    names: dict[str, str] = {}
    milestones = _milestones(plan, chosen, names)
    heading = title or str(plan.get("title", name))
    return {
        "format": "buildrunner.blueprint/1",
        "name": name,
        "version": version,
        "title": heading,
        "summary": summary or heading,
        "plan": {"milestones": [_translated(each, names) for each in milestones]},
    }


def _chosen(plan: dict[str, Any], ids: set[str], known: dict[str, Entity]) -> set[str]:
    if not ids:
        return set(known)
    chosen = set()
    for entity in walk(plan):
        if entity.id in ids or entity.parent in ids:
            chosen.add(entity.id)
            ids.add(entity.id)
    for identifier in [*chosen]:
        above = known[identifier].above
        while above is not None and above.kind != "root":
            chosen.add(above.id)
            above = above.above
    return chosen


def _milestones(
    plan: dict[str, Any], chosen: set[str], names: dict[str, str]
) -> list[dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    top: list[dict[str, Any]] = []
    for entity in walk(plan):
        if entity.id not in chosen:
            continue
        if entity.kind == "milestone":
            siblings, stem = top, ""
        else:
            siblings, stem = made[entity.parent][CHILDREN[_above(entity)]], names[entity.parent]
        own = f"{_LETTERS[entity.kind]}{len(siblings) + 1}"
        names[entity.id] = f"{stem}.{own}" if stem else own
        value: dict[str, Any] = {"id": names[entity.id]}
        value.update(
            {field: entity.value[field] for field in _TAKEN[entity.kind] if field in entity.value}
        )
        if entity.kind in BELOW:
            value[BELOW[entity.kind]] = []
        made[entity.id] = value
        siblings.append(value)
    return top


def _above(entity: Entity) -> str:
    return next(kind for kind, below in KINDS.items() if below == entity.kind)


def _translated(value: Any, names: dict[str, str], member: str = "") -> Any:
    if value.__class__ is str:
        return value.replace("${", "$${")
    if value.__class__ is list:
        if member == "depends_on":
            return [names[each] for each in value if each.__class__ is str and each in names]
        return [_translated(each, names) for each in value]
    if value.__class__ is dict:
        fields = {key: _translated(each, names, key) for key, each in value.items()}
        if fields.get("depends_on") == []:
            del fields["depends_on"]
        return fields
    return value

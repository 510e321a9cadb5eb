"""What of which pack stands in a plan."""

from __future__ import annotations

from buildrunner.spec.document import Entity, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Plan = dict[str, Any]

FORMAT = "blueprint"


def entry_of(plan: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What the plan keeps about a pack in it: version, digest, parameters, parts; else {}."""
    known = plan.get("blueprints")
    entry = known.get(name) if known.__class__ is dict else None
    return entry if entry.__class__ is dict else {}


def installed(plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The packs in a plan, by name."""
    known = plan.get("blueprints")
    names = known if known.__class__ is dict else {}
    return {name: entry_of(plan, name) for name in names if entry_of(plan, name)}


def origin(value: Mapping[str, Any]) -> tuple[str, str] | None:
    """(pack, id inside the pack) of an entity that came from one."""
    source = value.get("source")
    if source.__class__ is not dict or source.get("format") != FORMAT:
        return None
    said = source.get("key")
    if said.__class__ is not str:
        return None
    pack, _, identifier = said.partition("#")
    name = pack.partition("@")[0]
    return (name, identifier) if name and identifier else None


class Standing:
    """The parts of packs in a plan: (pack, id there) → entity; the first of equal ones counts."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.entities: dict[str, Entity] = {}
        self.parts: dict[tuple[str, str], Entity] = {}
        for entity in walk(plan):
            self.entities.setdefault(entity.id, entity)
            where = origin(entity.value)
            if where is not None and entity.id:
                self.parts.setdefault(where, entity)

    def of(self, name: str) -> dict[str, Entity]:
        """The parts of one pack, by their id in it."""
        return {part: entity for (pack, part), entity in self.parts.items() if pack == name}

    def link(self) -> tuple[Plan, list[str]]:
        """The plan with references that waited for a pack written, where it is there now."""
        from buildrunner.spec.blueprints.linking import link

        return link(self)

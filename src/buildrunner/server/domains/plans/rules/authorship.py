"""Who last changed a field, told from the operations of the revisions since a base."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from buildrunner.server.domains.plans.rules.independence import added_entities
from buildrunner.server.domains.plans.types import Operation, Plan
from buildrunner.spec.document import index


@dataclass(frozen=True, slots=True)
class Touch:
    """A revision that changed something: `{id, name, kind}`, when, and its number."""

    author: dict[str, Any]
    time: datetime
    revision: int


@dataclass(slots=True)
class Authorship:
    """The last revision that touched each field, and each entity as a whole."""

    fields: dict[tuple[str, str], Touch] = field(default_factory=dict)
    entities: dict[str, Touch] = field(default_factory=dict)

    def of(self, entity_id: str, name: str) -> Touch | None:
        """Who last changed a field, or the entity where the field itself was not named."""
        return self.fields.get((entity_id, contested_field(name))) or self.entities.get(entity_id)

    def around(self, plan: Plan, entity_id: str) -> Touch | None:
        """Who last changed what stands above or below an entity of the plan."""
        found = index(plan)
        entity = found.get(entity_id)
        if entity is None:
            return None
        near = {entity_id}
        above = entity.above
        while above is not None:
            near.add(above.id)
            above = above.above
        below = [entity]
        while below:
            children = below.pop().children()
            near.update(child.id for child in children)
            below.extend(children)
        touches = [touch for name, touch in self.entities.items() if name and name in near]
        return max(touches, key=lambda touch: touch.revision, default=None)


def contested_field(name: str) -> str:
    """The field of an entity that a conflict is about: `note` of `note/x` (RFC 6901 escapes)."""
    return name.partition("/")[0].replace("~1", "/").replace("~0", "~")


def trace(revisions: Iterable[tuple[Touch, list[Operation]]]) -> Authorship:
    """Read revisions in their order; a later one overtakes an earlier one."""
    found = Authorship()
    for touch, operations in revisions:
        for operation in operations:
            if operation["op"] == "add":
                for entity in added_entities(operation["value"]):
                    found.entities[str(entity.get("id"))] = touch
                continue
            entity_id = operation["id"]
            found.entities[entity_id] = touch
            if "field" in operation:
                found.fields[entity_id, operation["field"]] = touch
    return found

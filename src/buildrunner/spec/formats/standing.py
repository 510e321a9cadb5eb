"""The plan an import lands in, as a copy that can be written to, indexed."""

from __future__ import annotations

from typing import Any

from buildrunner.spec.document import CHILD_KIND, CHILDREN, walk
from buildrunner.spec.formats import provenance

Entity = dict[str, Any]


class Standing:
    """What stands in the plan: by id, alias, and by the key an earlier import gave it.

    `plan` is a copy down to the entities; the values inside their fields stay shared.
    `before` keeps every entity's fields as they were.
    """

    def __init__(self, plan: Entity, format: str) -> None:
        self.plan = dict(plan)
        _unshare(self.plan, "root")
        self.entities: dict[str, Entity] = {}
        self.kinds: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.imported: dict[tuple[str, str], str] = {}
        for entity in walk(self.plan):
            if not entity.id or entity.id in self.entities:
                continue
            self.entities[entity.id] = entity.value
            self.kinds[entity.id] = entity.kind
            self.parents[entity.id] = entity.parent
            key = provenance.origin(entity.value, format)
            if key is not None:
                self.keys[entity.id] = key
                self.imported.setdefault((entity.kind, key), entity.id)
            aliases = entity.value.get("aliases")
            for alias in aliases if isinstance(aliases, list) else ():
                if isinstance(alias, str):
                    self.aliases.setdefault(alias, entity.id)
        self.before = {identifier: dict(value) for identifier, value in self.entities.items()}

    def known(self, reference: str) -> str | None:
        """The id an id or alias stands for, None where the plan has neither."""
        return reference if reference in self.entities else self.aliases.get(reference)

    def imported_below(self, parent: str, kind: str) -> list[str]:
        """Ids of the children of `parent` that an import of this format brought."""
        above = self.entities[parent] if parent else self.plan
        members = above.get(kind + "s")
        found = []
        for member in members if isinstance(members, list) else ():
            identifier = member.get("id") if isinstance(member, dict) else None
            if isinstance(identifier, str) and identifier in self.keys:
                found.append(identifier)
        return found

    def unchanged(self, identifier: str) -> bool:
        """Whether the fields of an entity that stood before are as they were."""
        entity, before = self.entities[identifier], self.before[identifier]
        children = CHILDREN.get(self.kinds[identifier])
        return entity.keys() == before.keys() and all(
            name == children or provenance.same(value, before[name])
            for name, value in entity.items()
        )


def _unshare(entity: Entity, kind: str) -> None:
    key = CHILDREN.get(kind)
    members = entity.get(key) if key is not None else None
    if key is None or not isinstance(members, list):
        return
    entity[key] = [dict(member) if isinstance(member, dict) else member for member in members]
    for member in entity[key]:
        if isinstance(member, dict):
            _unshare(member, CHILD_KIND[kind])

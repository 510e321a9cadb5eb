"""What the diagram formats share: safe names for nodes, label lines, edges."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from buildrunner.spec.document import Entity, index, walk

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")
_WIDTH = 40
_LINES = 4


class Names:
    """Node names no diagram language reserves: n1, n2 …; one an entity."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def of(self, entity: Entity) -> str:
        """The node's name, the same every time for the entity at this place."""
        return self._names.setdefault(entity.pointer, f"n{len(self._names) + 1}")


def label_lines(title: Any, identifier: str = "") -> list[str]:
    """The lines of a label: the id, then the title, wrapped and cut after a few lines."""
    text = _CONTROL.sub(" ", title) if isinstance(title, str) else ""
    wrapped = textwrap.wrap(
        text, _WIDTH, max_lines=_LINES, placeholder=" …", break_on_hyphens=False
    )
    return [_CONTROL.sub(" ", identifier), *wrapped] if identifier else wrapped or [""]


def edges(plan: dict[str, Any]) -> Iterator[tuple[Entity, Entity]]:
    """(what comes first, what waits) for every dependency that can be drawn.

    An arrow between a group and what lies in it cannot; nor can one to an unknown id.
    """
    entities = index(plan)
    aliases: dict[str, Entity] = {}
    for entity in entities.values():
        others = entity.value.get("aliases")
        for alias in others if isinstance(others, list) else ():
            if isinstance(alias, str):
                aliases.setdefault(alias, entity)
    for entity in walk(plan):
        needs = entity.value.get("depends_on")
        for need in needs if isinstance(needs, list) else ():
            target = (entities.get(need) or aliases.get(need)) if isinstance(need, str) else None
            if target is not None and not _within(target, entity) and not _within(entity, target):
                yield target, entity


def _within(entity: Entity | None, other: Entity) -> bool:
    while entity is not None:
        if entity.pointer == other.pointer:
            return True
        entity = entity.above
    return False

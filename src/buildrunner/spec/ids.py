"""Ids of entities: namespaced under their parent, numbered among their siblings, never reused."""

from __future__ import annotations

from buildrunner.spec.document import Entity, walk
from buildrunner.spec.sequence import natural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

STEMS = {"milestone": "m", "step": "s", "microstep": "ms"}
SEPARATORS = ".-_/:"


def belongs(identifier: str, parent_id: str) -> bool:
    """Whether an id lies in its parent's namespace: `m1.s1.ms3` in `m1.s1`; all do in ""."""
    if not parent_id:
        return True
    size = len(parent_id)
    return (
        len(identifier) > size + 1
        and identifier.startswith(parent_id)
        and identifier[size] in SEPARATORS
    )


def aliases(value: Mapping[str, Any]) -> Iterator[str]:
    """The former ids an entity lists."""
    found = value.get("aliases")
    if found.__class__ is list:
        for alias in found:
            if alias.__class__ is str:
                yield alias


def resolve(plan: dict[str, Any], identifier: str) -> Entity | None:
    """The entity of this id, else the first in the document that had it formerly."""
    formerly: Entity | None = None
    for entity in walk(plan):
        if entity.id == identifier:
            return entity
        if formerly is None and identifier in aliases(entity.value):
            formerly = entity
    return formerly


def own_names(plan: dict[str, Any], entity: Entity) -> list[str]:
    """The id of an entity and the former ids that nothing else bears today.

    What was said of an id belongs to whoever has it: listing it as an alias takes nothing away.
    """
    former = [alias for alias in aliases(entity.value) if alias != entity.id]
    if not former:
        return [entity.id]
    taken = {each.id for each in walk(plan)}
    return [entity.id, *dict.fromkeys(alias for alias in former if alias not in taken)]


class IdSpace:
    """The ids in use, former ones included, and the next free one of a pattern."""

    __slots__ = ("_highest", "taken")

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken: set[str] = set()
        self._highest: dict[str, int] = {}
        for identifier in taken:
            self.take(identifier)

    @classmethod
    def of(cls, plan: dict[str, Any]) -> IdSpace:
        """Everything a plan uses or has used."""
        space = cls()
        for entity in walk(plan):
            space.take(entity.id)
            for alias in aliases(entity.value):
                space.take(alias)
        return space

    def take(self, identifier: str) -> None:
        self.taken.add(identifier)
        stem, number = split_number(identifier)
        if number is not None and number > self._highest.get(stem, 0):
            self._highest[stem] = number

    def next(self, stem: str) -> str:
        """`stem` with the number after the highest in use; it is taken from now on."""
        number = self._highest.get(stem, 0) + 1
        while f"{stem}{number}" in self.taken:
            number += 1
        made = f"{stem}{number}"
        self.take(made)
        return made

    def following(self, identifier: str) -> str:
        """The next free id of the same pattern: `m1.s1.ms3` → `m1.s1.ms4`, `intro` → `intro-2`."""
        stem, number = split_number(identifier)
        if number is not None:
            return self.next(stem)
        self._highest.setdefault(f"{identifier}-", 1)
        return self.next(f"{identifier}-")


def split_number(identifier: str) -> tuple[str, int | None]:
    """`m1.s12` → (`m1.s`, 12); no number at the end → (identifier, None)."""
    stem = identifier.rstrip("0123456789")
    digits = identifier[len(stem) :]
    # Python refuses to read numbers of thousands of digits; nobody counts that far.
    return (stem, int(digits)) if 0 < len(digits) < 19 else (identifier, None)


def next_id(plan: dict[str, Any], parent_id: str, kind: str) -> str:
    """A free id for a new entity below `parent_id` ("" for a milestone).

    Follows the siblings' pattern, else that of the same kind elsewhere in the plan, else
    `m1`, `m1.s1`, `m1.s1.ms1`. Ids that were ever used are skipped.
    """
    space = IdSpace.of(plan)
    return space.next(pattern(plan, parent_id, kind))


def pattern(plan: dict[str, Any], parent_id: str, kind: str) -> str:
    """What the ids below a parent begin with, up to their number."""
    siblings: list[str] = []
    cousins: list[str] = []
    for entity in walk(plan):
        if entity.kind == kind:
            if entity.parent == parent_id:
                siblings.append(entity.id)
            elif belongs(entity.id, entity.parent):
                cousins.append(entity.id[len(entity.parent) :])
    at_home = [name for name in siblings if belongs(name, parent_id)]
    for name in sorted(at_home, key=natural, reverse=True):
        stem, number = split_number(name)
        if number is not None:
            return stem
    if siblings and not at_home and not cousins:
        stem, number = split_number(max(siblings, key=natural))
        if number is not None:
            return stem
    if parent_id:
        for tail in cousins:
            stem, number = split_number(tail)
            if number is not None:
                return parent_id + stem
        return f"{parent_id}.{STEMS[kind]}"
    return STEMS[kind]


def renamed(plan: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A copy of the plan with entities renamed (old id → new id).

    Former ids go to `aliases`, every `depends_on` is rewritten. The ids are taken as given:
    what is below a renamed entity keeps its ids unless it is named too.
    """
    fresh: dict[str, Any] = dict(plan)
    fresh["milestones"] = _renamed_list(plan.get("milestones"), "milestones", names)
    return fresh


_BELOW = {"milestones": "steps", "steps": "microsteps", "microsteps": None}


def _renamed_list(members: Any, field: str, names: Mapping[str, str]) -> Any:
    if members.__class__ is not list:
        return members
    below = _BELOW[field]
    fresh: list[Any] = []
    for member in members:
        if member.__class__ is not dict:
            fresh.append(member)
            continue
        value = dict(member)
        needs = value.get("depends_on")
        if needs.__class__ is list:
            kept = (names.get(n, n) if n.__class__ is str else n for n in needs)
            value["depends_on"] = list(kept)
        old = value.get("id")
        if old.__class__ is str and old in names and names[old] != old:
            value["id"] = names[old]
            known = [alias for alias in aliases(value) if alias not in (old, names[old])]
            value["aliases"] = [*known, old]
        if below is not None and below in value:
            value[below] = _renamed_list(value[below], below, names)
        fresh.append(value)
    return fresh

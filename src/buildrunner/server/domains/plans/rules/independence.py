"""Which edits of two sides cannot meet, so that applying both is the merge of both.

A three-way merge reads three whole documents. Most syncs do not need one: they edit other fields
than the others did meanwhile. What is told apart here must come out as `spec.merge` would have
it; a property test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from buildrunner.server.domains.plans.types import Operation
from buildrunner.spec.document import CHILDREN

# Fields that a merge treats in its own way, or on which an entity's identity hangs.
_SPECIAL = frozenset({"id", "aliases", "version", "updatedAt", *CHILDREN.values()})
_DEPENDS = "depends_on"


@dataclass(slots=True)
class _Footprint:
    """What operations touch. `special`: more than can be told from the operations alone."""

    fields: set[tuple[str, str]] = field(default_factory=set)
    edited: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    structural: bool = False
    removes: bool = False
    depends: bool = False
    special: bool = False


def touched_fields(operations: Sequence[Operation]) -> set[tuple[str, str]] | None:
    """The (id, field) pairs of plain field edits; None where anything else is among them."""
    footprint = _footprint(operations)
    if footprint.special or footprint.structural or footprint.depends:
        return None
    return footprint.fields


def independent(ours: Sequence[Operation], theirs: Sequence[Operation]) -> bool:
    """Whether our operations on top of theirs give the merge of both.

    They must still apply there: an entity that theirs removed shows itself by that.
    """
    mine, other = _footprint(ours), _footprint(theirs)
    if mine.special or other.special or mine.removes:
        return False
    if mine.structural and other.structural:
        return False
    # Dependencies made apart may close a circle, or lead to what the other side removed.
    if (mine.depends and (other.depends or other.structural)) or (
        other.depends and mine.structural
    ):
        return False
    return (
        mine.fields.isdisjoint(other.fields)
        and mine.edited.isdisjoint(other.added)
        and other.edited.isdisjoint(mine.added)
    )


def last_edits(operations: Sequence[Operation]) -> list[Operation]:
    """Field edits without those that a later one overtakes; other operations as they are."""
    if touched_fields(operations) is None:
        return list(operations)
    last = {(operation["id"], operation["field"]): operation for operation in operations}
    return list(last.values())


def added_entities(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An added entity and everything below it."""
    yield value
    for name in CHILDREN.values():
        members = value.get(name)
        for member in members if isinstance(members, list) else ():
            if isinstance(member, dict):
                yield from added_entities(member)


def _footprint(operations: Sequence[Operation]) -> _Footprint:
    found = _Footprint()
    for operation in operations:
        verb = operation["op"]
        if verb in ("set", "unset"):
            name = operation["field"]
            found.fields.add((operation["id"], name))
            found.edited.add(operation["id"])
            found.depends = found.depends or name == _DEPENDS
            found.special = found.special or name in _SPECIAL
            continue
        found.structural = True
        found.removes = found.removes or verb == "remove"
        if verb == "add":
            for entity in added_entities(operation["value"]):
                found.added.add(str(entity.get("id")))
                found.depends = found.depends or _DEPENDS in entity
                found.special = found.special or "aliases" in entity
    return found

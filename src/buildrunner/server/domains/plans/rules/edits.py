"""What people ask of a plan, as values: each makes the operations out of the plan as it stands.

Pages and the API build these; `spec.mutate` and `spec.bulk` decide whether they may be.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from buildrunner.server.domains.plans.types import Operation, Plan
from buildrunner.spec.bulk import move_all, remove_all, set_all
from buildrunner.spec.ids import resolve
from buildrunner.spec.mutate import add_entity, edit_fields, merge_entities, split
from buildrunner.spec.operations import apply
from buildrunner.spec.values import ABSENT

_SHORT = 80


@dataclass(frozen=True, slots=True)
class AddEdit:
    """Add an entity below `parent` ("": a milestone) behind `after`, else last or `first`."""

    parent: str
    title: str
    after: str | None = None
    first: bool = False
    fields: dict[str, Any] = field(default_factory=dict)

    def operations(self, plan: Plan, reserved: Collection[str]) -> list[Operation]:
        """The operations; `reserved` are ids not to give out."""
        return add_entity(
            plan,
            self.parent,
            title=self.title,
            after=self.after,
            first=self.first,
            fields=self.fields,
            reserved=reserved,
        )

    @property
    def words(self) -> str:
        """For the history."""
        return f"Add “{_cut(self.title)}”"


@dataclass(frozen=True, slots=True)
class SetEdit:
    """Give a field of entities one value; `spec.values.ABSENT` takes the field away."""

    ids: Sequence[str]
    field: str
    value: Any = ABSENT

    def operations(self, plan: Plan, _reserved: Collection[str]) -> list[Operation]:
        """The operations."""
        return set_all(plan, self.ids, self.field, self.value)

    @property
    def words(self) -> str:
        """For the history."""
        shown = "nothing" if self.value is ABSENT else _cut(str(self.value))
        return f"Set {self.field} of {_count(self.ids)} to {shown}"


@dataclass(frozen=True, slots=True)
class MoveEdit:
    """Move entities of one kind below `parent`, behind `after`, else last or `first`."""

    ids: Sequence[str]
    parent: str
    after: str | None = None
    first: bool = False

    def operations(self, plan: Plan, _reserved: Collection[str]) -> list[Operation]:
        """The operations."""
        return move_all(plan, self.ids, parent=self.parent, after=self.after, first=self.first)

    @property
    def words(self) -> str:
        """For the history."""
        return f"Move {_count(self.ids)} to {self.parent or 'another place'}"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a split: indices of criteria (ids of microsteps for a step), and new criteria."""

    title: str
    members: Sequence[int | str] = ()
    criteria: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SplitEdit:
    """Split a microstep by its criteria, or a step by its microsteps; the first keeps the id."""

    id: str
    parts: Sequence[Part]

    def operations(self, plan: Plan, reserved: Collection[str]) -> list[Operation]:
        """The operations. New criteria are written first, so that every part has one."""
        fresh = [text for part in self.parts for text in part.criteria]
        before: list[Operation] = []
        groups = [list(part.members) for part in self.parts]
        if fresh:
            known = _criteria(plan, self.id)
            before = edit_fields(plan, self.id, set={"criteria": [*known, *fresh]})
            plan, at = apply(plan, before), len(known)
            for group, part in zip(groups, self.parts, strict=True):
                group.extend(range(at, at + len(part.criteria)))
                at += len(part.criteria)
        titles = [part.title for part in self.parts]
        return before + split(plan, self.id, titles=titles, groups=groups, reserved=reserved)

    @property
    def words(self) -> str:
        """For the history."""
        return f"Split {self.id} into {len(self.parts)}"


@dataclass(frozen=True, slots=True)
class MergeEdit:
    """Merge microsteps, or steps, into the first one named."""

    ids: Sequence[str]
    title: str | None = None

    def operations(self, plan: Plan, _reserved: Collection[str]) -> list[Operation]:
        """The operations."""
        return merge_entities(plan, self.ids, title=self.title)

    @property
    def words(self) -> str:
        """For the history."""
        return f"Merge {len(self.ids)} into {self.ids[0]}"


@dataclass(frozen=True, slots=True)
class RemoveEdit:
    """Remove entities with all below them; `cascade` drops the dependencies of others on them."""

    ids: Sequence[str]
    cascade: bool = False

    def operations(self, plan: Plan, _reserved: Collection[str]) -> list[Operation]:
        """The operations."""
        return remove_all(plan, self.ids, cascade=self.cascade)

    @property
    def words(self) -> str:
        """For the history."""
        return f"Remove {_count(self.ids)}"


PlanEdit = AddEdit | SetEdit | MoveEdit | SplitEdit | MergeEdit | RemoveEdit


def operations_of(
    plan: Plan, edits: Sequence[PlanEdit], reserved: Collection[str]
) -> list[Operation]:
    """Several edits, each made of the plan as those before it leave it."""
    operations: list[Operation] = []
    for number, edit in enumerate(edits):
        made = edit.operations(plan, reserved)
        operations.extend(made)
        if made and number + 1 < len(edits):
            plan = apply(plan, made)
    return operations


def in_words(edits: Sequence[PlanEdit]) -> str:
    """One line for the history."""
    if not edits:
        return ""
    more = f", and {len(edits) - 1} more" if len(edits) > 1 else ""
    return edits[0].words + more


def _criteria(plan: Plan, identifier: str) -> list[str]:
    found = resolve(plan, identifier)
    known = found.value.get("criteria") if found is not None else None
    return [*known] if isinstance(known, list) else []


def _count(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{len(ids)} entries"


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"

"""Where two changes of one plan meet: what both touch, and whether they can be merged."""

from __future__ import annotations

from typing import Any

from buildrunner.spec.diff import describe, diff
from buildrunner.spec.document import Entity, index
from buildrunner.spec.merge import merge
from buildrunner.spec.tree import ROOT

Plan = dict[str, Any]
Operation = dict[str, Any]
#: Fields that every change of a plan may touch: two that do have nothing to do with each other.
_PASSING = frozenset({"updatedAt", "version"})


class Meeting:
    """One entity that both sides touch, with what each does, in words and as operations.

    `fields` are those that both change differently (merging asks a person); empty where the
    edits can stand together.
    """

    __slots__ = ("fields", "id", "kind", "our_words", "ours", "their_words", "theirs", "title")

    def __init__(self, identifier: str, kind: str, title: str) -> None:
        self.id = identifier
        self.kind = kind
        self.title = title
        self.ours: list[Operation] = []
        self.theirs: list[Operation] = []
        self.our_words: list[str] = []
        self.their_words: list[str] = []
        self.fields: list[str] = []


def overlap(base: Plan, ours: Plan, theirs: Plan) -> list[Meeting]:
    """Entities touched on both sides since `base`, in the order of the plan.

    An entity is touched by an operation on it, by its removal and by the removal of what it lies
    in. Two additions meet where they have one id and differ.
    """
    mine, yours = diff(base, ours), diff(base, theirs)
    known = {identifier: (e.kind, e.value) for identifier, e in index(base).items()}
    for plan in (ours, theirs):
        for identifier, entity in index(plan).items():
            known.setdefault(identifier, (entity.kind, entity.value))
    left, right = _touched(base, mine), _touched(base, yours)
    contested = _contested(base, ours, theirs)
    order = {identifier: place for place, identifier in enumerate(known)}
    entities = index(base)
    meetings = []
    for identifier in sorted(left.keys() & right.keys(), key=lambda name: order.get(name, -1)):
        kind, value = known.get(identifier, ("plan", {}))
        title = value.get("title")
        meeting = Meeting(identifier, kind, title if isinstance(title, str) else "")
        meeting.ours, meeting.theirs = left[identifier], right[identifier]
        if _additions(meeting) and meeting.ours == meeting.theirs:
            continue
        meeting.our_words = [_words(each, base, entities) for each in meeting.ours]
        meeting.their_words = [_words(each, base, entities) for each in meeting.theirs]
        gone = {each["id"] for each in (*meeting.ours, *meeting.theirs) if each["op"] == "remove"}
        meeting.fields = [
            field
            for name in dict.fromkeys((identifier, *gone))
            for field in contested.get(name, ())
        ]
        if not meeting.fields and _additions(meeting):
            meeting.fields = ["id"]
        meetings.append(meeting)
    return meetings


def _touched(base: Plan, operations: list[Operation]) -> dict[str, list[Operation]]:
    entities = index(base)
    found: dict[str, list[Operation]] = {}
    for operation in operations:
        verb = operation["op"]
        if verb == "add":
            names = [str(operation["value"].get("id"))]
        elif verb == "remove":
            entity = entities.get(operation["id"])
            names = _below(entity) if entity is not None else [operation["id"]]
        elif operation["id"] == ROOT and operation.get("field") in _PASSING:
            continue
        else:
            names = [operation["id"]]
        for name in names:
            found.setdefault(name, []).append(operation)
    return found


def _below(entity: Entity) -> list[str]:
    return [entity.id, *(name for child in entity.children() for name in _below(child))]


def _contested(base: Plan, ours: Plan, theirs: Plan) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for conflict in merge(base, ours, theirs).conflicts:
        found.setdefault(conflict.id, []).append(conflict.field)
    return found


def _additions(meeting: Meeting) -> bool:
    return all(each["op"] == "add" for each in (*meeting.ours, *meeting.theirs))


def _words(operation: Operation, base: Plan, entities: Any) -> str:
    return describe(operation, base, entities=entities)

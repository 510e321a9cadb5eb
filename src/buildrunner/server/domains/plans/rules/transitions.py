"""Which statuses a change moves, and the same change without some of those moves.

A microstep moves where it stood in the plan before, under its id or one that it bears as alias,
with another status. What was not there before arrives with its status and moves nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from buildrunner.server.domains.plans.types import Move, Operation, Plan
from buildrunner.spec.document import index
from buildrunner.spec.ids import aliases
from buildrunner.spec.values import ABSENT

DONE = "done"
_FIRST = "todo"  # what a microstep without a status is
_ITEMS = ("milestones", "steps", "microsteps")


def finished(
    operations: list[Operation], before: Callable[[], Plan], after: Callable[[], Plan]
) -> dict[str, Any]:
    """The ids of the microsteps that become done, each with the status before.

    The plans are asked for only where an operation may finish something. The status is
    `spec.values.ABSENT` where there was none.
    """
    named = dict.fromkeys(_candidates(operations))
    if not named:
        return {}
    now, was = index(after()), _known(before())
    found: dict[str, Any] = {}
    for identifier in named:
        entity = now.get(identifier)
        if entity is None or entity.kind != "microstep" or entity.value.get("status") != DONE:
            continue
        open_before = [
            status for status in _statuses(entity.id, entity.value, was) if status != DONE
        ]
        if open_before:
            found[entity.id] = open_before[0]
    return found


def may_move(operations: Iterable[Operation]) -> bool:
    """Whether any of them may change the status of a microstep that stood before."""
    return any(
        operation["op"] == "add" or operation.get("field") == "status" for operation in operations
    )


def moved(
    operations: list[Operation], before: Callable[[], Plan], after: Callable[[], Plan]
) -> tuple[list[Move], dict[str, Any]]:
    """The changes of status, and by id the status before as the plan had it (ABSENT: none).

    Of a microstep that joins several the one that it bears the id of counts, else each: whichever
    of them makes the move counts as its past.
    """
    removes = any(operation["op"] == "remove" for operation in operations)
    named = dict.fromkeys(_touched(operations, removes=removes))
    if not named:
        return [], {}
    now, was = index(after()), _known(before())
    moves: list[Move] = []
    statuses: dict[str, Any] = {}
    for identifier in named:
        entity = now.get(identifier)
        if entity is None or entity.kind != "microstep":
            continue
        status = entity.value.get("status") or _FIRST
        past = _statuses(entity.id, entity.value, was)
        for earlier in past[:1] if entity.id in was else past:
            known = _FIRST if earlier is ABSENT else earlier or _FIRST
            if known != status:
                moves.append((entity.id, known, status))
                statuses.setdefault(entity.id, earlier)
    return moves, statuses


def without(operations: list[Operation], refused: dict[str, Any]) -> list[Operation]:
    """The same operations, those microsteps left with the status before."""
    kept: list[Operation] = []
    for operation in operations:
        if operation["op"] == "add":
            kept.append({**operation, "value": _reopened(operation["value"], refused)})
        elif not (_sets_status(operation) and operation["id"] in refused):
            kept.append(operation)
    return kept


def reverting(refused: Iterable[str], plan: Plan) -> list[Operation]:
    """What turns a document that has other statuses of theirs into one that has those of `plan`."""
    entities = index(plan)
    reverts: list[Operation] = []
    for identifier in refused:
        status = entities[identifier].value.get("status", ABSENT)
        if status is ABSENT:
            reverts.append({"op": "unset", "id": identifier, "field": "status"})
        else:
            reverts.append({"op": "set", "id": identifier, "field": "status", "value": status})
    return reverts


def _sets_status(operation: Operation) -> bool:
    return operation["op"] in ("set", "unset") and operation.get("field") == "status"


def _candidates(operations: list[Operation]) -> Iterator[str]:
    for operation in operations:
        if _sets_status(operation) and operation.get("value") == DONE:
            yield operation["id"]
        elif operation["op"] == "add":
            for value in _entities(operation["value"]):
                if value.get("status") == DONE:
                    yield value["id"]


def _touched(operations: list[Operation], *, removes: bool) -> Iterator[str]:
    """Ids of what may have stood before with another status.

    What is added under its own id stood before only if something is removed as well.
    """
    for operation in operations:
        if _sets_status(operation):
            yield operation["id"]
        elif operation["op"] == "add":
            for value in _entities(operation["value"]):
                if removes or aliases(value):
                    yield value["id"]


def _entities(value: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(value, dict):
        return
    if isinstance(value.get("id"), str):
        yield value
    for name in _ITEMS:
        members = value.get(name)
        for member in members if isinstance(members, list) else ():
            yield from _entities(member)


def _reopened(value: Any, refused: dict[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    changed = dict(value)
    if value.get("id") in refused:
        status = refused[value["id"]]
        if status is ABSENT:
            changed.pop("status", None)
        else:
            changed["status"] = status
    for name in _ITEMS:
        if isinstance(value.get(name), list):
            changed[name] = [_reopened(member, refused) for member in value[name]]
    return changed


def _statuses(identifier: str, value: dict[str, Any], was: dict[str, dict[str, Any]]) -> list[Any]:
    """The statuses before of what it is, and of what it bears the names of."""
    return [
        was[name].get("status", ABSENT) for name in (identifier, *aliases(value)) if name in was
    ]


def _known(plan: Plan) -> dict[str, dict[str, Any]]:
    """The microsteps of a plan by their ids and former ids; an id goes before an alias."""
    entities = [entity for entity in index(plan).values() if entity.kind == "microstep"]
    known: dict[str, dict[str, Any]] = {}
    for entity in entities:
        for alias in aliases(entity.value):
            known.setdefault(alias, entity.value)
    known.update({entity.id: entity.value for entity in entities})
    return known

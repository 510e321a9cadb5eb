"""Which microsteps a change turns to done, and the same change without some of them.

A microstep makes the transition where it stood in the plan before, under its id or one that it
bears as alias, with another status. What was not there before arrives done and is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from buildrunner.server.domains.plans.types import Operation, Plan
from buildrunner.spec.document import index
from buildrunner.spec.ids import aliases
from buildrunner.spec.values import ABSENT

DONE = "done"
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
        statuses = [
            was[name].get("status", ABSENT)
            for name in (entity.id, *aliases(entity.value))
            if name in was
        ]
        open_before = [status for status in statuses if status != DONE]
        if open_before:
            found[entity.id] = open_before[0]
    return found


def without(operations: list[Operation], refused: dict[str, Any]) -> list[Operation]:
    """The same operations, those microsteps left with the status before."""
    kept: list[Operation] = []
    for operation in operations:
        if operation["op"] == "add":
            kept.append({**operation, "value": _reopened(operation["value"], refused)})
        elif not (_finishes(operation) and operation["id"] in refused):
            kept.append(operation)
    return kept


def reverting(refused: Collection[str], plan: Plan) -> list[Operation]:
    """What turns a document in which they are done into one in which they are as in `plan`."""
    entities = index(plan)
    reverts: list[Operation] = []
    for identifier in refused:
        status = entities[identifier].value.get("status", ABSENT)
        if status is ABSENT:
            reverts.append({"op": "unset", "id": identifier, "field": "status"})
        else:
            reverts.append({"op": "set", "id": identifier, "field": "status", "value": status})
    return reverts


def _finishes(operation: Operation) -> bool:
    return (
        operation["op"] == "set"
        and operation.get("field") == "status"
        and operation.get("value") == DONE
    )


def _candidates(operations: list[Operation]) -> Iterator[str]:
    for operation in operations:
        if _finishes(operation):
            yield operation["id"]
        elif operation["op"] == "add":
            yield from _done_in(operation["value"])


def _done_in(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    if value.get("status") == DONE and isinstance(value.get("id"), str):
        yield value["id"]
    for name in _ITEMS:
        members = value.get(name)
        for member in members if isinstance(members, list) else ():
            yield from _done_in(member)


def _reopened(value: Any, refused: dict[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    changed = dict(value)
    if value.get("id") in refused and value.get("status") == DONE:
        status = refused[value["id"]]
        if status is ABSENT:
            del changed["status"]
        else:
            changed["status"] = status
    for name in _ITEMS:
        if isinstance(value.get(name), list):
            changed[name] = [_reopened(member, refused) for member in value[name]]
    return changed


def _known(plan: Plan) -> dict[str, dict[str, Any]]:
    """The microsteps of a plan by their ids and former ids; an id goes before an alias."""
    entities = [entity for entity in index(plan).values() if entity.kind == "microstep"]
    known: dict[str, dict[str, Any]] = {}
    for entity in entities:
        for alias in aliases(entity.value):
            known.setdefault(alias, entity.value)
    known.update({entity.id: entity.value for entity in entities})
    return known

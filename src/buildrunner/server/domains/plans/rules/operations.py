"""The shape of operations on the wire, and which of them need no merge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from buildrunner.server.domains.plans.errors import InvalidOperations
from buildrunner.server.domains.plans.rules import limits
from buildrunner.server.domains.plans.types import Operation
from buildrunner.spec.document import CHILDREN
from buildrunner.spec.operations import SHAPES

# Fields that a merge treats in its own way, or on which an entity's identity hangs.
_NEVER_ALONE = frozenset(
    {"id", "aliases", "depends_on", "version", "updatedAt", *CHILDREN.values()}
)


def check_operations(value: Any) -> list[Operation]:
    """The operations of a request, with the members that they need, as text where it is text.

    Raises InvalidOperations with the index of the first that is otherwise. Values, and whether
    an operation fits the document, are for `spec.diff.apply` to judge.
    """
    if not isinstance(value, list):
        raise InvalidOperations("operations must be a list")
    if len(value) > limits.MAX_OPERATIONS:
        raise InvalidOperations(
            f"{len(value)} operations; at most {limits.MAX_OPERATIONS} are accepted at once"
        )
    for index, operation in enumerate(value):
        problem = _problem(operation)
        if problem:
            raise InvalidOperations(f"operation {index}: {problem}", index=index)
    limits.check_depth(value, "an operation")
    return value


def _problem(operation: Any) -> str | None:
    if not isinstance(operation, dict):
        return "must be an object"
    name = operation.get("op")
    if not isinstance(name, str) or name not in SHAPES:
        return f"op must be one of {', '.join(SHAPES)}"
    members = set(operation)
    if missing := SHAPES[name] - members:
        return f"{name} needs {', '.join(sorted(missing))}"
    if members - SHAPES[name]:
        return f"{name} has exactly {', '.join(sorted(SHAPES[name]))}"
    for member in ("id", "parent", "field"):
        if member in operation and not isinstance(operation[member], str):
            return f"{member} must be a string"
    if name == "add":
        value = operation["value"]
        if not isinstance(value, dict) or not limits.good_id(value.get("id")):
            return "value must be an entity whose id is 1 to 200 printable characters"
    return None


def touched_fields(operations: Iterable[Operation]) -> set[tuple[str, str]] | None:
    """The (id, field) pairs of plain field edits; None where anything else is among them."""
    touched: set[tuple[str, str]] = set()
    for operation in operations:
        if operation["op"] not in ("set", "unset") or operation["field"] in _NEVER_ALONE:
            return None
        touched.add((operation["id"], operation["field"]))
    return touched


def independent(ours: Sequence[Operation], theirs: Sequence[Operation]) -> bool:
    """Whether both sides only edited fields, and none in common: then a merge is their union."""
    mine = touched_fields(ours)
    if mine is None:
        return False
    other = touched_fields(theirs)
    return other is not None and mine.isdisjoint(other)


def last_edits(operations: Sequence[Operation]) -> list[Operation]:
    """Field edits without those that a later one of the same field overtakes."""
    last = {(operation["id"], operation["field"]): operation for operation in operations}
    return list(last.values())


def added_ids(value: dict[str, Any]) -> list[str]:
    """The ids of an added entity and everything below it."""
    found = [value["id"]] if isinstance(value.get("id"), str) else []
    for key in ("steps", "microsteps"):
        members = value.get(key)
        if isinstance(members, list):
            for member in members:
                if isinstance(member, dict):
                    found.extend(added_ids(member))
    return found

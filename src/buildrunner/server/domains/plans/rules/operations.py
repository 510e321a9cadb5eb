"""The shape of operations on the wire."""

from __future__ import annotations

from typing import Any

from buildrunner.server.domains.plans.errors import InvalidOperations
from buildrunner.server.domains.plans.rules import limits
from buildrunner.server.domains.plans.types import Operation
from buildrunner.spec.operations import SHAPES


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

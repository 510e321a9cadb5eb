"""Operations: the edits that travel. Checked as hostile input, applied without mutation.

An operation is a JSON object, on the wire as it is:

    {"op": "set", "id": ID, "field": F, "value": V}     {"op": "unset", "id": ID, "field": F}
    {"op": "add", "parent": ID, "after": ID or null, "value": entity with its subtree}
    {"op": "remove", "id": ID}
    {"op": "move", "id": ID, "parent": ID, "after": ID or null}

The id "" names the document. `after` null means first. A field is any but `id` and the list
of children; that list may be set to `[]` or unset while it is empty, which only says whether
an empty list is written.
"""

from __future__ import annotations

from buildrunner.spec.document import CHILD_KIND
from buildrunner.spec.errors import SpecError
from buildrunner.spec.tree import ROOT, Node, Tree
from buildrunner.spec.values import flaw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    Operation = dict[str, Any]

SHAPES = {
    "set": frozenset(("op", "id", "field", "value")),
    "unset": frozenset(("op", "id", "field")),
    "add": frozenset(("op", "parent", "after", "value")),
    "remove": frozenset(("op", "id")),
    "move": frozenset(("op", "id", "parent", "after")),
}
MAX_NAME = 200


class OperationError(SpecError):
    """An operation that cannot be applied; nothing was.

    `code` is `invalid_operation`; `position` is the index in the list, None when the list
    itself is at fault; `operation` is the offender.
    """

    def __init__(
        self, message: str, *, position: int | None, operation: Any, hint: str | None = None
    ) -> None:
        place = "" if position is None else f"operation {position}: "
        super().__init__("invalid_operation", place + message, hint=hint)
        self.position = position
        self.operation = operation


class _Refusal(Exception):
    """Why one operation cannot be; `apply_to` adds the place."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def apply(plan: dict[str, Any], operations: Sequence[Operation]) -> dict[str, Any]:
    """A new document with all operations applied in order; untouched parts are shared.

    Raises OperationError for the first that cannot be, and SpecError `plan_malformed` for a
    plan whose entities have no ids of their own.
    """
    tree = Tree(plan)
    apply_to(tree, operations)
    return tree.render()


def invert(plan: dict[str, Any], operations: Sequence[Operation]) -> list[Operation]:
    """The operations that lead from `apply(plan, operations)` back to `plan`.

    Raises as `apply` does.
    """
    inverse = apply_to(Tree(plan), operations)
    inverse.reverse()
    return inverse


def apply_to(tree: Tree, operations: Sequence[Operation]) -> list[Operation]:
    """Apply in place; the inverse operations, to be used in reverse order."""
    if not isinstance(operations, (list, tuple)):
        raise OperationError(
            "the operations are no list", position=None, operation=operations, hint="send a list"
        )
    inverse: list[Operation] = []
    for position, operation in enumerate(operations):
        try:
            kind = _shape(operation)
            inverse.extend(_VERBS[kind](tree, operation))
        except _Refusal as refusal:
            raise OperationError(
                refusal.message, position=position, operation=operation, hint=refusal.hint
            ) from None
        except SpecError as error:
            raise OperationError(
                error.message,
                position=position,
                operation=operation,
                hint="give every entity an id that is free",
            ) from None
    return inverse


def _shape(operation: Any) -> str:
    """The verb of a well-formed operation."""
    if operation.__class__ is not dict:
        _refuse("is no object", "send an object with `op`")
    kind = operation.get("op")
    shape = SHAPES.get(kind) if kind.__class__ is str else None
    if shape is None:
        _refuse("has no known `op`", f"one of {', '.join(SHAPES)}")
    if operation.keys() != shape:
        missing, unknown = sorted(shape - operation.keys()), list(operation.keys() - shape)
        wrong = f"lacks {', '.join(missing)}" if missing else f"has unknown members {unknown!r}"
        _refuse(f"`{kind}` {wrong}"[:MAX_NAME], f"it has exactly {', '.join(sorted(shape))}")
    for name in ("id", "parent", "field"):
        if name in shape and operation[name].__class__ is not str:
            _refuse(f"`{name}` is no text")
    if (
        "after" in shape
        and operation["after"] is not None
        and operation["after"].__class__ is not str
    ):
        _refuse("`after` is neither text nor null")
    if "value" in shape and (fault := flaw(operation["value"])) is not None:
        _refuse(fault)
    return str(kind)


def _refuse(message: str, hint: str | None = None) -> NoReturn:
    raise _Refusal(message, hint)


def _node(tree: Tree, identifier: str) -> Node:
    node = tree.nodes.get(identifier)
    if node is None:
        _refuse(f'there is no entity "{identifier[:MAX_NAME]}"', "fetch the plan anew and retry")
    return node


def _field(node: Node, operation: Operation) -> str:
    name: str = operation["field"]
    if name == "id" and node.kind != "root":
        _refuse("an id cannot be set", "remove the entity and add it under its new id")
    if not name or len(name) > MAX_NAME or flaw(name) is not None:
        _refuse("`field` is empty, too long or no text", f"1 to {MAX_NAME} characters")
    if name == node.list_field:
        emptying = operation["op"] == "unset" or operation["value"] == []
        if not emptying or node.children:
            _refuse(f"`{name}` holds entities", "use add, remove and move for them")
    return name


def _set(tree: Tree, operation: Operation) -> list[Operation]:
    node = _node(tree, operation["id"])
    name = _field(node, operation)
    tree.touch(node)
    back: Operation
    if name == node.list_field:
        back = {"op": "set" if node.listed else "unset", "id": node.id, "field": name}
        if node.listed:
            back["value"] = []
        node.listed = True
        return [back]
    if name in node.value:
        back = {"op": "set", "id": node.id, "field": name, "value": node.value[name]}
    else:
        back = {"op": "unset", "id": node.id, "field": name}
    node.write(name, operation["value"])
    return [back]


def _unset(tree: Tree, operation: Operation) -> list[Operation]:
    node = _node(tree, operation["id"])
    name = _field(node, operation)
    value: Any = [] if node.listed else None
    if name != node.list_field:
        if name not in node.value:
            return []
        value = node.value[name]
        node.erase(name)
    elif not node.listed:
        return []
    else:
        node.listed = False
    tree.touch(node)
    return [{"op": "set", "id": node.id, "field": name, "value": value}]


def _place(tree: Tree, operation: Operation, kind: str, mover: str | None) -> int:
    """Where below the parent: the place after `after`, the mover itself not counted."""
    parent, after = _node(tree, operation["parent"]), operation["after"]
    if CHILD_KIND.get(parent.kind) != kind:
        _refuse(
            f'a {kind} cannot stand in "{parent.id}", which is a {parent.kind}',
            "milestones hold steps, steps hold microsteps",
        )
    siblings = [child for child in parent.children if child != mover]
    if after is None:
        return 0
    if after not in siblings:
        _refuse(
            f'"{after[:MAX_NAME]}" is not in "{parent.id}", so nothing can follow it there',
            "name a sibling, or null for the first place",
        )
    return siblings.index(after) + 1


def _add(tree: Tree, operation: Operation) -> list[Operation]:
    parent, value = _node(tree, operation["parent"]), operation["value"]
    kind = CHILD_KIND.get(parent.kind)
    if kind is None:
        _refuse(f'"{parent.id}" is a microstep and holds nothing', "add to a step")
    identifier = value.get("id") if value.__class__ is dict else None
    if identifier.__class__ is not str or not 0 < len(identifier) <= MAX_NAME:
        _refuse("`value` is no object with an id", f"an id has 1 to {MAX_NAME} characters")
    if identifier in tree.nodes:
        _refuse(f'the id "{identifier}" is taken', "choose a free id")
    place = _place(tree, operation, kind, None)
    back = [_presence(parent)] if not parent.listed else []
    parent.listed = True
    tree.graft(value, kind, parent.id, place)
    return [*back, {"op": "remove", "id": identifier}]


def _remove(tree: Tree, operation: Operation) -> list[Operation]:
    node = _node(tree, operation["id"])
    if node.id == ROOT:
        _refuse("the document itself cannot be removed")
    parent, after = node.parent, _before(tree, node)
    value = tree.prune(node.id)
    return [{"op": "add", "parent": parent, "after": after, "value": value}]


def _move(tree: Tree, operation: Operation) -> list[Operation]:
    node = _node(tree, operation["id"])
    if node.id == ROOT:
        _refuse("the document itself cannot be moved")
    place = _place(tree, operation, node.kind, node.id)
    back: Operation = {"op": "move", "id": node.id, "parent": node.parent}
    back["after"] = _before(tree, node)
    old, new = tree.nodes[node.parent], tree.nodes[operation["parent"]]
    listing = [_presence(new)] if not new.listed else []
    old.children.remove(node.id)
    new.children.insert(place, node.id)
    new.listed = True
    node.parent = new.id
    tree.touch(old)
    tree.touch(new)
    return [*listing, back]


def _before(tree: Tree, node: Node) -> str | None:
    """The sibling right before a node, None for the first."""
    siblings = tree.nodes[node.parent].children
    place = siblings.index(node.id)
    return siblings[place - 1] if place else None


def _presence(parent: Node) -> Operation:
    """The inverse of writing a list of children where there was none."""
    return {"op": "unset", "id": parent.id, "field": str(parent.list_field)}


_VERBS = {"set": _set, "unset": _unset, "add": _add, "remove": _remove, "move": _move}

"""What changed between two plans, entity by entity and field by field.

`apply(old, diff(old, new)) == new`, the order of object keys aside. Identity is the id, so a
move is one `move`, also across parents; siblings that kept their order do not move.
"""

from __future__ import annotations

from buildrunner.spec.operations import OperationError, apply, invert
from buildrunner.spec.sequence import stayed
from buildrunner.spec.tree import ROOT, Node, Tree
from buildrunner.spec.values import ABSENT, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from buildrunner.spec.document import Entity
    from buildrunner.spec.operations import Operation

__all__ = ["OperationError", "apply", "describe", "diff", "invert"]


def diff(
    old: dict[str, Any], new: dict[str, Any], *, afresh: Collection[str] = ()
) -> list[Operation]:
    """The operations from `old` to `new`: fields, then structure in the order of `new`.

    `afresh` are ids that name another entity in `new` than in `old`: these are removed and
    added instead of edited. Deterministic. Raises SpecError `plan_malformed` where an entity has no id of its own.
    """
    before, after = Tree(old), Tree(new)
    operations: list[Operation] = []
    gone = _replaced(before, after, afresh)
    operations.extend({"op": "remove", "id": node.id} for node in _tops(before, gone))
    kept = {
        identifier
        for identifier in before.nodes.keys() & after.nodes.keys()
        if identifier not in gone
    }
    empty: list[Operation] = []
    structure: list[Operation] = []
    for node in after.subtree(ROOT):
        if node.id in kept:
            operations.extend(_fields(before.nodes[node.id], node))
        if node.list_field is not None:
            structure.extend(_children(before, after, node, kept))
            empty.extend(_listing(before.nodes[node.id] if node.id in kept else None, node))
    lost = {
        identifier
        for identifier in before.nodes
        if identifier not in kept and identifier not in gone
    }
    structure.extend({"op": "remove", "id": node.id} for node in _tops(before, lost))
    return operations + structure + empty


def _replaced(before: Tree, after: Tree, afresh: Collection[str]) -> set[str]:
    """Ids that name another kind or entity now, with all that stood below them: these start afresh."""
    gone: set[str] = set()
    for node in before.subtree(ROOT):
        other = after.nodes.get(node.id)
        stands_in_gone = node.parent in gone and node.id != ROOT
        if stands_in_gone or node.id in afresh or (other and other.kind != node.kind):
            gone.add(node.id)
    return gone


def _tops(tree: Tree, chosen: set[str]) -> list[Node]:
    """The chosen nodes that stand below no chosen one, in document order."""
    if not chosen:
        return []
    return [n for n in tree.subtree(ROOT) if n.id in chosen and n.parent not in chosen]


def _fields(old: Node, new: Node) -> list[Operation]:
    if old.value is new.value or (new.list_field is None and same(old.value, new.value)):
        return []
    operations: list[Operation] = []
    known = dict(old.fields())
    for name, value in new.fields():
        if not same(known.pop(name, ABSENT), value):
            operations.append({"op": "set", "id": new.id, "field": name, "value": value})
    operations.extend({"op": "unset", "id": new.id, "field": name} for name in known)
    return operations


def _children(before: Tree, after: Tree, node: Node, kept: set[str]) -> list[Operation]:
    """Place the children of one parent from left to right, behind what is placed already."""
    old = before.nodes[node.id].children if node.id in kept else []
    if old == node.children and kept.issuperset(old):
        return []
    here = {child for child in old if child in kept and after.nodes[child].parent == node.id}
    still = stayed([child for child in old if child in here], node.children)
    operations: list[Operation] = []
    previous: str | None = None
    for child in node.children:
        place: Operation = {"parent": node.id, "after": previous}
        if child in kept and child not in still:
            operations.append({"op": "move", "id": child, **place})
        elif child not in kept and node.id in kept:
            value = _additions(after, child, kept)
            operations.append({"op": "add", **place, "value": value})
        previous = child
    return operations


def _additions(after: Tree, identifier: str, kept: set[str]) -> dict[str, Any]:
    """A new entity with what is new below it; what moves in from elsewhere follows later."""
    node = after.nodes[identifier]
    below = [_additions(after, child, kept) for child in node.children if child not in kept]
    if len(below) == len(node.children) and all(
        value is after.nodes[child].value for value, child in zip(below, node.children, strict=True)
    ):
        return node.value
    return {**node.value, str(node.list_field): below}


def _listing(old: Node | None, new: Node) -> list[Operation]:
    """Whether an empty list of children is written."""
    if new.children or old is None:
        return []
    operation: Operation = {"id": new.id, "field": new.list_field}
    if new.listed:
        return [] if old.listed else [{"op": "set", **operation, "value": []}]
    return [{"op": "unset", **operation}] if old.listed else []


_LONGEST = 60


def describe(
    operation: Operation, plan: dict[str, Any], *, entities: Mapping[str, Entity] | None = None
) -> str:
    """One line for people; `plan` is the document before the operation.

    `entities` is its `spec.document.index`, for who describes many. Never raises: what `plan` does
    not know is named by its id.
    """
    if entities is None:
        from buildrunner.spec.document import index

        entities = index(plan)

    def name(identifier: Any) -> str:
        if identifier == ROOT:
            return "the plan"
        entity = entities.get(identifier) if isinstance(identifier, str) else None
        title = entity.value.get("title") if entity is not None else None
        return f"{identifier} “{_short(title)}”" if isinstance(title, str) else str(identifier)

    verb, identifier = operation.get("op"), operation.get("id")
    if verb in ("set", "unset"):
        entity = entities.get(identifier) if isinstance(identifier, str) else None
        fields = plan if identifier == ROOT else entity.value if entity is not None else {}
        field = operation.get("field")
        before = _short(fields[field]) if field in fields else "nothing"
        after = _short(operation.get("value")) if verb == "set" else "nothing"
        return f"{name(identifier)}: {field}: {before} → {after}"
    if verb == "add":
        value = operation.get("value")
        value = value if isinstance(value, dict) else {}
        title = f" “{_short(value['title'])}”" if "title" in value else ""
        return f"add {value.get('id')}{title} to {name(operation.get('parent'))}"
    if verb == "move":
        sibling = operation.get("after")
        place = "first" if sibling is None else f"after {sibling}"
        return f"move {name(identifier)} to {name(operation.get('parent'))}, {place}"
    return f"{verb} {name(identifier)}"


def _short(value: Any) -> str:
    if isinstance(value, list):
        noun = "entry" if len(value) == 1 else "entries"
        text = (
            f"[{', '.join(map(str, value))}]"
            if len(str(value)) < _LONGEST
            else f"{len(value)} {noun}"
        )
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

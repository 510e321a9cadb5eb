"""Edits of many entities at once, as operations: one look at the plan, however many they are.

As in `mutate`, nothing is applied here, ids may be former ones, and what would break the plan
raises EditRefused.
"""

from __future__ import annotations

from buildrunner.spec.constraints import (
    check_fields,
    find,
    meant,
    needs_of,
    referrers,
    refuse,
    refuse_circles,
    set_needs,
)
from buildrunner.spec.document import CHILD_KIND
from buildrunner.spec.operations import apply
from buildrunner.spec.tree import ROOT, Node, Tree
from buildrunner.spec.values import ABSENT, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from buildrunner.spec.operations import Operation

__all__ = ["move_all", "remove_all", "set_all"]


def set_all(
    plan: dict[str, Any], identifiers: Sequence[str], field: str, value: Any = ABSENT
) -> list[Operation]:
    """Give a field of several entities one value; without a value, take the field away.

    What is so already gives no operation. Fields that tie entities together (`depends_on`,
    `aliases`, the children) are edited one entity at a time, with `mutate.edit_fields`.
    """
    tree = Tree(plan)
    operations: list[Operation] = []
    for node in _named(tree, identifiers):
        if field in ("id", "depends_on", "aliases", node.list_field):
            refuse("invalid_value", f"{field} is not a field to set on many at once")
        if value is ABSENT:
            if field in ("title", "status", "criteria"):
                refuse("invalid_value", f'"{node.id}" needs its {field}', f"set another {field}")
            if field in node.value:
                operations.append({"op": "unset", "id": node.id, "field": field})
            continue
        check_fields(tree, node.kind, {field: value}, node.id)
        if not same(node.value.get(field, ABSENT), value):
            operations.append({"op": "set", "id": node.id, "field": field, "value": value})
    return operations


def move_all(
    plan: dict[str, Any],
    identifiers: Sequence[str],
    *,
    parent: str,
    after: str | None = None,
    first: bool = False,
) -> list[Operation]:
    """Move entities of one kind below a parent, side by side, in the order of the document.

    They keep their ids. `after` names the sibling to stand behind; without it the last place,
    with `first` the first.
    """
    tree = Tree(plan)
    nodes = _named(tree, identifiers)
    kind = nodes[0].kind
    if any(node.kind != kind for node in nodes):
        refuse("wrong_kind", "only entities of one kind can be moved together")
    holder = next(above for above, child in CHILD_KIND.items() if child == kind)
    above = find(tree, parent, holder) if parent else tree.nodes[ROOT]
    if above.kind != holder:
        refuse("wrong_kind", f"a {kind} stands in a {holder}: name one")
    movers = {node.id for node in nodes}
    behind = _place(tree, above, movers, after, first)
    operations: list[Operation] = []
    for node in nodes:
        operations.append({"op": "move", "id": node.id, "parent": above.id, "after": behind})
        behind = node.id
    if any(node.parent != above.id for node in nodes):
        refuse_circles(plan, apply(plan, operations))
    return operations


def _place(tree: Tree, above: Node, movers: set[str], after: str | None, first: bool) -> str | None:
    """The sibling that stays put and stands before the moved ones, None for the first place."""
    if first:
        return None
    if after is None:
        return next((child for child in reversed(above.children) if child not in movers), None)
    sibling = find(tree, after).id
    if sibling not in above.children:
        place = f'"{above.id}"' if above.id else "the plan"
        refuse("wrong_kind", f'"{sibling}" does not stand in {place}', "name a sibling")
    before = above.children[: above.children.index(sibling) + 1]
    return next((child for child in reversed(before) if child not in movers), None)


def remove_all(
    plan: dict[str, Any], identifiers: Sequence[str], *, cascade: bool = False
) -> list[Operation]:
    """Remove entities with everything below them.

    Refused (`still_needed`, with the ids of those who need it) while others depend on any of it,
    unless `cascade`: then those dependencies are dropped.
    """
    tree = Tree(plan)
    nodes = _named(tree, identifiers)
    gone = {below.id for node in nodes for below in tree.subtree(node.id)}
    chosen = {node.id for node in nodes}
    tops = [node for node in nodes if not _lies_in(tree, node, chosen)]
    dependents = referrers(tree, gone)
    if dependents and not cascade:
        names = [dependent.id for dependent in dependents]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        verb = "depends" if len(names) == 1 else "depend"
        what = f'"{nodes[0].id}"' if len(nodes) == 1 else f"{len(nodes)} entries"
        refuse(
            "still_needed",
            f"{what} cannot go: {', '.join(names[:5])}{more} {verb} on what would be removed",
            "drop those dependencies with it, or keep it",
            names,
        )
    operations: list[Operation] = []
    for dependent in dependents:
        kept = [need for need in needs_of(dependent) if meant(tree, need) not in gone]
        operations.append(set_needs(dependent, kept))
    operations.extend({"op": "remove", "id": node.id} for node in tops)
    return operations


def _named(tree: Tree, identifiers: Iterable[str]) -> list[Node]:
    """The entities, each once, in document order."""
    wanted = {find(tree, name, *CHILD_KIND.values()).id for name in identifiers}
    if not wanted:
        refuse("invalid_value", "name at least one entity")
    if len(wanted) == 1:
        return [tree.nodes[wanted.pop()]]
    return [node for node in tree.subtree(ROOT) if node.id in wanted]


def _lies_in(tree: Tree, node: Node, chosen: set[str]) -> bool:
    """Whether an entity stands somewhere below one of the chosen ones."""
    at = node
    while at.id != ROOT:
        at = tree.nodes[at.parent]
        if at.id in chosen:
            return True
    return False

"""Edits people ask for, as operations: checked against the plan, never applied here.

Every function takes the plan first and returns the operations for `diff.apply`, or raises
EditRefused, a SpecError that says what stands against it. Ids may be former ones. `after`
names the sibling to stand behind; without it the last place, with `first` the first.
"""

from __future__ import annotations

from buildrunner.spec.constraints import (
    EditRefused,
    check_fields,
    find,
    meant,
    needs_of,
    referrers,
    refuse,
    refuse_circles,
    set_needs,
)
from buildrunner.spec.criteria import followed
from buildrunner.spec.document import CHILD_KIND, CHILDREN
from buildrunner.spec.ids import IdSpace, belongs, pattern, renamed
from buildrunner.spec.operations import MAX_NAME, apply
from buildrunner.spec.reshape import merge_entities, split
from buildrunner.spec.tree import ROOT, Node, Tree
from buildrunner.spec.values import ABSENT, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from buildrunner.spec.operations import Operation

REQUIRED = {
    "root": ("projectId", "title", "version", "updatedAt"),
    "milestone": ("title",),
    "step": ("title",),
    "microstep": ("title", "status", "criteria"),
}

__all__ = [
    "EditRefused", "add_entity", "edit_fields", "merge_entities", "move", "remove", "rename",
    "set_status", "split",
]  # fmt: skip


def add_entity(
    plan: dict[str, Any],
    parent: str,
    *,
    title: str,
    kind: str | None = None,
    fields: Mapping[str, Any] | None = None,
    after: str | None = None,
    first: bool = False,
    identifier: str | None = None,
    reserved: Iterable[str] = (),
) -> list[Operation]:
    """Add a milestone to the plan (`parent` ""), a step to a milestone, a microstep to a step.

    The id follows the siblings' pattern unless given. `reserved` are ids not to use although
    the plan does not: pass those of the last synced plan, else a new entity can take the id of
    one just removed here, and others' edits of that one would land on it.
    """
    tree = Tree(plan)
    above = find(tree, parent) if parent else tree.nodes[ROOT]
    child = CHILD_KIND.get(above.kind)
    if child is None or (kind is not None and kind != child):
        hold = f"holds {child}s" if child else "holds nothing below it"
        what = kind or "entity"
        refuse(
            "wrong_kind",
            f'"{above.id or "the plan"}" is a {above.kind} and {hold}: no {what} can be added',
            "milestones hold steps, steps hold microsteps",
        )
    space = IdSpace.of(plan)
    for name in reserved:
        space.take(name)
    if identifier is None:
        identifier = space.next(pattern(plan, above.id, child))
    else:
        _check_new_id(tree, identifier)
    value: dict[str, Any] = {"id": identifier, "title": title}
    if child == "microstep":
        value.update({"status": "todo", "criteria": []})
    for name, member in (fields or {}).items():
        if name in ("id", CHILDREN.get(child)):
            refuse(
                "invalid_value", f"{name} is not a field to set", "add what lies below afterwards"
            )
        value[name] = member
    check_fields(tree, child, {k: v for k, v in value.items() if k != "id"}, identifier)
    if child != "microstep":
        value[CHILDREN[child]] = []
    place = {"parent": above.id, "after": _after(tree, above, after, first, None)}
    operations: list[Operation] = [{"op": "add", **place, "value": value}]
    if "depends_on" in value:
        refuse_circles(plan, apply(plan, operations))
    return operations


def edit_fields(
    plan: dict[str, Any],
    identifier: str,
    *,
    set: Mapping[str, Any] | None = None,
    unset: Iterable[str] = (),
) -> list[Operation]:
    """Set and unset fields of an entity, or of the document (`identifier` "").

    Values that are already so give no operation.
    """
    tree = Tree(plan)
    node = find(tree, identifier)
    given, unset = dict(set or {}), list(unset)
    for name in (*given, *unset):
        if (name == "id" and node.kind != "root") or name == node.list_field:
            words = "rename" if name == "id" else "add, move and remove"
            refuse("invalid_value", f"{name} is not a field to set", f"use {words} for it")
        if name in unset and name in REQUIRED[node.kind]:
            place = f'"{node.id}"' if node.id else "the plan"
            refuse("invalid_value", f"{place} needs its {name}", f"set another {name}")
    check_fields(tree, node.kind, given, node.id)
    old, checks = node.value.get("criteria"), node.value.get("checks")
    free = "criteria" in given and "checks" not in (*given, *unset)
    if free and isinstance(old, list) and isinstance(checks, list):
        given["checks"] = followed(checks, old, given["criteria"])
    operations: list[Operation] = [
        {"op": "set", "id": node.id, "field": name, "value": value}
        for name, value in given.items()
        if not same(node.value.get(name, ABSENT), value)
    ]
    operations.extend(
        {"op": "unset", "id": node.id, "field": name}
        for name in unset
        if name in node.value and name not in given
    )
    if any(operation["field"] == "depends_on" for operation in operations):
        refuse_circles(plan, apply(plan, operations))
    return operations


def set_status(plan: dict[str, Any], identifier: str, status: str) -> list[Operation]:
    """Set a microstep's status; nothing to do gives no operation."""
    tree = Tree(plan)
    node = find(tree, identifier, "microstep")
    check_fields(tree, node.kind, {"status": status}, node.id)
    if node.value.get("status") == status:
        return []
    return [{"op": "set", "id": node.id, "field": "status", "value": status}]


def move(
    plan: dict[str, Any],
    identifier: str,
    *,
    parent: str | None = None,
    after: str | None = None,
    first: bool = False,
    renumber: bool = False,
) -> list[Operation]:
    """Move an entity among its siblings or below another parent.

    It keeps its id, so that everything that names it stays true; with `renumber` it takes one
    of its new parent's namespace, and the old one becomes an alias.
    """
    tree = Tree(plan)
    node = find(tree, identifier, *CHILD_KIND.values())
    holder = next(kind for kind, child in CHILD_KIND.items() if child == node.kind)
    if parent is None:
        above = tree.nodes[node.parent if after is None else find(tree, after).parent]
    else:
        above = find(tree, parent, holder) if parent else tree.nodes[ROOT]
    if above.kind != holder:
        refuse("wrong_kind", f'"{above.id}" is a {above.kind}: a {node.kind} stands in a {holder}')
    behind = _after(tree, above, after, first, node.id)
    if above.id == node.parent and behind == _previous(tree, node):
        operations: list[Operation] = []
    else:
        operations = [{"op": "move", "id": node.id, "parent": above.id, "after": behind}]
    if above.id != node.parent:
        moved = apply(plan, operations)
        refuse_circles(plan, moved)
        if renumber and not belongs(node.id, above.id):
            new = IdSpace.of(plan).next(pattern(moved, above.id, node.kind))
            return _as_renamed(plan, moved, node.id, new)
    return operations


def remove(plan: dict[str, Any], identifier: str, *, cascade: bool = False) -> list[Operation]:
    """Remove an entity with everything below it.

    Refused (`still_needed`) while others depend on any of it, unless `cascade`: then those
    dependencies are dropped.
    """
    tree = Tree(plan)
    node = find(tree, identifier, *CHILD_KIND.values())
    gone = {below.id for below in tree.subtree(node.id)}
    dependents = referrers(tree, gone)
    if dependents and not cascade:
        names = [dependent.id for dependent in dependents]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        refuse(
            "still_needed",
            f'"{node.id}" cannot go: {", ".join(names[:5])}{more} depend on it',
            f"br plan remove {node.id} --cascade drops those dependencies",
            names,
        )
    operations: list[Operation] = []
    for dependent in dependents:
        kept = [need for need in needs_of(dependent) if meant(tree, need) not in gone]
        operations.append(set_needs(dependent, kept))
    operations.append({"op": "remove", "id": node.id})
    return operations


def rename(plan: dict[str, Any], identifier: str, new: str) -> list[Operation]:
    """Give an entity another id; what is below it follows where it bore the old one.

    References are rewritten, former ids go to `aliases`. On the wire this is remove and add;
    a merge knows the entity again by its aliases.
    """
    tree = Tree(plan)
    node = find(tree, identifier, *CHILD_KIND.values())
    if new == node.id:
        return []
    _check_new_id(tree, new)
    return _as_renamed(plan, plan, node.id, new)


def _as_renamed(
    plan: dict[str, Any], edited: dict[str, Any], old: str, new: str
) -> list[Operation]:
    from buildrunner.spec.diff import diff

    tree = Tree(edited)
    names = {
        below.id: new + below.id[len(old) :]
        for below in tree.subtree(old)
        if below.id == old or belongs(below.id, old)
    }
    for name in names.values():
        if name in tree.nodes and name not in names:
            refuse("id_taken", f'the id "{name}" is taken', "choose another id", [name])
    return diff(plan, renamed(edited, names))


def _check_new_id(tree: Tree, identifier: str) -> None:
    if not 0 < len(identifier) <= MAX_NAME or identifier.split() != [identifier]:
        refuse("invalid_value", "an id is 1 to 200 characters without white space")
    if identifier in tree.nodes:
        refuse("id_taken", f'the id "{identifier}" is taken', "leave the id out", [identifier])


def _after(
    tree: Tree, above: Node, after: str | None, first: bool, mover: str | None
) -> str | None:
    """The sibling to stand behind, None for the first place."""
    if first:
        return None
    siblings = [child for child in above.children if child != mover]
    if after is None:
        return siblings[-1] if siblings else None
    sibling = find(tree, after).id
    if sibling not in siblings:
        place = f'"{above.id}"' if above.id else "the plan"
        refuse("wrong_kind", f'"{sibling}" does not stand in {place}', "name a sibling")
    return sibling


def _previous(tree: Tree, node: Node) -> str | None:
    siblings = tree.nodes[node.parent].children
    place = siblings.index(node.id)
    return siblings[place - 1] if place else None

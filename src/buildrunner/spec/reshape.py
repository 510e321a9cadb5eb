"""Splitting one entity into several and merging several into one, as operations."""

from __future__ import annotations

from buildrunner.spec.constraints import (
    RISKS,
    check_fields,
    find,
    meant,
    needs_of,
    referrers,
    refuse,
    refuse_circles,
    set_needs,
)
from buildrunner.spec.criteria import dealt, gathered
from buildrunner.spec.ids import IdSpace, aliases, pattern
from buildrunner.spec.operations import apply
from buildrunner.spec.tree import Node, Tree
from buildrunner.spec.values import ABSENT, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from buildrunner.spec.operations import Operation

# What a part has in common with the whole it was cut from.
_SHARED = ("owner", "priority", "impact_score", "risk_level", "depends_on")


def split(
    plan: dict[str, Any],
    identifier: str,
    *,
    titles: Sequence[str],
    groups: Sequence[Sequence[int | str]],
    reserved: Iterable[str] = (),
) -> list[Operation]:
    """Split a microstep by its criteria, or a step by its microsteps.

    `titles` and `groups` name the parts, two or more; `groups` holds for a microstep the
    indices of criteria, counted from 0, for a step the ids of microsteps, each exactly once.
    The first part keeps the id; the others stand right behind it. What depended on the whole
    depends on every part. Parts of a microstep take over its status, owner, priority, impact,
    risk level and dependencies; its effort is divided.
    """
    tree = Tree(plan)
    node = find(tree, identifier, "microstep", "step")
    if len(titles) != len(groups) or len(titles) < 2:
        refuse("invalid_value", "a split needs two or more parts, each with a title and a group")
    step = node.kind == "step"
    whole: Sequence[int | str] = node.children if step else range(len(_criteria(node)))
    chosen = [member for group in groups for member in group]
    if len(set(chosen)) != len(chosen) or set(chosen) != set(whole) or not all(groups):
        what = f"the microsteps of {node.id}" if step else f"the criteria 0 to {len(whole) - 1}"
        refuse("invalid_value", f"the groups must hold {what}, each exactly once, none empty")
    for title in titles:
        check_fields(tree, node.kind, {"title": title}, node.id)
    space = IdSpace.of(plan)
    for name in reserved:
        space.take(name)
    stem = pattern(plan, node.parent, node.kind)
    names = [node.id, *(space.next(stem) for _ in titles[1:])]
    cut = _split_step if step else _split_microstep
    operations = cut(node, names, titles, groups)
    for dependent in referrers(tree, {node.id}):
        needs: list[str] = []
        for need in needs_of(dependent):
            needs.extend([need, *names[1:]] if meant(tree, need) == node.id else [need])
        operations.append(set_needs(dependent, needs))
    refuse_circles(plan, apply(plan, operations))
    return operations


def _criteria(node: Node) -> list[Any]:
    found = node.value.get("criteria")
    return found if found.__class__ is list else []


def _split_microstep(
    node: Node, names: list[str], titles: Sequence[str], groups: Sequence[Sequence[int | str]]
) -> list[Operation]:
    criteria = _criteria(node)
    parts = [[criteria[int(index)] for index in group] for group in groups]
    operations = [
        _set(node, "title", titles[0]),
        {"op": "set", "id": node.id, "field": "criteria", "value": parts[0]},
    ]
    checks = node.value.get("checks")
    shares_checks = [
        dealt(checks, [int(index) for index in group]) if checks.__class__ is list else []
        for group in groups
    ]
    if checks.__class__ is list and not same(checks, shares_checks[0]):
        operations.append(_set(node, "checks", shares_checks[0]))
    shared = {name: node.value[name] for name in _SHARED if name in node.value}
    effort = node.value.get("effort_points")
    shares = _shares(effort, len(parts)) if effort.__class__ is int and effort > 0 else []
    if shares:
        operations.append(_set(node, "effort_points", shares[0]))
    for position, name in enumerate(names[1:], 1):
        value = {"id": name, "title": titles[position], "status": node.value.get("status", "todo")}
        value.update({"criteria": parts[position], **shared})
        if shares:
            value["effort_points"] = shares[position]
        if shares_checks[position]:
            value["checks"] = shares_checks[position]
        place = {"parent": node.parent, "after": names[position - 1]}
        operations.append({"op": "add", **place, "value": value})
    return operations


def _shares(effort: int, count: int) -> list[int]:
    """Effort divided into whole shares of at least 1, the larger first."""
    return [max(1, (effort + count - 1 - position) // count) for position in range(count)]


def _split_step(
    node: Node, names: list[str], titles: Sequence[str], groups: Sequence[Sequence[int | str]]
) -> list[Operation]:
    operations = [_set(node, "title", titles[0])]
    needs = {"depends_on": node.value["depends_on"]} if needs_of(node) else {}
    for position, name in enumerate(names[1:], 1):
        value = {"id": name, "title": titles[position], **needs, "microsteps": []}
        place = {"parent": node.parent, "after": names[position - 1]}
        operations.append({"op": "add", **place, "value": value})
        after: str | None = None
        for child in [child for child in node.children if child in groups[position]]:
            operations.append({"op": "move", "id": child, "parent": name, "after": after})
            after = child
    return operations


def merge_entities(
    plan: dict[str, Any], identifiers: Sequence[str], *, title: str | None = None
) -> list[Operation]:
    """Merge microsteps (or steps) into the first one named.

    It keeps its id; the others' ids become aliases, and what depended on them depends on it.
    Criteria, links, scripts and dependencies unite; effort adds up (to 100 at most); impact,
    priority and risk take the highest; unknown fields it lacks come from the others. Texts the
    first has of its own stay, so nothing but equal words and superseded values is dropped.
    """
    tree = Tree(plan)
    nodes = [find(tree, name, "microstep", "step") for name in identifiers]
    first, others = (nodes[0], nodes[1:]) if nodes else (None, [])
    if first is None or not others or len({node.id for node in nodes}) != len(nodes):
        refuse("invalid_value", "a merge needs two or more different ids")
    if any(node.kind != first.kind for node in others):
        refuse("wrong_kind", "only microsteps, or only steps, can be merged into one")
    fields = _united(tree, nodes)
    if title is not None:
        fields["title"] = title
    check_fields(tree, first.kind, {"title": fields.get("title", "")}, first.id)
    operations: list[Operation] = [
        _set(first, name, value)
        for name, value in fields.items()
        if not same(first.value.get(name, ABSENT), value)
    ]
    if "depends_on" in first.value and "depends_on" not in fields:
        operations.append(set_needs(first, []))
    last = first.children[-1] if first.children else None
    for child in (child for node in others for child in node.children):
        operations.append({"op": "move", "id": child, "parent": first.id, "after": last})
        last = child
    names = {node.id for node in nodes}
    for dependent in referrers(tree, names):
        needs = needs_of(dependent)
        found = [meant(tree, need) for need in needs]
        merged = [first.id if f in names else n for n, f in zip(needs, found, strict=True)]
        operations.append(set_needs(dependent, merged))
    operations.extend({"op": "remove", "id": node.id} for node in others)
    refuse_circles(plan, apply(plan, operations))
    return operations


def _united(tree: Tree, nodes: list[Node]) -> dict[str, Any]:
    """The fields of several entities in one."""
    first = nodes[0]
    united: dict[str, Any] = dict(first.fields())
    for node in nodes[1:]:
        for name, value in node.fields():
            if name not in united:
                united[name] = value
            elif value.__class__ is list and united[name].__class__ is list:
                known = united[name]
                fresh = [v for v in value if not any(same(v, k) for k in known)]
                united[name] = [*known, *fresh]
    values = [node.value for node in nodes]
    if first.kind == "microstep" and "checks" in united:
        united["checks"] = gathered(values, united.get("criteria"))
    for name, scale in (("priority", ("P3", "P2", "P1")), ("risk_level", RISKS)):
        ranks = [scale.index(v[name]) for v in values if v.get(name) in scale]
        if ranks:
            united[name] = scale[max(ranks)]
    for name, total, most in (("effort_points", sum, 100), ("impact_score", max, 10)):
        numbers = [v[name] for v in values if v.get(name).__class__ is int]
        if numbers:
            united[name] = min(most, total(numbers))
    if first.kind == "microstep":
        united["status"] = _status([str(value.get("status", "todo")) for value in values])
    former = [name for node in nodes[1:] for name in (node.id, *aliases(node.value))]
    own = [name for name in aliases(first.value) if name not in former]
    united["aliases"] = [*own, *dict.fromkeys(name for name in former if name != first.id)]
    inside = {node.id for node in nodes} | {c for node in nodes for c in node.children}
    needs = [need for need in united.pop("depends_on", []) if meant(tree, need) not in inside]
    if needs:
        united["depends_on"] = list(dict.fromkeys(needs))
    return united


def _status(statuses: list[str]) -> str:
    """Of the whole: as the parts where they agree, blocked if one is, else under way."""
    if len(set(statuses)) == 1:
        return statuses[0]
    return "blocked" if "blocked" in statuses else "doing"


def _set(node: Node, field: str, value: Any) -> Operation:
    return {"op": "set", "id": node.id, "field": field, "value": value}

"""Cutting open work to an effort budget: what must stay, then the best of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildrunner.spec.constraints import meant, needs_of, refuse
from buildrunner.spec.document import Entity, index, root
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import Graph, positive
from buildrunner.spec.ranking import USUAL_EFFORT, USUAL_IMPACT, USUAL_PRIORITY
from buildrunner.spec.rescope_moves import LATER, Scope, defer, drop, later, open_below
from buildrunner.spec.tree import Tree


def cut(scope: Scope, act: Mapping[str, Any]) -> list[str]:
    """Keep at most `budget` points of open work; the rest is deferred, or with `how` dropped.

    Work under way and the critical path stay, and with whatever stays all that it waits for; then
    the most urgent, and of these what brings most per point, as long as it fits.
    """
    budget, how = act.get("budget"), act.get("how") or "defer"
    if budget.__class__ not in (int, float) or not budget or budget <= 0:
        refuse("invalid_value", "a budget is a number of points above 0", "cut to 40 points")
    if how not in ("defer", "drop"):
        refuse("invalid_value", f"{how!r}: what is cut is deferred or dropped", "how: defer")
    inside = _inside(scope, act.get("milestone"))
    total = sum(map(effort, inside.values()))
    if total <= budget:
        refuse("nothing_to_do", f"{total:g} points are open: that is within {budget:g}", "br graph")
    kept = _kept(scope, inside, float(budget))
    rest = [entity for name, entity in inside.items() if name not in kept]
    left = sum(effort(entity) for name, entity in inside.items() if name in kept)
    reasons = [
        f"{left:g} of {total:g} points stay, the critical path and what is under way among them"
    ]
    if how == "drop":
        return reasons + drop(scope, rest)
    # Of the whole plan nothing may land in what was just cut.
    goal = None if act.get("milestone") else later(scope, reasons)
    return reasons + defer(scope, rest, goal)


def effort(entity: Entity) -> float:
    """The points of a microstep as the critical path counts them."""
    return positive(entity.value.get("effort_points"), 1)


def _inside(scope: Scope, milestone: Any) -> dict[str, Entity]:
    if milestone:
        entity = scope.find(milestone)
        if entity.kind != "milestone":
            refuse("wrong_kind", f'"{entity.id}" is a {entity.kind}: milestones have a budget')
        homes = [entity]
    else:
        homes = root(scope.plan).children()
        if homes and homes[-1].value.get("title") == LATER:
            homes = homes[:-1]
    return {each.id: each for home in homes for each in open_below(home)}


def _kept(scope: Scope, inside: dict[str, Entity], budget: float) -> set[str]:
    graph = Graph(scope.plan)
    needed = _Needed(scope)
    try:
        path = [entity.id for entity in graph.critical_path()]
    except SpecError as error:
        refuse(error.code, error.message, "br lint")
    kept: set[str] = set()
    for name, entity in inside.items():
        if name in path or entity.value.get("status") == "doing":
            kept |= needed.of(name) | {name}
    spent = sum(effort(inside[name]) for name in kept if name in inside)
    if spent > budget:
        refuse(
            "budget_too_small",
            f"the critical path and what is under way take {spent:g} points, more than {budget:g}",
            f"cut to {spent:g} points, or split what is on the critical path (br graph --critical-path)",
        )
    for name in sorted(inside, key=lambda each: _worth(inside[each])):
        if name in kept:
            continue
        fresh = (needed.of(name) | {name}) - kept
        cost = sum(effort(inside[each]) for each in fresh if each in inside)
        if spent + cost <= budget:
            kept |= fresh
            spent += cost
    return kept


def _worth(entity: Entity) -> tuple[str, float]:
    value = entity.value
    priority = value.get("priority")
    impact = positive(value.get("impact_score"), USUAL_IMPACT)
    return (
        priority if priority in ("P1", "P3") else USUAL_PRIORITY,
        -impact / positive(value.get("effort_points"), USUAL_EFFORT),
    )


class _Needed:
    """The open microsteps that one waits for, directly or through others."""

    def __init__(self, scope: Scope) -> None:
        self._tree = Tree(scope.plan)
        self._known = index(scope.plan)
        self._direct: dict[str, list[str]] = {}

    def of(self, name: str) -> set[str]:
        found: set[str] = set()
        queue = [name]
        while queue:
            for need in self._needs(queue.pop()):
                if need not in found:
                    found.add(need)
                    queue.append(need)
        return found

    def _needs(self, name: str) -> list[str]:
        if name not in self._direct:
            found: dict[str, None] = {}
            at = self._tree.nodes[name]
            while at.id:
                for need in needs_of(at):
                    entity = self._known.get(meant(self._tree, need))
                    for each in open_below(entity) if entity is not None else ():
                        found.setdefault(each.id)
                at = self._tree.nodes[at.parent]
            self._direct[name] = list(found)
        return self._direct[name]

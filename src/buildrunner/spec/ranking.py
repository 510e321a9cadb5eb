"""What to do next, and why, in words. Hot path of `br next`."""

from __future__ import annotations

from buildrunner.spec.graph import MISSING, Graph, positive

# What nobody estimated counts as middling.
USUAL_PRIORITY = "P2"
USUAL_IMPACT = 5
USUAL_EFFORT = 5


def rank(graph: Graph, limit: int | None) -> list[tuple[int, list[str]]]:
    """Ready rows with reasons, best first: see `Graph.rank_next`."""
    ranked: list[tuple[str, float, int, int]] = []
    waiting = _waiting(graph)
    for row in graph.ready_rows():
        value = graph.values[row]
        priority = value.get("priority")
        impact = positive(value.get("impact_score"), USUAL_IMPACT)
        effort = positive(value.get("effort_points"), USUAL_EFFORT)
        ranked.append(
            (
                priority if priority in ("P1", "P3") else USUAL_PRIORITY,
                -impact / effort,
                -waiting.get(row, 0),
                row,
            )
        )
    ranked.sort()
    if limit is not None:
        del ranked[limit:]
    return [(row, _reasons(graph, row, -count)) for _, _, count, row in ranked]


def _waiting(graph: Graph) -> dict[int, int]:
    """Row of an open microstep → how many open microsteps wait directly for it.

    Who depends on a step or milestone waits for the last open microstep in it.
    """
    counts: dict[int, int] = {}
    lone: dict[int, int] = {}
    still_open = graph.open
    for row, targets in graph.needs.items():
        size = still_open[row]
        for target in targets if size else ():
            if target == MISSING or not still_open[target]:
                continue
            if graph.levels[target] != 2:
                if still_open[target] > 1:
                    continue
                if target not in lone:
                    lone[target] = _first_open(graph, target)
                target = lone[target]
            counts[target] = counts.get(target, 0) + size
    return counts


def _first_open(graph: Graph, row: int) -> int:
    """The first open microstep in a row that has one."""
    while not (graph.levels[row] == 2 and graph.open[row]):
        row += 1
    return row


def _reasons(graph: Graph, row: int, waiting: int) -> list[str]:
    value = graph.values[row]
    count = 0
    above = row
    while above >= 0:
        count += len(graph.needs.get(above, ()))
        above = graph.parents[above]
    depends = {0: "it depends on nothing", 1: "its one dependency is done"}
    reasons = [f"ready: {depends.get(count, f'all {count} dependencies are done')}"]
    if value.get("priority") in ("P1", "P2", "P3"):
        reasons.append(f"priority {value['priority']}")
    impact, effort = value.get("impact_score"), value.get("effort_points")
    if positive(impact, 0) and positive(effort, 0):
        reasons.append(f"impact {impact} for effort {effort}")
    elif positive(impact, 0):
        reasons.append(f"impact {impact}")
    elif positive(effort, 0):
        reasons.append(f"effort {effort}")
    if waiting:
        reasons.append(f"{waiting} microstep{'s wait' if waiting > 1 else ' waits'} for it")
    if len(reasons) == 1:
        reasons.append("first of its kind in the plan")
    return reasons

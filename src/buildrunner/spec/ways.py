"""Ways through the dependencies: orders, circles, chains. Iterative, for chains of any length.

The nodes are those of `circles.waiting`: 2·row is a row's start, 2·row + 1 its end.
"""

from __future__ import annotations

from buildrunner.spec.circles import components, shortest_circles, waiting
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from buildrunner.spec.graph import Graph

_SHOWN = 12


def waits(graph: Graph) -> list[list[int]]:
    """Node → nodes it waits for."""
    if graph.waits_cache is None:
        graph.waits_cache = waiting(graph.parents, graph.needs)
    return graph.waits_cache


def finishing_order(edges: Sequence[Sequence[int]]) -> list[int] | None:
    """All nodes, each after those its edges lead to, else by number; None where there is a circle."""
    state = bytearray(len(edges))  # 0 unseen, 1 under way, 2 finished
    order: list[int] = []
    for root in range(len(edges)):
        if state[root]:
            continue
        state[root] = 1
        path = [(root, iter(edges[root]))]
        while path:
            node, following = path[-1]
            for target in following:
                if state[target] == 1:
                    return None
                if not state[target]:
                    state[target] = 1
                    path.append((target, iter(edges[target])))
                    break
            else:
                path.pop()
                state[node] = 2
                order.append(node)
    return order


def knots(graph: Graph) -> list[list[int]]:
    """The rows of each strongly connected component, in document order."""
    found = components(waits(graph))
    return sorted(sorted({node // 2 for node in component}) for component in found)


def circles(graph: Graph) -> list[list[int]]:
    """For each knot the rows of a shortest circle, from the first that depends on another."""
    return shortest_circles(waits(graph), graph.needs)


def _ordered(graph: Graph) -> list[int]:
    order = finishing_order(waits(graph))
    if order is None:
        names = graph.cycles()[0]
        shown = [*names[:_SHOWN], "…"] if len(names) > _SHOWN else [*names, names[0]]
        raise SpecError(
            "dependency_cycle",
            f"dependencies run in a circle: {' → '.join(shown)}",
            hint="br lint",
        )
    return order


def topological_rows(graph: Graph) -> list[int]:
    """The microsteps, each after all it waits for."""
    return [n // 2 for n in _ordered(graph) if n % 2 and graph.levels[n // 2] == 2]


def critical_rows(graph: Graph) -> list[int]:
    """The open microsteps of the heaviest chain, first to do first."""
    edges = waits(graph)
    heaviest = [0.0] * len(edges)
    through = [MISSING] * len(edges)
    last = MISSING
    for node in _ordered(graph):
        for target in edges[node]:
            if heaviest[target] > heaviest[node] or through[node] == MISSING:
                heaviest[node] = heaviest[target]
                through[node] = target
        row = node // 2
        if node % 2 and graph.levels[row] == 2 and graph.open[row]:
            heaviest[node] += graph.weight(row)
        if last == MISSING or heaviest[node] > heaviest[last]:
            last = node
    rows: list[int] = []
    while last != MISSING:
        row = last // 2
        if last % 2 and graph.levels[row] == 2 and graph.open[row]:
            rows.append(row)
        last = through[last]
    return rows[::-1]


def closing_way(graph: Graph, row: int, need: int) -> list[int]:
    """The rows of the circle that `row` waiting for `need` would close, empty where it closes none.

    It begins with `row` and goes along what waits for what, shortest way.
    """
    edges = waits(graph)
    start, goal = 2 * need + 1, 2 * row
    came: dict[int, int] = {start: start}
    queue = [start]
    for node in queue:  # grows while it is walked: breadth first
        if node == goal:
            way = [row]
            while came[node] != node:
                if way[-1] != node // 2:
                    way.append(node // 2)
                node = came[node]
            if way[-1] != need:
                way.append(need)
            return [row, *way[:0:-1]]
        for target in edges[node]:
            if target not in came:
                came[target] = node
                queue.append(target)
    return []


def dependent_rows(graph: Graph, top: int) -> list[int]:
    """The microsteps outside `top` that wait for it, or for anything in it."""
    reverse: list[list[int]] = [[] for _ in range(2 * len(graph.parents))]
    for node, targets in enumerate(waits(graph)):
        for target in targets:
            reverse[target].append(node)
    inside = [row for row in range(top, len(graph.parents)) if graph.within(row, top)]
    queue = [2 * row + 1 for row in inside]
    seen = set(queue)
    found: set[int] = set()
    for node in queue:  # grows while it is walked
        if not node % 2 and graph.levels[node // 2] == 2:
            found.add(node // 2)
        for target in reverse[node]:
            if target not in seen:
                seen.add(target)
                queue.append(target)
    return sorted(found.difference(inside))


def blocking_chains(graph: Graph, row: int, limit: int | None) -> list[list[str]]:
    """Chains of ids from `row` to open microsteps that wait for nothing, or to missing ids."""
    edges = waits(graph)
    start = 2 * row
    came: dict[int, int] = {start: start}
    queue = [start]
    chains: list[list[str]] = []
    for node in queue:  # grows while it is walked: breadth first, so the shortest chains come first
        if limit is not None and len(chains) >= limit:
            break
        here = node // 2
        if not node % 2:
            chain = _chain(graph, came, node, row) if here in graph.missing else []
            chains.extend([*chain, missing] for missing in graph.missing.get(here, ()))
        elif graph.levels[here] == 2 and graph.free(here):
            chains.append(_chain(graph, came, node, row))
            continue
        for target in edges[node]:
            if target not in came and (not target % 2 or graph.open[target // 2]):
                came[target] = node
                queue.append(target)
    while not chains and row >= 0:  # nothing but circles
        chains = [[graph.name(t)] for t in graph.needs.get(row, ()) if graph.open[t]]
        row = graph.parents[row]
    return sorted(chains, key=len)[:limit]


def _chain(graph: Graph, came: dict[int, int], node: int, row: int) -> list[str]:
    rows = [node // 2]
    while came[node] != node:
        node = came[node]
        if rows[-1] != node // 2:
            rows.append(node // 2)
    if rows[-1] == row:
        rows.pop()
    return [graph.name(r) for r in reversed(rows)]

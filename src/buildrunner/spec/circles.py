"""Who waits for whom, and where that runs in a circle. Iterative, for chains of any length.

Every row of a plan has two nodes: 2·row, its start, and 2·row + 1, its end. A start waits for the
start of what the entity lies in and for the ends of what it depends on; an end waits for its own
start and for the ends of what lies in it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def waiting(parents: Sequence[int], needs: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Node → nodes it waits for. A negative parent is the plan, a negative need is missing."""
    found: list[list[int]] = [[] for _ in range(2 * len(parents))]
    for row, parent in enumerate(parents):
        found[2 * row + 1].append(2 * row)
        if parent >= 0:
            found[2 * row].append(2 * parent)
            found[2 * parent + 1].append(2 * row + 1)
    for row, targets in needs.items():
        found[2 * row].extend(2 * target + 1 for target in targets if target >= 0)
    return found


def components(edges: Sequence[Sequence[int]]) -> list[list[int]]:
    """Strongly connected components that hold a circle (Tarjan 1972)."""
    order = [0] * len(edges)  # 0: not seen yet
    low = [0] * len(edges)
    on_stack = bytearray(len(edges))
    stack: list[int] = []
    found: list[list[int]] = []
    count = 0
    for root in range(len(edges)):
        if order[root]:
            continue
        path = [(root, iter(edges[root]))]
        while path:
            node, following = path[-1]
            if not order[node]:
                count += 1
                order[node] = low[node] = count
                stack.append(node)
                on_stack[node] = 1
            for target in following:
                if not order[target]:
                    path.append((target, iter(edges[target])))
                    break
                if on_stack[target]:
                    low[node] = min(low[node], order[target])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == order[node]:
                    component = _unwind(stack, node, on_stack)
                    if len(component) > 1 or node in edges[node]:
                        found.append(component)
    return found


def _unwind(stack: list[int], node: int, on_stack: bytearray) -> list[int]:
    component: list[int] = []
    while True:
        member = stack.pop()
        on_stack[member] = 0
        component.append(member)
        if member == node:
            return component


def shortest_circle(edges: Sequence[Sequence[int]], knot: set[int], start: int) -> list[int]:
    """A shortest way from `start` back to it inside a strongly connected component."""
    came: dict[int, int] = {}
    queue = [start]
    for node in queue:  # grows while it is walked: breadth first
        for target in edges[node]:
            if target == start:
                way = [node]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if target in knot and target not in came:
                came[target] = node
                queue.append(target)
    return [start]


def shortest_circles(
    edges: Sequence[Sequence[int]], needs: Mapping[int, Sequence[int]]
) -> list[list[int]]:
    """For each knot the rows of a shortest circle, from the first that depends on another."""
    found: list[list[int]] = []
    for component in components(edges):
        sources = [node for node in component if node % 2 == 0 and node // 2 in needs]
        rows: list[int] = []
        for node in shortest_circle(edges, set(component), min(sources)):
            if not rows or rows[-1] != node // 2:
                rows.append(node // 2)
        if len(rows) > 1 and rows[0] == rows[-1]:
            rows.pop()
        found.append(rows)
    return sorted(found)

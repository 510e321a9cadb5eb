"""Where the nodes of the graph stand: layers by a library, boxes packed by reading order.

A layout depends on nothing but how many nodes there are and which edges, so that a status that
changes moves nothing. The library (Sugiyama: ranks, fewest crossings, then Brandes and Köpf) takes
seconds for some thousands of nodes at once; it gets one group at a time, and groups beyond its
reach a plain layering.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from fast_sugiyama import from_edges

Edge = tuple[int, int]
# Layer (0 is worked first) and lane of a node; lanes of one layer are at least 1 apart.
Spot = tuple[int, float]
#: Beyond so many nodes or edges the library would keep the page waiting.
MOST_NODES, MOST_EDGES = 300, 600
_WIDE = 1.7
# How much of a lane an edge that passes a layer takes.
_JOINT = 0.3


@lru_cache(maxsize=4096)
def place(count: int, edges: tuple[Edge, ...]) -> tuple[Spot, ...]:
    """The spots of nodes 0 … count-1, of which an edge's second waits for its first."""
    linked = sorted({end for edge in edges for end in edge})
    spots: dict[int, Spot] = {}
    depth = 0.0
    if edges:
        large = len(linked) > MOST_NODES or len(edges) > MOST_EDGES
        found = _plainly(linked, edges) if large else _layered(edges)
        spots.update(found)
        depth = max(lane for _, lane in found.values()) + 1
    alone = [node for node in range(count) if node not in spots]
    if alone:
        widest = 1 + max((layer for layer, _ in spots.values()), default=0)
        columns = max(widest if spots else 1, round(math.sqrt(len(alone) * _WIDE / 4.0)), 1)
        rows = math.ceil(len(alone) / columns)
        for number, node in enumerate(alone):
            spots[node] = (number // rows, depth + number % rows)
    return tuple(spots[node] for node in range(count))


def ranks(count: int, edges: Iterable[Edge]) -> list[tuple[int, float]]:
    """The layer and place of groups; those without edges follow, each in a layer of its own."""
    given = tuple(sorted(set(edges)))
    linked = sorted({end for edge in given for end in edge})
    spots: dict[int, Spot] = {}
    if given:
        large = len(linked) > MOST_NODES or len(given) > MOST_EDGES
        spots = _plainly(linked, given) if large else _layered(given)
    after = 1 + max((layer for layer, _ in spots.values()), default=-1)
    for node in range(count):
        if node not in spots:
            spots[node] = (after, 0.0)
            after += 1
    return [spots[node] for node in range(count)]


def _layered(edges: Sequence[Edge]) -> dict[int, Spot]:
    """By the library; parts that hang together come one below the other."""
    names = sorted({end for edge in edges for end in edge})
    number = {name: place for place, name in enumerate(names)}
    # Numbers from 0 without gaps: those beyond are joints that the library puts into long edges.
    found = from_edges(
        [(number[a], number[b]) for a, b in edges],
        vertex_spacing=1,
        dummy_vertices=True,
        dummy_size=_JOINT,
    )
    parts = [
        sorted((int(node), x, y) for node, (x, y) in positions if int(node) < len(names))
        for positions, *_ in found
    ]
    spots: dict[int, Spot] = {}
    offset = 0.0
    for part in sorted(parts):
        # The library draws upwards: what is worked first stands highest.
        last, first = max(y for _, _, y in part), min(x for _, x, _ in part)
        layers: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for node, x, y in part:
            layers[round(last - y)].append((x - first, node))
        lowest = 0.0
        for layer, members in layers.items():
            lane = -1.0
            for x, node in sorted(members):
                lane = max(x, lane + 1)
                spots[names[node]] = (layer, offset + lane)
            lowest = max(lowest, lane)
        offset += lowest + 1
    return spots


def _plainly(nodes: Sequence[int], edges: Sequence[Edge]) -> dict[int, Spot]:
    """By longest chain, each layer in the order of what it waits for, long layers in columns."""
    needs: dict[int, list[int]] = defaultdict(list)
    for first, then in edges:
        needs[then].append(first)
    depth = _depths(nodes, needs)
    layers: dict[int, list[int]] = defaultdict(list)
    for node in nodes:
        layers[depth[node]].append(node)
    most = max(12, math.ceil(math.sqrt(len(nodes) * 4.0 / _WIDE)))
    spots: dict[int, Spot] = {}
    column = 0
    for layer in sorted(layers):
        members = sorted(layers[layer], key=lambda node: (_middle(needs[node], spots), node))
        for start in range(0, len(members), most):
            for lane, node in enumerate(members[start : start + most]):
                spots[node] = (column, float(lane))
            column += 1
    return spots


def _middle(needs: Iterable[int], spots: dict[int, Spot]) -> float:
    lanes = [spots[need][1] for need in needs if need in spots]
    return sum(lanes) / len(lanes) if lanes else 0.0


def _depths(nodes: Sequence[int], needs: dict[int, list[int]]) -> dict[int, int]:
    """The length of the longest chain before each node; a circle is cut at its first node."""
    followers: dict[int, list[int]] = defaultdict(list)
    for then, firsts in needs.items():
        for first in firsts:
            followers[first].append(then)
    open_ = {node: len(needs[node]) for node in nodes}
    depth = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not open_[node]]
    waiting = iter(nodes)
    seen: set[int] = set(ready)
    while True:
        while ready:
            node = ready.pop()
            for then in followers[node]:
                if then in seen:
                    continue
                depth[then] = max(depth[then], depth[node] + 1)
                open_[then] -= 1
                if not open_[then]:
                    seen.add(then)
                    ready.append(then)
        cut = next((node for node in waiting if node not in seen), None)
        if cut is None:
            return depth
        seen.add(cut)
        ready.append(cut)


def pack(boxes: Sequence[tuple[int, float, float]], gap: float) -> list[tuple[float, float]]:
    """Where boxes (layer, width, height), ordered by layer, stand: layers side by side, in rows.

    The page does the same as groups open and close (`static/ui/flow/scene.js`).
    """
    area = sum((width + gap) * (height + gap) for _, width, height in boxes)
    tall = math.sqrt(area / _WIDE)
    columns: list[tuple[float, float, list[int]]] = []
    current = None
    for number, (layer, width, height) in enumerate(boxes):
        last = columns[-1] if columns else None
        if last is None or layer != current or last[1] + height > tall:
            columns.append((width, height, [number]))
        else:
            columns[-1] = (max(last[0], width), last[1] + gap + height, [*last[2], number])
        current = layer
    wide = max([math.sqrt(area * _WIDE), *(width for width, _, _ in columns)])
    spots = [(0.0, 0.0)] * len(boxes)
    x = y = row = 0.0
    for width, height, members in columns:
        if x and x + width > wide:
            x, y, row = 0.0, y + row + gap, 0.0
        top = y
        for number in members:
            spots[number] = (x, top)
            top += boxes[number][2] + gap
        x += width + gap
        row = max(row, height)
    return spots

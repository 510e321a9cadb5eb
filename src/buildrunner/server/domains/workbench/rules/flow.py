"""A plan as a placed graph: nodes, edges, groups, the critical path and what is odd."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from buildrunner.server.domains.workbench.rules.flow_layout import Edge, pack, place, ranks
from buildrunner.server.domains.workbench.types.flow import (
    FLAGS,
    GAP,
    HEAD,
    LANE,
    LAYER,
    NODE_HEIGHT,
    NODE_WIDTH,
    PAD,
    SHUT_HEIGHT,
    SHUT_WIDTH,
    Flow,
    FlowEdge,
    FlowGroup,
    FlowNode,
)
from buildrunner.spec.document import STATUSES
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import MISSING, Graph

RISKS = ("low", "medium", "high", "critical")
_SIZES = {
    "nodeWidth": NODE_WIDTH,
    "nodeHeight": NODE_HEIGHT,
    "head": HEAD,
    "shutWidth": SHUT_WIDTH,
    "shutHeight": SHUT_HEIGHT,
    "gap": GAP,
}


def flow_of(
    plan: dict[str, Any],
    *,
    revision: int = 0,
    proof: Mapping[str, str] | None = None,
    told: Mapping[str, Iterable[str]] | None = None,
) -> Flow:
    """The graph of a plan.

    `proof` is the mark of each microstep that is done, `told` the codes of what drifted, by id.
    """
    graph = Graph(plan)
    drawing = _Drawing(graph, proof or {}, told or {})
    return Flow(
        revision=revision,
        title=_text(plan.get("title")),
        nodes=list(drawing.nodes.values()),
        edges=drawing.edges,
        groups=drawing.groups,
        critical_path=drawing.critical,
        critical_effort=sum(drawing.nodes[name].effort for name in drawing.critical),
        layers=drawing.depth(),
        sizes=_SIZES,
        flags=FLAGS,
    )


class _Drawing:
    """One pass over a plan; rows are those of `Graph`."""

    def __init__(
        self, graph: Graph, proof: Mapping[str, str], told: Mapping[str, Iterable[str]]
    ) -> None:
        self._graph, self._proof, self._told = graph, proof, told
        self._knotted = {name for knot in graph.knots() for name in knot}
        self._ready = set(graph.ready_rows())
        self.critical = self._path()
        self._on_path = set(self.critical)
        self._tops = self._find_tops()
        self._members: dict[int, list[int]] = {}
        self.nodes: dict[str, FlowNode] = {}
        for row, level in enumerate(graph.levels):
            if level == 2 and graph.name(row) and graph.name(row) not in self.nodes:
                self.nodes[graph.name(row)] = self._node(row)
                self._members.setdefault(self._tops[row], []).append(row)
        self.edges = list(self._find_edges())
        self.groups = self._place()

    def _path(self) -> list[str]:
        try:
            return [entity.id for entity in self._graph.critical_path() if entity.id]
        except SpecError:
            return []

    def _find_tops(self) -> list[int]:
        tops: list[int] = []
        for row, parent in enumerate(self._graph.parents):
            tops.append(row if parent < 0 else tops[parent])
        return tops

    def _node(self, row: int) -> FlowNode:
        graph, value = self._graph, self._graph.values[row]
        name = graph.name(row)
        status = value.get("status", "todo")
        return FlowNode(
            id=name,
            title=_text(value.get("title")) or name,
            status=status if status in STATUSES else "todo",
            group=graph.name(self._tops[row]),
            step=graph.name(graph.parents[row]),
            risk=self._risk(row),
            priority=_text(value.get("priority")),
            effort=graph.weight(row),
            ready=row in self._ready,
            critical=name in self._on_path,
            proof=self._proof.get(name, ""),
            flags=self._flags(row, name, status),
        )

    def _risk(self, row: int) -> str:
        """Its own, else that of its step or milestone."""
        while row >= 0:
            found = self._graph.values[row].get("risk_level")
            if found in RISKS:
                return str(found)
            row = self._graph.parents[row]
        return ""

    def _flags(self, row: int, name: str, status: Any) -> list[str]:
        graph = self._graph
        found = set(self._told.get(name, ()))
        if row in graph.missing:
            found.add("dangling")
        if name in self._knotted:
            found.add("cycle")
        if status != "todo":
            free = graph.free(row)
            if status == "done" and not free:
                found.add("done_early")
            elif status == "doing" and not free:
                found.add("started_early")
            elif status == "blocked" and free:
                found.add("blocked_by_nothing")
        mark = self._proof.get(name, "")
        if mark in _MARKED:
            found.add(_MARKED[mark])
        return [code for code in FLAGS if code in found]

    # -- edges --

    def _find_edges(self) -> Iterable[FlowEdge]:
        graph = self._graph
        following = set(zip(self.critical, self.critical[1:], strict=False))
        seen: set[tuple[str, str]] = set()
        for row, targets in graph.needs.items():
            for need in targets:
                if need == MISSING:
                    continue
                ends = self._end(need, last=True), self._end(row, last=False)
                if not all(ends) or ends[0] == ends[1] or ends in seen:
                    continue
                seen.add(ends)
                plain = graph.levels[row] == 2 and graph.levels[need] == 2
                through = "" if plain else graph.name(row if graph.levels[row] < 2 else need)
                yield FlowEdge(*ends, critical=ends in following, through=through)

    def _end(self, row: int, *, last: bool) -> str:
        """The id an edge ends at: a step is met at its first or last microstep."""
        graph = self._graph
        if graph.levels[row] != 1:
            return graph.name(row)
        inside = [
            one for one in self._members.get(self._tops[row], []) if graph.parents[one] == row
        ]
        if inside:
            return graph.name(inside[-1 if last else 0])
        return graph.name(self._tops[row])

    def depth(self) -> int:
        """How many microsteps the longest chain has, by the edges drawn."""
        names = {name: number for number, name in enumerate(self.nodes)}
        needs: dict[int, list[int]] = {number: [] for number in names.values()}
        for edge in self.edges:
            if edge.source in names and edge.target in names:
                needs[names[edge.target]].append(names[edge.source])
        return longest(needs)

    # -- places --

    def _place(self) -> list[FlowGroup]:
        graph = self._graph
        tops = [row for row, level in enumerate(graph.levels) if level == 0 and graph.name(row)]
        home = {node.id: node.group for node in self.nodes.values()}
        number = {graph.name(row): place for place, row in enumerate(tops)}
        inner: dict[str, list[tuple[str, str]]] = {}
        outer: set[Edge] = set()
        for edge in self.edges:
            first, then = home.get(edge.source, edge.source), home.get(edge.target, edge.target)
            if first == then:
                if edge.source in home and edge.target in home:
                    inner.setdefault(first, []).append((edge.source, edge.target))
            elif first in number and then in number:
                outer.add((number[first], number[then]))
        order = ranks(len(tops), outer)
        groups = [
            self._group(row, order[place][0], inner.get(graph.name(row), []))
            for place, row in enumerate(tops)
        ]
        by_layer = sorted(range(len(tops)), key=lambda place: (order[place], place))
        groups = [groups[place] for place in by_layer]
        boxes = [(group.layer, group.width, group.height) for group in groups]
        for group, (x, y) in zip(groups, pack(boxes, GAP), strict=True):
            group.x, group.y = x, y
        return groups

    def _group(self, row: int, layer: int, edges: list[tuple[str, str]]) -> FlowGroup:
        graph, value = self._graph, self._graph.values[row]
        members = [self.nodes[graph.name(one)] for one in self._members.get(row, [])]
        number = {node.id: place for place, node in enumerate(members)}
        spots = place(len(members), tuple(sorted((number[a], number[b]) for a, b in edges)))
        counts = dict.fromkeys(STATUSES, 0)
        right, low = SHUT_WIDTH, SHUT_HEIGHT - HEAD
        for node, (column, lane) in zip(members, spots, strict=True):
            node.x, node.y = PAD + column * LAYER, round(HEAD + lane * LANE, 1)
            counts[node.status] += 1
            right = max(right, node.x + NODE_WIDTH + PAD)
            low = max(low, node.y - HEAD + NODE_HEIGHT + PAD)
        name = graph.name(row)
        return FlowGroup(
            id=name,
            title=_text(value.get("title")) or name,
            layer=layer,
            width=right,
            height=HEAD + low,
            counts=counts,
            risk=self._risk(row),
            phase=_text(value.get("phase")),
            missing=graph.missing.get(row, []),
        )


_MARKED = {
    "failed": "check_failing", "stale": "evidence_stale", "unproven": "done_unproven",
}  # fmt: skip


def longest(needs: Mapping[int, list[int]]) -> int:
    """How many nodes the longest chain has; what stands in a circle counts no further."""
    left = {node: len(wanted) for node, wanted in needs.items()}
    followers: dict[int, list[int]] = {node: [] for node in needs}
    for node, wanted in needs.items():
        for each in wanted:
            followers[each].append(node)
    depth = dict.fromkeys(needs, 1)
    ready = [node for node, count in left.items() if not count]
    while ready:
        node = ready.pop()
        for then in followers[node]:
            depth[then] = max(depth[then], depth[node] + 1)
            left[then] -= 1
            if not left[then]:
                ready.append(then)
    return max(depth.values(), default=0)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

"""The graph as a picture of its own (SVG) and as text for Graphviz (DOT)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from html import escape

from buildrunner.server.domains.workbench.rules.flow_layout import pack
from buildrunner.server.domains.workbench.types.flow import (
    GAP,
    HEAD,
    NODE_HEIGHT,
    NODE_WIDTH,
    SHUT_HEIGHT,
    SHUT_WIDTH,
    Flow,
    FlowGroup,
    FlowNode,
)

_MARGIN = 48.0
_ROOM = 25
# XML 1.0 knows no other characters.
_BARRED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Inside a 16 by 16 box; the same shapes as on the pages.
_GLYPHS = {
    "todo": '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6"/>',
    "done": '<circle cx="8" cy="8" r="6.8" fill="currentColor"/>',
}
_GLYPHS["doing"] = _GLYPHS["todo"] + '<path d="M8 4.4a3.6 3.6 0 0 0 0 7.2z" fill="currentColor"/>'
_GLYPHS["blocked"] = (
    _GLYPHS["todo"] + '<path d="M4.1 11.9l7.8-7.8" stroke="currentColor" stroke-width="1.6"/>'
)
_INKS = (
    "canvas", "raised", "sunken", "line", "line-control", "text", "text-muted", "accent",
    "caution-text", "negative-text", "todo", "doing", "blocked", "done",
)  # fmt: skip
_CLASSES = """
text{font:12px system-ui,sans-serif;fill:var(--text)}
.ground{fill:var(--canvas)}.group{fill:var(--sunken);stroke:var(--line)}
.head{font-weight:600;font-size:14px}.muted{fill:var(--text-muted);font-size:11px}
.node{fill:var(--raised);stroke:var(--line-control)}.node.critical{stroke:var(--accent);stroke-width:2.5}
.edge{fill:none;stroke:var(--line-control);stroke-opacity:.65}
.edge.critical{stroke:var(--accent);stroke-width:2.5;stroke-opacity:1}
.flag{fill:var(--caution-text);font-weight:600}.risk{fill:var(--negative-text);font-weight:600}
.todo{color:var(--todo)}.doing{color:var(--doing)}.blocked{color:var(--blocked)}.done{color:var(--done)}
"""


def svg(flow: Flow, colours: Mapping[str, tuple[str, str]], collapsed: Collection[str] = ()) -> str:
    """The whole graph with these groups closed; light or dark as the viewer prefers."""
    shut = {group.id for group in flow.groups} & set(collapsed)
    place = _places(flow, shut)
    wide = max((x + w for x, _, w, _ in place.values()), default=0.0) + 2 * _MARGIN
    tall = max((y + h for _, y, _, h in place.values()), default=0.0) + 2 * _MARGIN
    title = _xml(flow.title or "Plan")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-_MARGIN} {-_MARGIN} {wide:g} {tall:g}"'
        f' width="{wide:g}" height="{tall:g}" role="img">',
        f"<title>{title}: dependencies at revision {flow.revision}</title>",
        f"<style>{_variables(colours)}{_CLASSES}</style>",
        f'<rect class="ground" x="{-_MARGIN}" y="{-_MARGIN}" width="{wide:g}" height="{tall:g}"/>',
    ]
    lines += (_group(group, place[group.id], group.id in shut) for group in flow.groups)
    lines += _edges(flow, place, shut)
    lines += (_node(node, place[node.id]) for node in flow.nodes if node.id in place)
    return "\n".join([*lines, "</svg>", ""])


def dot(flow: Flow) -> str:
    """For Graphviz: milestones as clusters, what waits to the right."""
    lines = ["digraph plan {", "  rankdir=LR;", "  node [shape=box];"]
    inside: dict[str, list[FlowNode]] = {}
    for node in flow.nodes:
        inside.setdefault(node.group, []).append(node)
    for number, group in enumerate(flow.groups):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_quoted(group.title)};"]
        lines += [
            f"    {_quoted(node.id)} [label={_quoted(f'{node.id} {node.title}')}, "
            f"comment={_quoted(node.status)}{', penwidth=2' if node.critical else ''}];"
            for node in inside.get(group.id, [])
        ]
        lines.append("  }")
    lines += [
        f"  {_quoted(edge.source)} -> {_quoted(edge.target)}"
        f"{' [penwidth=2]' if edge.critical else ''};"
        for edge in flow.edges
    ]
    return "\n".join([*lines, "}", ""])


Place = tuple[float, float, float, float]


def _places(flow: Flow, shut: Collection[str]) -> dict[str, Place]:
    """x, y, width and height by id, of groups and of the nodes in those that are open."""
    sizes = [
        (SHUT_WIDTH, SHUT_HEIGHT) if group.id in shut else (group.width, group.height)
        for group in flow.groups
    ]
    boxes = [(group.layer, *size) for group, size in zip(flow.groups, sizes, strict=True)]
    place: dict[str, Place] = {}
    for group, (x, y), size in zip(flow.groups, pack(boxes, GAP), sizes, strict=True):
        place[group.id] = (x, y, *size)
    for node in flow.nodes:
        if node.group in place and node.group not in shut and node.id not in place:
            x, y, *_ = place[node.group]
            place[node.id] = (x + node.x, y + node.y, NODE_WIDTH, NODE_HEIGHT)
    return place


def _variables(colours: Mapping[str, tuple[str, str]]) -> str:
    light, dark = ("".join(f"--{name}:{colours[name][side]};" for name in _INKS) for side in (0, 1))
    return f":root{{{light}}}@media (prefers-color-scheme: dark){{:root{{{dark}}}}}"


def _group(group: FlowGroup, place: Place, closed: bool) -> str:
    x, y, width, height = place
    total = sum(group.counts.values())
    below = y + (54 if closed else HEAD - 8)
    return (
        f'<rect class="group" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8"/>'
        f'<text class="head" x="{x + 20:g}" y="{y + 22:g}">{_xml(_cut(group.title, width / 8))}'
        f'</text><text class="muted" x="{x + 20:g}" y="{below:g}">{_xml(group.id)} · '
        f"{group.counts['done']} of {total} done</text>"
    )


def _edges(flow: Flow, place: Mapping[str, Place], shut: Collection[str]) -> Iterator[str]:
    home = {node.id: node.group for node in flow.nodes}
    drawn: dict[tuple[str, str], bool] = {}
    for edge in flow.edges:
        ends = tuple(
            home[end] if home.get(end) in shut else end for end in (edge.source, edge.target)
        )
        if ends[0] != ends[1] and all(end in place for end in ends):
            drawn[ends[0], ends[1]] = drawn.get((ends[0], ends[1]), False) or edge.critical
    for (source, target), critical in drawn.items():
        x, y, width, height = place[source]
        tx, ty, _, tall = place[target]
        x, y, ty = x + width, y + height / 2, ty + tall / 2
        bend = max(40.0, abs(tx - x) / 2)
        kind = "edge critical" if critical else "edge"
        yield (
            f'<path class="{kind}" d="M{x:g} {y:g}C{x + bend:g} {y:g} {tx - bend:g} {ty:g} '
            f'{tx:g} {ty:g}"/>'
        )


def _node(node: FlowNode, place: Place) -> str:
    x, y, width, height = place
    marks = ""
    if node.risk in ("high", "critical"):
        marks += f'<text class="risk" x="{x + width - 14:g}" y="{y + 16:g}">▲</text>'
    if node.flags:
        marks += f'<text class="flag" x="{x + width - 12:g}" y="{y + 36:g}">!</text>'
    kind = "node critical" if node.critical else "node"
    more = ", ".join(filter(None, [node.status, node.risk and f"{node.risk} risk", *node.flags]))
    return (
        f"<g><title>{_xml(f'{node.id} {node.title} ({more})')}</title>"
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4"/>'
        f'<g class="{node.status}" transform="translate({x + 8:g} {y + 14:g})">'
        f"{_GLYPHS[node.status]}</g>"
        f'<text x="{x + 32:g}" y="{y + 19:g}">{_xml(_cut(node.title, _ROOM - 4))}</text>'
        f'<text class="muted" x="{x + 32:g}" y="{y + 35:g}">{_xml(_cut(node.id, _ROOM))}</text>'
        f"{marks}</g>"
    )


def _cut(text: str, room: float) -> str:
    return text if len(text) <= room else text[: max(1, int(room) - 1)].rstrip() + "…"


def _xml(text: str) -> str:
    return escape(_BARRED.sub("\ufffd", text))


def _quoted(text: str) -> str:
    return json.dumps(_BARRED.sub("\ufffd", text), ensure_ascii=False)

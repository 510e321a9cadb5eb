"""Graphviz DOT: milestones and steps as clusters, dependencies as edges.

Labels are double-quoted strings of the DOT grammar (graphviz.org/doc/info/lang.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildrunner.spec.document import Entity, root
from buildrunner.spec.formats.diagram import Names, edges, label_lines

_FILL = {"todo": "#ffffff", "doing": "#fff3c4", "blocked": "#ffd9d6", "done": "#d7f0dc"}


def quoted(*lines: str) -> str:
    """A DOT string of several lines; no input can end it or be read as an escape."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'


def write(plan: dict[str, Any]) -> str:
    """The plan as a digraph from what comes first to what waits for it."""
    names = Names()
    title = plan.get("title")
    lines = [
        "digraph plan {",
        f"  label={quoted(*label_lines(title))};",
        "  rankdir=LR; compound=true;",
        '  node [shape=box, style="filled,rounded", fontname="sans-serif"];',
        '  fontname="sans-serif";',
    ]
    for milestone in root(plan).children():
        lines.extend(_cluster(milestone, names, "  "))
    lines.extend(_edge(first, later, names) for first, later in edges(plan))
    lines.append("}")
    return "\n".join(lines) + "\n"


def _edge(first: Entity, later: Entity, names: Names) -> str:
    """An edge; at a cluster it ends at the border (attributes lhead and ltail)."""
    ends = {
        side: f"cluster_{names.of(entity)}"
        for side, entity in (("ltail", first), ("lhead", later))
        if entity.kind != "microstep"
    }
    attributes = ", ".join(f"{side}={cluster}" for side, cluster in ends.items())
    tail = f" [{attributes}]" if attributes else ""
    return f"  {_node(first, names, last=True)} -> {_node(later, names, last=False)}{tail};"


def _node(entity: Entity, names: Names, *, last: bool) -> str:
    """The node an edge is drawn from or to: in a cluster its last or first one."""
    while entity.kind != "microstep":
        members = entity.children()
        if not members:
            return f"{names.of(entity)}_empty"
        entity = members[-1 if last else 0]
    return names.of(entity)


def _cluster(entity: Entity, names: Names, indent: str) -> Iterator[str]:
    yield f"{indent}subgraph cluster_{names.of(entity)} {{"
    yield f"{indent}  label={quoted(*label_lines(entity.value.get('title'), entity.id))};"
    if not entity.children():  # a cluster without a node is not drawn
        yield f"{indent}  {names.of(entity)}_empty [shape=point, style=invis];"
    for child in entity.children():
        if child.kind == "microstep":
            status = child.value.get("status")
            fill = _FILL.get(status if isinstance(status, str) else "", "#ffffff")
            label = quoted(*label_lines(child.value.get("title"), child.id))
            yield f'{indent}  {names.of(child)} [label={label}, fillcolor="{fill}"];'
        else:
            yield from _cluster(child, names, indent + "  ")
    yield f"{indent}}}"

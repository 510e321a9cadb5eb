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
        "  rankdir=LR;",
        '  node [shape=box, style="filled,rounded", fontname="sans-serif"];',
        '  fontname="sans-serif";',
    ]
    for milestone in root(plan).children():
        lines.extend(_cluster(milestone, names, "  "))
    lines.extend(f"  {source} -> {target};" for source, target in edges(plan, names))
    lines.append("}")
    return "\n".join(lines) + "\n"


def _cluster(entity: Entity, names: Names, indent: str) -> Iterator[str]:
    yield f"{indent}subgraph cluster_{names.of(entity)} {{"
    yield f"{indent}  label={quoted(*label_lines(entity.value.get('title'), entity.id))};"
    for child in entity.children():
        if child.kind == "microstep":
            status = child.value.get("status")
            fill = _FILL.get(status if isinstance(status, str) else "", "#ffffff")
            label = quoted(*label_lines(child.value.get("title"), child.id))
            yield f'{indent}  {names.of(child)} [label={label}, fillcolor="{fill}"];'
        else:
            yield from _cluster(child, names, indent + "  ")
    yield f"{indent}}}"

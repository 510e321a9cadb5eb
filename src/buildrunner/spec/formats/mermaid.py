"""Mermaid flowchart: milestones and steps as subgraphs, dependencies as arrows.

Labels are quoted; what Mermaid or the page around it would interpret is written as its
entity codes (mermaid.js.org, "Special characters that break syntax").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from buildrunner.spec.document import STATUSES, Entity, root
from buildrunner.spec.formats.diagram import Names, edges, label_lines

_FILL = {
    "todo": "fill:#ffffff,stroke:#6b7280,color:#111827",
    "doing": "fill:#fff3c4,stroke:#a16207,color:#111827",
    "blocked": "fill:#ffd9d6,stroke:#b91c1c,color:#111827",
    "done": "fill:#d7f0dc,stroke:#15803d,color:#111827",
}
_ACTIVE = re.compile(r"[^\w .,:+()/=?!'\-]", re.ASCII)


def quoted(*lines: str) -> str:
    """A Mermaid label of several lines; ASCII punctuation with a meaning becomes a code."""

    def code(match: re.Match[str]) -> str:
        character = match[0]
        return f"#{ord(character)};" if ord(character) < 128 else character

    return '"' + "<br/>".join(_ACTIVE.sub(code, line) for line in lines) + '"'


def write(plan: dict[str, Any]) -> str:
    """The plan as a flowchart from what comes first to what waits for it."""
    names = Names()
    lines = ["flowchart LR"]
    for milestone in root(plan).children():
        lines.extend(_subgraph(milestone, names, "  "))
    lines.extend(f"  {names.of(first)} --> {names.of(later)}" for first, later in edges(plan))
    lines.extend(f"  classDef {status} {style}" for status, style in _FILL.items())
    return "\n".join(lines) + "\n"


def _subgraph(entity: Entity, names: Names, indent: str) -> Iterator[str]:
    label = quoted(*label_lines(entity.value.get("title"), entity.id))
    yield f"{indent}subgraph {names.of(entity)}[{label}]"
    for child in entity.children():
        if child.kind == "microstep":
            status = child.value.get("status")
            style = f":::{status}" if status in STATUSES else ""
            text = quoted(*label_lines(child.value.get("title"), child.id))
            yield f"{indent}  {names.of(child)}[{text}]{style}"
        else:
            yield from _subgraph(child, names, indent + "  ")
    yield f"{indent}end"

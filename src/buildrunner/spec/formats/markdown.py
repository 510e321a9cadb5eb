"""Markdown: an outline, a checklist or a PRD in; a checklist people can edit out.

The export names every entity by a token behind its title, `{#m1.s1.ms2 status=doing}`;
with it the file can be edited and imported again.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from buildrunner.spec.document import document_hash, root
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats.markdown_blocks import Document
from buildrunner.spec.formats.markdown_text import attributes, encode
from buildrunner.spec.formats.outline import Outline, Source

#: Fields the token of a microstep shows.
TOKEN_TEXTS = ("owner", "priority", "risk_level")
TOKEN_NUMBERS = ("effort_points", "impact_score")


def write(plan: dict[str, Any]) -> str:
    """The plan as headings and checklists; `read` takes every field shown back exactly."""
    lines = ["---", "buildrunner: plan"]
    lines.extend(
        f"{name}: {_front(plan[name])}"
        for name in ("projectId", "version")
        if isinstance(plan.get(name), str)
    )
    with suppress(SpecError):  # a plan that has no hash is exported all the same
        lines.append(f"hash: {document_hash(plan)}")
    lines.extend(["---", "", f"# {encode(_text(plan.get('title')))}"])
    for milestone in root(plan).children():
        lines.extend(["", f"## {_heading(milestone.value, milestone.id)}"])
        for step in milestone.children():
            lines.extend(["", f"### {_heading(step.value, step.id)}", ""])
            for microstep in step.children():
                lines.extend(_microstep(microstep.value, microstep.id))
    return "\n".join(lines) + "\n"


def _front(text: str) -> str:
    import json

    return json.dumps(text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _heading(entity: dict[str, Any], identifier: str) -> str:
    values: dict[str, Any] = {}
    if _text(entity.get("phase")):
        values["phase"] = entity["phase"]
    if _strings(entity.get("depends_on")):
        values["depends_on"] = entity["depends_on"]
    return _line(entity, identifier, values)


def _line(entity: dict[str, Any], identifier: str, values: dict[str, Any]) -> str:
    return f"{encode(_text(entity.get('title')))} {attributes(identifier, values)}"


def _microstep(entity: dict[str, Any], identifier: str) -> list[str]:
    status = entity.get("status")
    values: dict[str, Any] = {}
    if status not in ("todo", "done"):
        values["status"] = _text(status)
    for name in TOKEN_TEXTS:
        if _text(entity.get(name)):
            values[name] = entity[name]
    for name in TOKEN_NUMBERS:
        value = entity.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            values[name] = value
    if _strings(entity.get("depends_on")):
        values["depends_on"] = entity["depends_on"]
    box = "x" if status == "done" else " "
    lines = [f"- [{box}] {_line(entity, identifier, values)}"]
    criteria = entity.get("criteria")
    if _strings(criteria):
        lines.extend(f"  - {encode(criterion)}" for criterion in criteria or ())
    return lines


def _strings(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def read(source: Source) -> Outline:
    """A Markdown file as an outline. Raises SpecError for what is no text."""
    from buildrunner.spec.formats.markdown_sections import Sections

    return Sections(source, Document(source)).outline()

"""What the drawer tells about one milestone, step or microstep."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from buildrunner.server.domains.plans.facade import EditConflict
from buildrunner.server.domains.plans.web import fields
from buildrunner.server.domains.plans.web.dependencies import relate
from buildrunner.server.domains.plans.web.outline import Entry, Milestone, Outline, Row, Step, texts
from buildrunner.server.platform.ui.templatetags.ui import STATUS_WORDS
from buildrunner.spec.values import ABSENT


def describe(project_id: UUID, outline: Outline, entry: Entry) -> dict[str, Any]:
    """The template's words: criteria, properties, long and other fields, relations, commands."""
    value = entry.value
    commands: list[str] = []
    if isinstance(entry, Row):
        verb = {"todo": "start", "doing": "done", "blocked": "start"}.get(entry.status)
        commands = [f"br {verb} {entry.id}"] if verb else []
    commands.append(f"br show {entry.id}")
    before, after = _neighbours(outline, entry)
    return {
        "aliases": texts(value, "aliases"),
        "before": before,
        "after": after,
        "commands": commands,
        "criteria": fields.show(value, "criteria"),
        "needs": fields.show(value, "depends_on"),
        "properties": [fields.show(value, name) for name in fields.PROPERTIES.get(entry.kind, ())],
        "long": [fields.show(value, name) for name in fields.LONG.get(entry.kind, ())],
        "others": fields.others(value, entry.kind),
        "relations": relate(project_id, outline, entry),
    }


def _neighbours(outline: Outline, entry: Entry) -> tuple[Entry | None, Entry | None]:
    """The entries of the same kind before and after, in the order of the plan."""
    level: list[Entry]
    if isinstance(entry, Milestone):
        level = [*outline.milestones]
    elif isinstance(entry, Step):
        level = [step for milestone in outline.milestones for step in milestone.steps]
    else:
        level = [*outline.rows]
    place = next((at for at, other in enumerate(level) if other is entry), -1)
    if place < 0:
        return None, None
    before = level[place - 1] if place else None
    return before, level[place + 1] if place + 1 < len(level) else None


def conflict_words(error: EditConflict, ours: str) -> dict[str, Any]:
    """Both values of a field that somebody else changed first."""
    conflict = error.extensions["conflict"]
    field, current = conflict["field"], conflict.get("current", ABSENT)
    theirs = fields.text_of(current)
    time = conflict.get("time")
    known = fields.KNOWN.get(field)
    return {
        "field": field,
        "label": known.label.lower() if known else field,
        "author": (conflict.get("author") or {}).get("name"),
        "time": datetime.fromisoformat(time) if time else None,
        "theirs": theirs,
        "theirs_exact": "" if current is ABSENT else json.dumps(current, ensure_ascii=False),
        "ours": ours,
        "theirs_words": _shown(field, theirs),
        "ours_words": _shown(field, ours),
    }


def _shown(field: str, value: str) -> str:
    return STATUS_WORDS.get(value, value) if field == "status" else value

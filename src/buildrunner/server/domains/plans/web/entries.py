"""What the drawer tells about one milestone, step or microstep."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from buildrunner.server.domains.plans.facade import EditConflict
from buildrunner.server.domains.plans.web.outline import Entry, Outline, Row, texts
from buildrunner.server.platform.ui.templatetags.ui import STATUS_WORDS

# Fields that the drawer shows in a place of their own; what else an entity holds comes last.
_PLACED = frozenset(
    ("id", "title", "status", "criteria", "depends_on", "steps", "microsteps", "phase", "owner",
     "effort_points", "impact_score", "priority", "risk_level", "risk_notes", "links",
     "demo_script", "rollback_plan", "post_check", "aliases")
)  # fmt: skip
_LISTS = (("links", "Links"), ("demo_script", "Demo"))
_NOTES = (
    ("risk_notes", "What may go wrong"),
    ("rollback_plan", "Rollback"),
    ("post_check", "Check after"),
)
_LONG = 600


class Linked(NamedTuple):
    """A row that another one names; without a title it is not in the plan."""

    id: str
    path: str
    title: str | None
    status: str


def describe(outline: Outline, entry: Entry) -> dict[str, Any]:
    """The template's words: facts, relations, lists, notes, more, commands."""
    value = entry.value
    facts: list[tuple[str, Any]] = []
    relations: list[tuple[str, list[Linked]]] = []
    commands: list[str] = []
    if isinstance(entry, Row):
        facts += [("Owner", entry.owner), ("Priority", entry.priority)]
        facts += [("Effort", _points(value.get("effort_points")))]
        facts += [("Impact", _of_ten(value.get("impact_score"))), ("Risk", entry.risk)]
        needed = [_linked(outline, other) for other in entry.depends_on]
        waiting = [_linked(outline, row.id) for row in outline.dependents(entry.id)]
        relations += [("Depends on", needed), ("Unblocks", waiting)]
        verb = {"todo": "start", "doing": "done", "blocked": "start"}.get(entry.status)
        commands = [f"br {verb} {entry.id}"] if verb else []
    else:
        facts.append(("Phase", _plain(value.get("phase"))))
    facts.append(("Earlier ids", ", ".join(texts(value, "aliases"))))
    lists = [(heading, texts(value, name)) for name, heading in _LISTS]
    notes = [(heading, _plain(value.get(name))) for name, heading in _NOTES]
    more = [(name, _plain(found)) for name, found in value.items() if name not in _PLACED]
    commands.append(f"br show {entry.id}")
    return {
        "facts": [fact for fact in facts if fact[1]],
        "relations": [relation for relation in relations if relation[1]],
        "lists": [found for found in lists if found[1]],
        "notes": [note for note in notes if note[1]],
        "more": more,
        "commands": commands,
    }


def conflict_words(error: EditConflict, ours: str) -> dict[str, Any]:
    """Both values of a field that somebody else changed first."""
    conflict = error.extensions["conflict"]
    field, theirs = conflict["field"], str(conflict.get("current", ""))
    time = conflict.get("time")
    return {
        "field": field,
        "author": (conflict.get("author") or {}).get("name"),
        "time": datetime.fromisoformat(time) if time else None,
        "theirs": theirs,
        "ours": ours,
        "theirs_words": _shown(field, theirs),
        "ours_words": _shown(field, ours),
    }


def _shown(field: str, value: str) -> str:
    return STATUS_WORDS.get(value, value) if field == "status" else value


def _linked(outline: Outline, entity_id: str) -> Linked:
    found = outline.find(entity_id)
    if found is None:
        return Linked(entity_id, "", None, "")
    status = found.status if isinstance(found, Row) else ""
    return Linked(found.id, found.path, found.title, status)


def _points(value: Any) -> str:
    return f"{value:g} point{'' if value == 1 else 's'}" if isinstance(value, int | float) else ""


def _of_ten(value: Any) -> str:
    return f"{value:g} of 10" if isinstance(value, int | float) else ""


def _plain(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONG else text[:_LONG] + " …"

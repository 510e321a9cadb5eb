"""A plan as Backlog.md keeps it: a Markdown file for each task."""

from __future__ import annotations

import json
import re
from typing import Any

from buildrunner.spec.document import root
from buildrunner.spec.formats import provenance, vocabulary

_WRITTEN = {"todo": "To Do", "doing": "In Progress", "blocked": "To Do", "done": "Done"}
_PRIORITIES = {"P1": "high", "P2": "medium", "P3": "low"}


def written(plan: dict[str, Any]) -> dict[str, str]:
    """Path below `backlog/` → text."""
    files: dict[str, str] = {}
    taken: dict[str, str] = {}
    for milestone in root(plan).children():
        for place, step in enumerate(milestone.children(), start=1):
            children = list(step.children())
            alone = len(children) == 1 and _number_of(children[0]).endswith("/task")
            number = _number_of(step).split("/")[0] or _free(taken, place)
            taken[number] = step.id
            taken[step.id] = number
            for count, child in enumerate(children, start=1):
                own = number if alone else _number_of(child) or _free(taken, count, f"{number}.")
                taken[own], taken[child.id] = child.id, own
    for milestone in root(plan).children():
        for step in milestone.children():
            children = list(step.children())
            if not (len(children) == 1 and taken[children[0].id] == taken[step.id]):
                _file(files, step.value, taken[step.id], "", taken)
            for child in children:
                own = taken[child.id]
                above = taken[step.id] if own != taken[step.id] else ""
                _file(files, child.value, own, above, taken, needs_of=None if above else step.value)
    return files


def _number_of(entity: Any) -> str:
    return (provenance.origin(entity.value, "backlog-md") or "").partition("#")[2]


def _free(taken: dict[str, str], first: int, prefix: str = "") -> str:
    while f"{prefix}{first}" in taken:
        first += 1
    return f"{prefix}{first}"


def _file(
    files: dict[str, str],
    value: dict[str, Any],
    number: str,
    above: str,
    taken: dict[str, str],
    *,
    needs_of: dict[str, Any] | None = None,
) -> None:
    extra = value.get("extra")
    extra = dict(extra) if isinstance(extra, dict) else {}
    identifier = str(extra.pop("id", None) or f"task-{number}")
    prefix = identifier.removesuffix(number) or "task-"
    title = str(value.get("title", ""))
    front: dict[str, Any] = {"id": identifier, "title": title, "status": _word(value, extra)}
    people = extra.pop("assignee", None)
    owner = value.get("owner")
    front["assignee"] = people or ([f"@{owner}"] if isinstance(owner, str) else [])
    if isinstance(value.get("priority"), str):
        front["priority"] = _PRIORITIES.get(value["priority"], "low")
    needs = [*(value.get("depends_on") or ()), *((needs_of or {}).get("depends_on") or ())]
    elsewhere = extra.pop("dependencies", [])
    front["dependencies"] = [*(f"{prefix}{taken.get(need, need)}" for need in needs), *elsewhere]
    if above:
        front["parent_task_id"] = f"{prefix}{above}"
    folder = str(extra.pop("folder", "tasks"))
    sections = extra.pop("sections", {})
    checked = extra.pop("checked", [])
    front.update(extra)
    lines = [
        "---",
        *(f"{name}: {json.dumps(each, ensure_ascii=False)}" for name, each in front.items()),
        "---",
    ]
    if isinstance(value.get("description"), str):
        lines += ["", "## Description", "", value["description"]]
    criteria = value.get("criteria")
    criteria = criteria if isinstance(criteria, list) else []
    if criteria and criteria != [vocabulary.derived_criterion(title)]:
        lines += ["", "## Acceptance Criteria", ""]
        lines += [
            f"- [{'x' if index in checked or value.get('status') == 'done' else ' '}] {text}"
            for index, text in enumerate(criteria)
        ]
    for heading, text in sections.items() if isinstance(sections, dict) else ():
        lines += ["", f"## {heading}", "", str(text)]
    name = re.sub(r"[^\w.-]+", "-", title).strip("-")[:80] or "task"
    home = {"archive": "archive/tasks"}.get(folder, folder)
    files[f"{home}/{identifier.lower()} - {name}.md"] = "\n".join(lines) + "\n"


def _word(value: dict[str, Any], extra: dict[str, Any]) -> str:
    """Backlog.md's word for a status; the one it had where that still says the same."""
    known = extra.pop("status", None)
    if "status" not in value:
        return str(known or "To Do")
    source = value.get("source")
    word = source.get("status") if isinstance(source, dict) else None
    read = vocabulary.status(word) if isinstance(word, str) and word else None
    if read and read[0] == value["status"]:
        return str(word)
    return _WRITTEN.get(str(value["status"]), "To Do")

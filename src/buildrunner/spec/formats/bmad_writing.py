"""A plan as BMAD keeps it: the sprint status, and the stories that have tasks or criteria."""

from __future__ import annotations

import json
from typing import Any

from buildrunner.spec.document import Entity, root
from buildrunner.spec.formats import provenance, vocabulary
from buildrunner.spec.formats.bmad import STATUS_FILE, status_of
from buildrunner.spec.formats.paths import slug

_WORDS = {"done": "done", "todo": "backlog", "doing": "in-progress", "blocked": "in-progress"}


def written(plan: dict[str, Any]) -> dict[str, str]:
    """Path → text, the sprint status first."""
    project = json.dumps(str(plan.get("title") or ""), ensure_ascii=False)
    lines = [f"project: {project}", "", "development_status:"]
    stories: dict[str, str] = {}
    for place, milestone in enumerate(root(plan).children(), start=1):
        key = provenance.origin(milestone.value, "bmad") or ""
        number = key.rpartition("-")[2] or str(place)
        title = " ".join(str(milestone.value.get("title", "")).split())
        steps = list(milestone.children())
        told = [step for step in steps if not _name(step).endswith("-retrospective")]
        lines += [f"  # Epic {number}: {title}"]
        lines += [f"  epic-{number}: {_WORDS[_together([_state(step) for step in told])]}"]
        for count, step in enumerate(steps, start=1):
            name = _name(step) or f"{number}-{count}-{_slug(step)}"
            lines.append(f"  {name}: {_word(step)}")
            if _has_story(step):
                stories[f"{name}.md"] = _story(step, f"{number}.{count}")
        lines.append("")
    return {STATUS_FILE: "\n".join(lines).rstrip("\n") + "\n", **stories}


def _name(step: Entity) -> str:
    return (provenance.origin(step.value, "bmad") or "").partition("#")[2]


def _slug(step: Entity) -> str:
    return slug(str(step.value.get("title", ""))) or "story"


def _together(statuses: list[str]) -> str:
    if statuses and all(status == "done" for status in statuses):
        return "done"
    return "todo" if all(status == "todo" for status in statuses) else "doing"


def _state(step: Entity) -> str:
    return _together([str(microstep.value.get("status")) for microstep in step.children()])


def _word(step: Entity) -> str:
    """BMAD's word for a story; the one it had where that still says the same."""
    for microstep in step.children():
        source = microstep.value.get("source")
        word = source.get("status") if isinstance(source, dict) else None
        known = status_of(word) if isinstance(word, str) else None
        if known and known[0] == microstep.value.get("status"):
            return str(word)
    return _WORDS[_state(step)]


def _extra(entity: Entity) -> dict[str, Any]:
    extra = entity.value.get("extra")
    return extra if isinstance(extra, dict) else {}


def _alone(step: Entity) -> Entity | None:
    """The microstep that stands for the whole story, where the story has no tasks."""
    children = list(step.children())
    only = children[0] if len(children) == 1 else None
    return only if only is not None and "task" not in _extra(only) else None


def _has_story(step: Entity) -> bool:
    if step.value.get("description") or {"sections", "acceptance"} & _extra(step).keys():
        return True
    only = _alone(step)
    return only is None or bool(_criteria(only))


def _criteria(microstep: Entity) -> list[str]:
    criteria = microstep.value.get("criteria")
    derived = [vocabulary.derived_criterion(str(microstep.value.get("title", "")))]
    return criteria if isinstance(criteria, list) and criteria != derived else []


def _story(step: Entity, number: str) -> str:
    only = _alone(step)
    acceptance = _extra(step).get("acceptance")
    acceptance = list(acceptance) if isinstance(acceptance, list) else []
    for microstep in step.children():
        acceptance += [text for text in _criteria(microstep) if text not in acceptance]
    lines = [f"# Story {number}: {step.value.get('title', '')}", "", f"Status: {_word(step)}"]
    if isinstance(step.value.get("description"), str):
        lines += ["", "## Story", "", step.value["description"]]
    if acceptance:
        lines += ["", "## Acceptance Criteria", ""]
        lines += [f"{count}. {text}" for count, text in enumerate(acceptance, start=1)]
    if only is None:
        lines += ["", "## Tasks / Subtasks", ""]
        for count, microstep in enumerate(step.children(), start=1):
            lines += _task(microstep, count, acceptance)
    sections = _extra(step).get("sections")
    for heading, text in sections.items() if isinstance(sections, dict) else ():
        lines += ["", f"## {heading}", "", str(text)]
    return "\n".join(lines) + "\n"


def _task(microstep: Entity, count: int, acceptance: list[str]) -> list[str]:
    named = ", ".join(f"#{acceptance.index(text) + 1}" for text in _criteria(microstep))
    done = microstep.value.get("status") == "done"
    title = f"Task {count}: {microstep.value.get('title', '')}"
    lines = [f"- [{'x' if done else ' '}] {title}" + (f" (AC: {named})" if named else "")]
    subtasks = _extra(microstep).get("subtasks")
    for place, part in enumerate(subtasks if isinstance(subtasks, list) else (), start=1):
        box = "x" if done or part.get("done") else " "
        lines.append(f"  - [{box}] {count}.{place}: {part.get('title', '')}")
    return lines

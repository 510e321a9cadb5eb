"""spec-kit: a feature folder with `tasks.md`, and `spec.md` and `plan.md` where they are.

A feature becomes a milestone, a phase of its task list a step, a task a microstep. The phase
called foundational waits for those before it, and those after wait for it, as spec-kit says of
it. Acceptance scenarios of a user story stand in `extra.acceptance` of its phase; documents stay
whole in `extra.documents`, so that the export writes them back.
"""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.document import root
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats import provenance
from buildrunner.spec.formats.documents import kept
from buildrunner.spec.formats.markdown_raw import Part, decoded, parts, title_of
from buildrunner.spec.formats.outline import Item, Outline, Source
from buildrunner.spec.formats.paths import slug

_TASK = re.compile(r"^\s*[-*+] \[([ xX])\] (T\d{1,6})\b[ \t]*(.*)$")
_MARK = re.compile(r"^\[(P|US\d+)\][ \t]*")
_PHASE = re.compile(r"^Phase (\d+|N)\s*[:.\-–—]\s*(.+)$", re.IGNORECASE)
_STORY = re.compile(r"User Story (\d+)", re.IGNORECASE)
_PRIORITY = re.compile(r"\(Priority:\s*(P[123])\)", re.IGNORECASE)
_BLOCKING = re.compile(r"foundation|blocking", re.IGNORECASE)
_SCENARIO = re.compile(r"^\s*\d+[.)]\s+(.*\*\*Given\*\*.*)$")
_NUMBER = re.compile(r"^(\d{1,6})-")


def matches(files: dict[str, bytes]) -> bool:
    """Whether a task list among these files is spec-kit's."""
    return any(
        path.rpartition("/")[2] == "tasks.md"
        and re.search(rb"^\s*[-*+] \[[ xX]\] T\d+\b", data, re.M)
        for path, data in files.items()
    )


def read(source: Source) -> Outline:
    """Features as an outline. Raises SpecError."""
    outline = Outline("spec-kit")
    lists = [path for path in source.files if path.rpartition("/")[2] == "tasks.md"]
    if not lists and len(source.files) == 1:
        lists = [*source.files]
    for path in sorted(lists):
        folder = path.rpartition("/")[0]
        outline.items.append(_feature(outline, source, folder, path))
    if not outline.items:
        raise SpecError(
            "import_not_spec_kit",
            "no tasks.md lies in this folder",
            hint="name a feature folder, such as specs/001-name, or the specs folder",
        )
    return outline


def _feature(outline: Outline, source: Source, folder: str, path: str) -> Item:
    text = decoded(source.files[path], path)
    name = folder.rpartition("/")[2] or _folder_of(source) or slug(title_of(text, "Tasks:"))
    name = name or "feature"
    beside = f"{folder}/" if folder else ""
    spec = source.files.get(f"{beside}spec.md")
    spec_text = decoded(spec, f"{beside}spec.md") if spec is not None else ""
    title = title_of(spec_text, "Feature Specification:") or title_of(text, "Tasks:") or name
    number = _NUMBER.match(name)
    item = Item(
        "milestone",
        {"title": title},
        key=f"{name}#",
        number=int(number[1]) if number else None,
    )
    stories = _scenarios(spec_text)
    before: list[str] = []
    rest: list[str] = []
    for part in parts(text):
        phase = _phase(name, part, stories)
        if phase is not None:
            item.children.append(phase)
        elif not before:  # what stands before and below the title
            before.append(part.text)
        else:
            where = rest if item.children else before
            titled = part.heading.startswith("Tasks:") and not item.children
            where.append(part.text if titled else f"## {part.heading}\n\n{part.text}".rstrip())
    if not item.children:
        outline.drop("no_tasks", f"{path}: no phase of it has tasks")
    _order(item.children)
    documents = kept(outline, source, folder, leave=("tasks.md",))
    extra: dict[str, Any] = {"documents": documents} if documents else {}
    frame = {"before": "\n\n".join(filter(None, before)), "after": "\n\n".join(rest)}
    if any(frame.values()):
        extra["tasks"] = frame
    if extra:
        item.fields["extra"] = extra
    return item


def _folder_of(source: Source) -> str:
    """The name of the folder that was imported, or of the one the file lies in."""
    path = source.name.replace("\\", "/").rstrip("/")
    return (path.rpartition("/")[0] if path.endswith("tasks.md") else path).rpartition("/")[2]


def _phase(feature: str, part: Part, stories: dict[str, list[str]]) -> Item | None:
    tasks = _tasks(feature, part)
    match = _PHASE.match(part.heading)
    if not tasks:
        return None
    title = _PRIORITY.sub("", match[2] if match else part.heading)
    step = Item(
        "step",
        {"title": " ".join(title.split())},
        key=f"{feature}#phase-{match[1].lower()}" if match else f"{feature}#{slug(part.heading)}",
        number=int(match[1]) if match and match[1].isdecimal() else None,
        line=part.line,
    )
    prose = "\n".join(
        line for line in part.text.split("\n") if not _TASK.match(line) and line[:4] != "### "
    )
    prose = re.sub(r"\n{3,}", "\n\n", prose).strip().removesuffix("---").strip()
    if prose:
        step.fields["description"] = prose
    extra: dict[str, Any] = {"heading": part.heading}
    story = _STORY.search(part.heading)
    if story and stories.get(story[1]):
        extra["acceptance"] = stories[story[1]]
    step.fields["extra"] = extra
    priority = _PRIORITY.search(part.heading)
    for task in tasks:
        if priority:
            task.fields["priority"] = priority[1].upper()
    step.children = tasks
    return step


def _tasks(feature: str, part: Part) -> list[Item]:
    found: list[Item] = []
    section = ""
    for offset, line in enumerate(part.text.split("\n")):
        if line.startswith("### "):
            section = line[4:].strip()
        match = _TASK.match(line)
        if match is None:
            continue
        title, marks = match[3].strip(), []
        while mark := _MARK.match(title):
            marks.append(mark[1])
            title = title[mark.end() :]
        fields: dict[str, Any] = {
            "title": title,
            "status": "todo" if match[1] == " " else "done",
        }
        extra: dict[str, Any] = {"task": match[2]}
        if marks:
            extra["marks"] = marks
        if section:
            extra["section"] = section
        fields["extra"] = extra
        found.append(
            Item(
                "microstep",
                fields,
                key=f"{feature}#{match[2]}",
                line=part.line + 1 + offset,
                needs=[],
            )
        )
    return found


def _order(phases: list[Item]) -> None:
    """Which phases wait for which: all after the foundational one for it, it for all before."""
    for place, phase in enumerate(phases):
        phase.needs = []
        before = [other for other in phases[:place] if _BLOCKING.search(other.title)]
        if _BLOCKING.search(phase.title):
            phase.needs = [other.key for other in phases[:place]]
        elif before:
            phase.needs = [before[-1].key]


def _scenarios(spec: str) -> dict[str, list[str]]:
    """The acceptance scenarios of a specification by the number of their user story."""
    found: dict[str, list[str]] = {}
    story = ""
    for part in parts(spec, 3):
        match = _STORY.match(part.heading)
        story = match[1] if match else story if part.heading == "" else ""
        if story:
            lines = [_SCENARIO.match(line) for line in part.text.split("\n")]
            found[story] = [" ".join(line[1].replace("**", "").split()) for line in lines if line]
    return found


def write(plan: dict[str, Any]) -> dict[str, str]:
    """A feature folder a milestone: path → text."""
    files: dict[str, str] = {}
    counter = 0
    for place, milestone in enumerate(root(plan).children(), start=1):
        key = provenance.origin(milestone.value, "spec-kit")
        title = str(milestone.value.get("title", ""))
        name = key.partition("#")[0] if key else f"{place:03d}-{slug(title) or 'feature'}"
        extra = milestone.value.get("extra")
        extra = extra if isinstance(extra, dict) else {}
        documents = extra.get("documents")
        for path, text in documents.items() if isinstance(documents, dict) else ():
            files[f"{name}/{path}"] = text
        frame = extra.get("tasks")
        frame = frame if isinstance(frame, dict) else {}
        lines = [f"# Tasks: {title}", ""]
        if frame.get("before"):
            lines += [str(frame["before"]), ""]
        for number, step in enumerate(milestone.children(), start=1):
            counter = _written_phase(lines, step, number, counter)
        if frame.get("after"):
            lines += [frame["after"], ""]
        files[f"{name}/tasks.md"] = "\n".join(lines).rstrip("\n") + "\n"
    return files


def _written_phase(lines: list[str], step: Any, number: int, counter: int) -> int:
    extra = step.value.get("extra")
    extra = extra if isinstance(extra, dict) else {}
    heading = str(extra.get("heading") or f"Phase {number}: {step.value.get('title', '')}")
    lines += [f"## {heading}", ""]
    if isinstance(step.value.get("description"), str):
        lines += [step.value["description"], ""]
    section = ""
    for microstep in step.children():
        value = microstep.value
        own = value.get("extra")
        own = own if isinstance(own, dict) else {}
        task = str(own.get("task") or "")
        digits = re.fullmatch(r"T(\d+)", task)
        counter = max(counter, int(digits[1])) if digits else counter + 1
        if str(own.get("section") or "") != section:
            section = str(own.get("section") or "")
            lines += ["", f"### {section}", ""] if section else [""]
        marks = "".join(f"[{mark}] " for mark in own.get("marks") or ())
        box = "x" if value.get("status") == "done" else " "
        lines.append(f"- [{box}] {task or f'T{counter:03d}'} {marks}{value.get('title', '')}")
    lines.append("")
    return counter

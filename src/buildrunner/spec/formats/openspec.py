"""OpenSpec: the changes below `openspec/changes`, archived ones included.

A change becomes a milestone, a heading of its `tasks.md` a step, a numbered task a microstep with
the tasks below it as its criteria. Proposal, design and specifications stay whole in
`extra.documents`. A change keeps its key when it moves to the archive, so that the next import
finds it again.
"""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.document import root
from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats import provenance, vocabulary
from buildrunner.spec.formats.documents import kept
from buildrunner.spec.formats.markdown_raw import Part, decoded, parts, title_of
from buildrunner.spec.formats.outline import Item, Outline, Source
from buildrunner.spec.formats.paths import slug

_TASK = re.compile(r"^(\s*)[-*+] \[([ xX])\] (?:(\d+(?:\.\d+)*)\.?[ \t]+)?(.*)$")
_HEADING = re.compile(r"^(\d+)[.)]\s+(.*)$")
_ARCHIVED = re.compile(r"^(\d{4}-\d{2}-\d{2})-(.+)$")


def matches(files: dict[str, bytes]) -> bool:
    """Whether these files hold changes of OpenSpec."""
    folders = {path.rpartition("/")[0] for path in files if path.endswith("proposal.md")}
    return any(
        path.rpartition("/")[0] in folders
        for path in files
        if path.rpartition("/")[2] == "tasks.md"
    ) or any("changes/" in f"{folder}/" for folder in folders)


def read(source: Source) -> Outline:
    """Changes as an outline, open ones first. Raises SpecError."""
    outline = Outline("openspec")
    folders = {
        path.rpartition("/")[0]
        for path in source.files
        if path.rpartition("/")[2] in ("tasks.md", "proposal.md")
    }
    for folder in sorted(folders, key=lambda name: ("archive" in name.split("/"), name)):
        outline.items.append(_change(outline, source, folder))
    if not outline.items:
        raise SpecError(
            "import_not_openspec",
            "no change with a proposal.md or a tasks.md lies in this folder",
            hint="name the openspec folder, or the folder of one change",
        )
    return outline


def _change(outline: Outline, source: Source, folder: str) -> Item:
    name = folder.rpartition("/")[2] or source.stem
    archived = _ARCHIVED.match(name)
    change = archived[2] if archived else name
    beside = f"{folder}/" if folder else ""

    def text(file: str) -> str:
        data = source.files.get(beside + file)
        return decoded(data, beside + file) if data is not None else ""

    proposal, tasks = text("proposal.md"), text("tasks.md")
    title = title_of(proposal, "Change:", "Proposal:") or change.replace("-", " ").capitalize()
    item = Item("milestone", {"title": title}, key=f"{change}#")
    why = next((part.text for part in parts(proposal) if part.heading.lower() == "why"), "")
    if why:
        item.fields["description"] = why
    extra: dict[str, Any] = {"folder": folder.rpartition("openspec/")[2] or name}
    if archived:
        extra["archived"] = archived[1]
    documents = kept(outline, source, folder, leave=("tasks.md",))
    if documents:
        extra["documents"] = documents
    item.fields["extra"] = extra
    for place, part in enumerate(parts(tasks)):
        step = _section(outline, change, part, place)
        if step is not None:
            item.children.append(step)
    if not item.children:
        step = Item("step", {"title": title}, key=f"{change}#0")
        status = "done" if archived else "todo"
        step.children.append(
            Item("microstep", {"title": title, "status": status}, key=f"{change}#0.1")
        )
        item.children.append(step)
    return item


def _section(outline: Outline, change: str, part: Part, place: int) -> Item | None:
    match = _HEADING.match(part.heading)
    number = int(match[1]) if match else place
    step = Item(
        "step",
        {"title": (match[2] if match else part.heading).strip() or "Tasks"},
        key=f"{change}#{number}",
        number=number or None,
        line=part.line,
    )
    prose: list[str] = []
    for offset, line in enumerate(part.text.split("\n")):
        task = _TASK.match(line)
        if task is None:
            prose.append(line)
        elif task[1] and step.children:
            _below(step.children[-1], task)
        else:
            own = task[3] or f"{number}.{len(step.children) + 1}"
            tail = own.rpartition(".")[2]
            step.children.append(
                Item(
                    "microstep",
                    {
                        "title": task[4].strip(),
                        "status": "todo" if task[2] == " " else "done",
                        "extra": {"number": own},
                    },
                    key=f"{change}#{own}",
                    number=int(tail) if len(tail) < 10 else None,
                    line=part.line + 1 + offset,
                )
            )
    text = "\n".join(prose).strip()
    if text:
        step.fields["description"] = text
    if step.children:
        return step
    if text and part.heading:
        outline.drop("no_tasks", f"{change}: the section {part.heading!r} has no task", part.line)
    return None


def _below(item: Item, task: re.Match[str]) -> None:
    """A task under a task is what must be true for it."""
    criterion = " ".join(task[4].split())
    if criterion:
        item.fields.setdefault("criteria", []).append(criterion)
        item.fields["extra"].setdefault("parts", []).append(
            {"number": task[3] or "", "done": task[2] != " "}
        )


def write(plan: dict[str, Any]) -> dict[str, str]:
    """A change folder a milestone: path below `openspec/` → text."""
    files: dict[str, str] = {}
    for milestone in root(plan).children():
        key = provenance.origin(milestone.value, "openspec")
        extra = milestone.value.get("extra")
        extra = extra if isinstance(extra, dict) else {}
        title = str(milestone.value.get("title", ""))
        name = key.partition("#")[0] if key else slug(title) or milestone.id
        folder = str(extra.get("folder") or f"changes/{name}")
        documents = extra.get("documents")
        documents = documents if isinstance(documents, dict) else {}
        if "proposal.md" not in documents:
            why = str(milestone.value.get("description") or title)
            documents = {"proposal.md": f"# {title}\n\n## Why\n\n{why}\n", **documents}
        for path, text in documents.items():
            files[f"{folder}/{path}"] = text
        files[f"{folder}/tasks.md"] = _tasks_text(milestone)
    return files


def _tasks_text(milestone: Any) -> str:
    lines = ["# Tasks"]
    for place, step in enumerate(milestone.children(), start=1):
        key = provenance.origin(step.value, "openspec") or ""
        heading = key.partition("#")[2] or str(place)
        lines += ["", f"## {heading}. {step.value.get('title', '')}"]
        if isinstance(step.value.get("description"), str):
            lines += ["", step.value["description"], ""]
        for count, microstep in enumerate(step.children(), start=1):
            value = microstep.value
            extra = value.get("extra")
            extra = extra if isinstance(extra, dict) else {}
            number = str(extra.get("number") or f"{heading}.{count}")
            done = value.get("status") == "done"
            lines.append(f"- [{'x' if done else ' '}] {number} {value.get('title', '')}")
            known = extra.get("parts")
            known = known if isinstance(known, list) else []
            title = str(value.get("title", ""))
            criteria = value.get("criteria")
            criteria = criteria if isinstance(criteria, list) else []
            if criteria == [vocabulary.derived_criterion(title)]:
                criteria = []
            for index, criterion in enumerate(criteria):
                part = known[index] if index < len(known) else {}
                label = part.get("number") or f"{number}.{index + 1}"
                box = "x" if part.get("done", done) else " "
                lines.append(f"  - [{box}] {label} {criterion}")
    return "\n".join(lines) + "\n"

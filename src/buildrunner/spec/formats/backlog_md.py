"""Backlog.md: a folder of tasks, one Markdown file each, completed and archived ones included.

A task becomes a step; the tasks below it become its microsteps, and a task without any stands
in its step as the one microstep. Front matter and sections that a plan has no field for stay in
`extra`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats import vocabulary
from buildrunner.spec.formats.markdown_raw import decoded, front_matter, mapping, parts
from buildrunner.spec.formats.outline import Item, Note, Outline, Source

SCOPE = "backlog"
_FOLDERS = ("tasks", "completed", "archive", "drafts")
_NUMBER = re.compile(r"(\d+(?:\.\d+)*)$")
_CHECK = re.compile(r"^\s*[-*+] \[([ xX])\] (?:#\d+ )?(.*)$")
_MARKER = re.compile(r"^<!-- .*? -->$", re.MULTILINE)
_KNOWN = frozenset(
    {"id", "title", "status", "assignee", "priority", "dependencies", "parent_task_id"}
)
_CRITERIA = "acceptance criteria"


class Task:
    """One file: its front matter, its sections and where it lay."""

    __slots__ = ("criteria", "description", "folder", "front", "number", "path", "sections")

    def __init__(self, path: str, text: str, folder: str) -> None:
        self.path = path
        self.folder = folder
        self.front, body = front_matter(text, path)
        self.number = _number(self.front.get("id"))
        self.description = ""
        self.criteria: list[tuple[bool, str]] = []
        self.sections: dict[str, str] = {}
        for part in parts(body):
            words = _MARKER.sub("", part.text).strip("\n")
            if part.heading.casefold() == "description" or not part.heading:
                self.description = "\n\n".join(filter(None, (self.description, words.strip())))
            elif part.heading.casefold() == _CRITERIA:
                checks = [_CHECK.match(line) for line in words.split("\n")]
                self.criteria = [(c[1] != " ", " ".join(c[2].split())) for c in checks if c]
            elif words:
                self.sections[part.heading] = words

    def fields(self, known: Collection[str]) -> dict[str, Any]:
        """Plan fields that say the same; the rest in `extra`. `known`: numbers of all tasks."""
        fields: dict[str, Any] = {"title": str(self.front.get("title") or "").strip()}
        criteria = [text for _, text in self.criteria if text]
        if criteria:
            fields["criteria"] = criteria
        level = vocabulary.priority(self.front["priority"]) if self.front.get("priority") else None
        if level:
            fields["priority"] = level
        people = _list(self.front.get("assignee"))
        if people:
            fields["owner"] = people[0].removeprefix("@")
        if self.description:
            fields["description"] = self.description
        extra: dict[str, Any] = {
            name: value
            for name, value in self.front.items()
            if name not in _KNOWN and vocabulary.plain(value)
        }
        extra["id"] = self.front.get("id")
        if people[1:]:
            extra["assignee"] = people
        if self.folder != "tasks":
            extra["folder"] = self.folder
        if self.sections:
            extra["sections"] = self.sections
        elsewhere = [
            name for name in _list(self.front.get("dependencies")) if _number(name) not in known
        ]
        if elsewhere:
            extra["dependencies"] = elsewhere
        checked = [number for number, (done, _) in enumerate(self.criteria) if done]
        if checked:
            extra["checked"] = checked
        fields["extra"] = extra
        return fields

    def needs(self) -> list[str]:
        """The tasks it depends on."""
        named = _list(self.front.get("dependencies"))
        return [f"{SCOPE}#{_number(name) or name}" for name in named]


def matches(files: dict[str, bytes]) -> bool:
    """Whether these files lie as Backlog.md lays them."""
    return any(
        path.endswith(".md")
        and bool({*path.split("/")[:-1]} & {*_FOLDERS})
        and re.match(rb"---\s*\nid:", data) is not None
        for path, data in files.items()
    )


def read(source: Source) -> Outline:
    """Tasks as an outline. Raises SpecError with the file and line."""
    outline = Outline("backlog-md")
    tasks = _tasks(source, outline)
    title = ""
    for path, data in source.files.items():
        if path.rpartition("/")[2] in ("config.yml", "config.yaml"):
            named = mapping(decoded(data, path), path).get("project_name")
            title = str(named) if named else title
    milestone = Item(
        "milestone",
        {"title": title or "Backlog"},
        key=f"{SCOPE}#",
        derived=() if title else ("title",),
    )
    parents = {number: _parent(number, task, tasks) for number, task in tasks.items()}
    unknown: dict[str, list[str]] = {}
    steps: dict[str, Item] = {}
    for number in sorted(tasks, key=_order):
        if not parents[number]:
            steps[number] = _step(number, tasks)
    for number in sorted(tasks, key=_order):
        top = number
        while parents[top]:
            top = parents[top]
        if top != number:
            steps[top].children.append(_microstep(number, tasks, number, unknown))
    for number, step in steps.items():
        if not step.children:
            step.children.append(_microstep(number, tasks, f"{number}/task", unknown))
            step.fields = {"title": step.fields["title"]}
            step.children[0].needs = None
    for word, names in unknown.items():
        outline.notes.append(
            Note(
                "status_unknown", f"status {word!r} is not known, read as todo: {', '.join(names)}"
            )
        )
    milestone.children = list(steps.values())
    outline.items.append(milestone)
    return outline


def _tasks(source: Source, outline: Outline) -> dict[str, Task]:
    tasks: dict[str, Task] = {}
    for path in sorted(source.files):
        folders = path.split("/")[:-1]
        folder = next((name for name in reversed(folders) if name in _FOLDERS), "")
        if "archive" in folders:
            folder = "archive"
        if not path.endswith(".md") or (folders and not folder):
            continue
        task = Task(path, decoded(source.files[path], path), folder or "tasks")
        if not task.number:
            outline.drop("not_a_task", f"{path} has no id in its front matter")
        elif task.number in tasks:
            outline.drop("duplicate_item", f"{path} has the id of {tasks[task.number].path}")
        else:
            tasks[task.number] = task
    if not tasks:
        raise SpecError(
            "import_not_backlog_md",
            "no task with an id in its front matter lies here",
            hint="name the backlog folder, or one task file",
        )
    return tasks


def _number(value: Any) -> str:
    """`task-100.1`, `BACK-100.1` and `100.1` are one task: prefixes were renamed over time."""
    match = _NUMBER.search(str(value or "").strip())
    return match[1] if match else ""


def _order(number: str) -> list[int]:
    return [int(part) for part in number.split(".")]


def _parent(number: str, task: Task, tasks: dict[str, Task]) -> str:
    named = _number(task.front.get("parent_task_id") or task.front.get("parent"))
    above = named or number.rpartition(".")[0]
    # Only a shorter number lies above, so that no circle of parents can be written.
    return above if above in tasks and above != number and _order(above) < _order(number) else ""


def _list(value: Any) -> list[str]:
    members = value if isinstance(value, list) else [value] if value else []
    return [str(member).strip() for member in members if str(member).strip()]


def _step(number: str, tasks: dict[str, Task]) -> Item:
    task = tasks[number]
    fields = task.fields(tasks)
    fields["extra"]["status"] = task.front.get("status")
    whole = int(number) if number.isdecimal() and len(number) < 10 else None
    return Item("step", fields, key=f"{SCOPE}#{number}", number=whole, needs=task.needs())


def _microstep(
    number: str, tasks: dict[str, Task], key: str, unknown: dict[str, list[str]]
) -> Item:
    task = tasks[number]
    word = str(task.front.get("status") or ("done" if task.folder == "completed" else "todo"))
    status = vocabulary.status(word)
    if status is None:
        unknown.setdefault(word, []).append(number)
        status = ("todo", word[:80])
    fields = task.fields(tasks)
    last = number.rpartition(".")[2] if key == number else "1"
    return Item(
        "microstep",
        {"title": fields.pop("title"), "status": status[0], **fields},
        key=f"{SCOPE}#{key}",
        number=int(last) if len(last) < 10 else None,
        needs=task.needs(),
        status=status[1],
    )


def write(plan: dict[str, Any]) -> dict[str, str]:
    """A file a task, in the folder it came from: path below `backlog/` → text."""
    from buildrunner.spec.formats.backlog_md_writing import written

    return written(plan)

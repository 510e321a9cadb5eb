"""task-master's tasks.json: the old flat layout and the newer one with tags.

A tag becomes a milestone, a task a step, a subtask a microstep; a task without subtasks
becomes a step with one microstep. Numbers stay: task 28.3 becomes m1.s28.ms3. Dependencies
of a task become those of its step.
"""

from __future__ import annotations

from typing import Any

from buildrunner.spec.document import loads
from buildrunner.spec.errors import PlanSyntaxError, SpecError
from buildrunner.spec.formats import vocabulary
from buildrunner.spec.formats.outline import Item, Note, Outline, Source

#: The tag of the flat layout; task-master itself moves flat files under it.
DEFAULT_TAG = "master"
_KNOWN = frozenset(
    (
        *("id", "title", "description", "details", "testStrategy", "acceptanceCriteria"),
        *("priority", "dependencies", "status", "subtasks", "parentTaskId"),
    )
)


def read(source: Source) -> Outline:
    """Tags, tasks and subtasks as an outline. Raises SpecError with the place."""
    document = _load(source)
    outline = Outline("taskmaster")
    tags = _tags(document)
    for number, (tag, group) in enumerate(tags, start=1):
        outline.items.append(Tag(outline, tag, group).milestone(number if len(tags) > 1 else None))
    return outline


def _load(source: Source) -> dict[str, Any]:
    data = source.data
    if data.lstrip()[:1] == b"[":  # a bare list of tasks
        data = b'{"tasks":' + data.lstrip() + b"}"
    try:
        return loads(data)
    except PlanSyntaxError as error:
        raise SpecError(
            "import_syntax",
            f"this is no JSON: {error.message}",
            line=error.line,
            column=error.column,
            hint="task-master validate-dependencies reads the same file; restore it from git "
            "or run task-master generate, then import again",
        ) from None


def _tags(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(document.get("tasks"), list):
        return [(DEFAULT_TAG, document)]
    tags = [
        (name, group)
        for name, group in document.items()
        if isinstance(group, dict) and isinstance(group.get("tasks"), list)
    ]
    if not tags:
        raise SpecError(
            "import_not_taskmaster",
            'this is JSON, but no task-master file: neither a "tasks" list nor tags that hold one',
            hint="the file is .taskmaster/tasks/tasks.json (older: tasks/tasks.json)",
        )
    return tags


def _words(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _title(task: dict[str, Any]) -> str:
    return " ".join(_words(task.get("title")).split())


def _number(value: Any) -> str:
    """A task's id as text: 3, 3.0 and "3" are the same task; "" for what is no id."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


class Tag:
    """The tasks below one tag."""

    def __init__(self, outline: Outline, name: str, group: dict[str, Any]) -> None:
        self.outline = outline
        self.name = name
        self.group = group
        self.tasks: list[tuple[str, dict[str, Any]]] = []
        self.unknown: dict[str, list[str]] = {}

    def milestone(self, number: int | None) -> Item:
        """The tag with everything below it."""
        metadata = self.group.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        flat = self.group.get("meta")
        title = self.name
        if isinstance(flat, dict) and _words(flat.get("projectName")):
            title = _words(flat["projectName"])
        fields: dict[str, Any] = {"title": title}
        if _words(metadata.get("description")):
            fields["description"] = _words(metadata["description"])
        item = Item("milestone", fields, key=f"{self.name}#", number=number)
        self.tasks = self._numbered(self.group["tasks"], "")
        item.children = [self._task(task_id, task) for task_id, task in self.tasks]
        for word, references in self.unknown.items():
            self.outline.notes.append(
                Note(
                    "status_unknown",
                    f"status {word!r} is not known, read as todo: {', '.join(references[:20])}",
                )
            )
        return item

    def _numbered(self, members: Any, above: str) -> list[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = []
        for place, member in enumerate(members if isinstance(members, list) else (), start=1):
            if not isinstance(member, dict):
                where = f"task {above or self.name}" if above else f"tag {self.name}"
                self.outline.drop("not_a_task", f"{where}: entry {place} is no object")
                continue
            number = _number(member.get("id")) or str(place)
            # Old files write a subtask's id as "1.2"; the 1 is the task.
            if above and number.startswith(f"{above}."):
                number = number[len(above) + 1 :]
            found.append((number, member))
        return found

    def _key(self, *numbers: str) -> str:
        return f"{self.name}#{'.'.join(numbers)}"

    def _task(self, number: str, task: dict[str, Any]) -> Item:
        subtasks = self._numbered(task.get("subtasks"), number)
        step = Item(
            "step",
            {"title": _title(task)},
            key=self._key(number),
            number=int(number) if number.isdecimal() and len(number) < 10 else None,
            needs=self._task_needs(number, task),
        )
        if not subtasks:
            only = self._microstep(self._key(number, "task"), f"task {number}", 1, task)
            step.children = [only]
            return step
        step.fields.update(self._prose(task, ("description", "details")))
        criteria = self._criteria(task)
        if criteria:
            step.fields["criteria"] = criteria
        level = vocabulary.priority(task["priority"]) if "priority" in task else None
        if level:
            step.fields["priority"] = level
        step.fields.update(self._extra(task, _KNOWN))
        self._compare(number, task, subtasks)
        siblings = {sub_number for sub_number, _ in subtasks}
        for sub_number, subtask in subtasks:
            item = self._microstep(
                self._key(number, sub_number),
                f"subtask {number}.{sub_number}",
                int(sub_number) if sub_number.isdecimal() and len(sub_number) < 10 else None,
                {"priority": task.get("priority"), **subtask},
            )
            item.needs = self._subtask_needs(number, siblings, subtask)
            step.children.append(item)
        return step

    def _compare(
        self, number: str, task: dict[str, Any], subtasks: list[tuple[str, dict[str, Any]]]
    ) -> None:
        """A step has no status of its own: say where the task's is not that of its parts."""
        own = vocabulary.status(task.get("status"))
        parts = {(vocabulary.status(part.get("status")) or ("todo", ""))[0] for _, part in subtasks}
        if own and own[0] == "done" and parts != {"done"}:
            self.outline.notes.append(
                Note(
                    "status_of_parts",
                    f"task {number} is done, some of its subtasks are not; theirs count",
                )
            )

    def _microstep(self, key: str, called: str, number: int | None, task: dict[str, Any]) -> Item:
        word = task.get("status")
        found = vocabulary.status(word) if word is not None else ("todo", "")
        if found is None:
            self.unknown.setdefault(str(word), []).append(called)
            found = ("todo", str(word)[:80])
        fields: dict[str, Any] = {"title": _title(task), "status": found[0]}
        criteria = self._criteria(task)
        if criteria:
            fields["criteria"] = criteria
        level = vocabulary.priority(task["priority"]) if task.get("priority") else None
        if level:
            fields["priority"] = level
        fields.update(self._prose(task, ("description", "details")))
        # What stands below a subtask has no level of its own in a plan; it is kept as it is.
        fields.update(self._extra(task, _KNOWN - {"subtasks"}))
        return Item("microstep", fields, key=key, number=number, status=found[1])

    def _criteria(self, task: dict[str, Any]) -> list[str]:
        found: list[Any] = []
        for name in ("acceptanceCriteria", "testStrategy"):
            value = task.get(name)
            if isinstance(value, list):
                found.extend(value)
            elif isinstance(value, str):
                found.extend(vocabulary.criteria_of_text(value))
        return vocabulary.criteria(found)

    def _prose(self, task: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        return {name: _words(task[name]) for name in names if _words(task.get(name))}

    def _extra(self, task: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
        extra = {
            name: value
            for name, value in task.items()
            if name not in known and vocabulary.plain(value)
        }
        return {"extra": extra} if extra else {}

    def _references(self, called: str, value: Any) -> list[str]:
        if value is None:
            return []
        if isinstance(value, str):
            value = value.split(",")
        members = value if isinstance(value, list) else [value]
        found = []
        for member in members:
            number = _number(member)
            if number:
                found.append(number)
            else:
                self.outline.drop("not_a_reference", f"{called} waits for {member!r}")
        return found

    def _task_needs(self, number: str, task: dict[str, Any]) -> list[str]:
        return [
            self._key(need) for need in self._references(f"task {number}", task.get("dependencies"))
        ]

    def _subtask_needs(self, number: str, siblings: set[str], subtask: dict[str, Any]) -> list[str]:
        """A bare number is a sibling where there is one, else a task; "1.2" is a subtask."""
        called = f"a subtask of {number}"
        return [
            self._key(number, need) if need in siblings else self._key(need)
            for need in self._references(called, subtask.get("dependencies"))
        ]

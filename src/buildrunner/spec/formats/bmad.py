"""BMAD: `sprint-status.yaml` with the story files beside it.

An epic becomes a milestone, a story a step, a task of the story a microstep whose criteria are
the acceptance criteria that it names. A story without a file, or without tasks, has one
microstep with the story's status. Retrospectives come along as steps of their own.
"""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.errors import SpecError
from buildrunner.spec.formats import vocabulary
from buildrunner.spec.formats.markdown_raw import decoded, mapping, parts, title_of
from buildrunner.spec.formats.outline import Item, Note, Outline, Source

STATUS_FILE = "sprint-status.yaml"
SCOPE = "bmad"
_EPIC_TITLE = re.compile(r"^\s*#\s*Epic (\d+)\s*:\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE)
_EPIC = re.compile(r"^epic-(\d+)$")
_RETROSPECTIVE = re.compile(r"^epic-(\d+)-retrospective$")
_STORY = re.compile(r"^(\d+)-(\d+)-(.+)$")
_STATUS = re.compile(r"^Status:[ \t]*(.+?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_TASK = re.compile(r"^(\s*)[-*+] \[([ xX])\] (.*)$")
_NAMED = re.compile(r"^(?:Task|Subtask)?\s*\d+(?:\.\d+)*\s*:\s*")
_CRITERIA = re.compile(r"\s*\(ACs?:\s*([^)]*)\)\s*$", re.IGNORECASE)
_NUMBERED = re.compile(r"^\s{0,3}(\d+)[.)]\s+(.*)$")
_AS_NUMBERED = re.compile(r"\s*\(ACs?:\s*#?[\d,\s#-]+\)\s*$", re.IGNORECASE)
#: BMAD's words, where `vocabulary` does not have them.
_WORDS = {"ready-for-dev": "todo", "drafted": "todo", "contexted": "doing", "optional": "todo"}


def matches(files: dict[str, bytes]) -> bool:
    """Whether a sprint status lies among these files."""
    return any(path.rpartition("/")[2] in (STATUS_FILE, "sprint-status.yml") for path in files)


def read(source: Source) -> Outline:
    """Epics and stories as an outline. Raises SpecError with the place."""
    outline = Outline("bmad")
    path = next(
        (path for path in sorted(source.files) if matches({path: b""})), next(iter(source.files))
    )
    text = decoded(source.files[path], path)
    document = mapping(text, path)
    statuses = document.get("development_status")
    if not isinstance(statuses, dict):
        raise SpecError(
            "import_not_bmad",
            f"{path} has no development_status",
            hint=f"the file is {STATUS_FILE} below the folder of implementation artifacts",
        )
    if isinstance(document.get("project"), str):
        outline.root["title"] = document["project"]
    titles: dict[str, str] = dict(_EPIC_TITLE.findall(text))
    epics: dict[str, Item] = {}
    unknown: set[str] = set()
    for key, word in statuses.items():
        name, word = str(key), str(word)
        found = _EPIC.match(name) or _RETROSPECTIVE.match(name) or _STORY.match(name)
        if found is None:
            outline.drop("not_a_story", f"{name}: neither an epic nor a story")
            continue
        epic = epics.get(found[1])
        if epic is None:
            title = titles.get(found[1], f"Epic {found[1]}")
            epic = Item(
                "milestone", {"title": title}, key=f"{SCOPE}#epic-{found[1]}", number=int(found[1])
            )
            epics[found[1]] = epic
        if _EPIC.match(name):
            epic.fields["extra"] = {"status": word}
            continue
        status = status_of(word)
        if status is None:
            unknown.add(word)
            status = ("todo", word)
        story = _STORY.match(name)
        step = (
            _story(outline, source, name, status)
            if story
            else _plain(name, "Retrospective", status)
        )
        step.number = int(story[2]) if story else None
        epic.children.append(step)
    if unknown:
        words = ", ".join(sorted(unknown))
        outline.notes.append(Note("status_unknown", f"read as todo: {words}"))
    outline.items = list(epics.values())
    return outline


def status_of(word: str) -> tuple[str, str] | None:
    ours = _WORDS.get(word)
    return (ours, word) if ours else vocabulary.status(word)


def _plain(name: str, title: str, status: tuple[str, str]) -> Item:
    """A step with one microstep: what has no tasks of its own."""
    step = Item("step", {"title": title, "extra": {"story": name}}, key=f"{SCOPE}#{name}")
    only = {"title": title, "status": status[0]}
    step.children = [Item("microstep", only, key=f"{SCOPE}#{name}/story", status=status[1])]
    return step


def _story(outline: Outline, source: Source, name: str, status: tuple[str, str]) -> Item:
    words = _STORY.match(name)
    title = (words[3] if words else name).replace("-", " ").capitalize()
    path = next((path for path in source.files if path.rpartition("/")[2] == f"{name}.md"), None)
    if path is None:
        step = _plain(name, title, status)
        step.derived = ("title",)
        return step
    text = decoded(source.files[path], path)
    heading = re.sub(r"^Story\s+[\d.]+\s*:\s*", "", title_of(text))
    step = _plain(name, heading or title, status)
    cut = parts(text)
    sections = {part.heading.casefold(): part for part in reversed(cut)}
    story = sections.get("story")
    if story and story.text:
        step.fields["description"] = story.text
    own = _STATUS.search(text)
    if own and status_of(own[1].lower()) not in (None, status):
        outline.notes.append(
            Note("status_differs", f"{name} is {own[1]} in its file; the sprint status counts")
        )
    stated = sections.get("acceptance criteria")
    criteria = _criteria(stated.text if stated else "")
    if criteria:
        step.fields["extra"]["acceptance"] = list(criteria.values())
    tasks = sections.get("tasks / subtasks") or sections.get("tasks")
    found = _tasks(name, tasks.text, tasks.line, criteria) if tasks else []
    if found:
        step.children = found
    elif criteria:
        step.children[0].fields["criteria"] = list(criteria.values())
    rest = {
        part.heading: part.text
        for part in cut[1:]
        if part not in (story, stated, tasks) and part.text and part.heading != title_of(text)
    }
    if rest:
        step.fields["extra"]["sections"] = rest
    return step


def _criteria(text: str) -> dict[str, str]:
    """Numbered acceptance criteria by their number."""
    found: dict[str, str] = {}
    number = ""
    for line in text.split("\n"):
        match = _NUMBERED.match(line)
        if match:
            number = match[1]
            found[number] = match[2]
        elif number and line.strip():
            found[number] += " " + line.strip()
    return {
        number: _AS_NUMBERED.sub("", " ".join(words.replace("**", "").split()))
        for number, words in found.items()
    }


def _tasks(name: str, text: str, line: int, criteria: dict[str, str]) -> list[Item]:
    found: list[Item] = []
    for offset, words in enumerate(text.split("\n")):
        task = _TASK.match(words)
        if task is None:
            continue
        done, title = task[2] != " ", task[3].strip()
        if task[1] and found:
            found[-1].fields["extra"].setdefault("subtasks", []).append(
                {"title": _NAMED.sub("", title), "done": done}
            )
            continue
        named = _CRITERIA.search(title)
        title = _NAMED.sub("", _CRITERIA.sub("", title))
        number = len(found) + 1
        fields: dict[str, Any] = {"title": title, "status": "done" if done else "todo"}
        meant = _meant(named[1], criteria) if named else []
        if meant:
            fields["criteria"] = meant
        fields["extra"] = {"task": number}
        found.append(
            Item(
                "microstep",
                fields,
                key=f"{SCOPE}#{name}/{number}",
                number=number,
                line=line + 1 + offset,
            )
        )
    return found


def _meant(text: str, criteria: dict[str, str]) -> list[str]:
    """The criteria that `#1, #3` or `#1-#7` name."""
    found: dict[str, None] = {}
    for first, last in re.findall(r"#?(\d{1,4})(?:\s*[-–]\s*#?(\d{1,4}))?", text):
        for number in range(int(first), int(last or first) + 1):
            if str(number) in criteria:
                found.setdefault(criteria[str(number)])
    return list(found)


def write(plan: dict[str, Any]) -> dict[str, str]:
    """The sprint status, and a file for each story that has more to say: path → text."""
    from buildrunner.spec.formats.bmad_writing import written

    return written(plan)

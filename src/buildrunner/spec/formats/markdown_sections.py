"""What headings and lists mean: sections to milestones and steps, entries to microsteps."""

from __future__ import annotations

import re
from typing import Any

from buildrunner.spec.formats import vocabulary
from buildrunner.spec.formats.markdown_blocks import Document, ListItem, Section
from buildrunner.spec.formats.markdown_text import decode, split_attributes, strings
from buildrunner.spec.formats.outline import Item, Outline, Source
from buildrunner.spec.formats.paths import scope_of, slug

_STATUS_OF_BOX = {"x": "done", " ": "todo", "~": "doing", "/": "doing", "-": "blocked"}
_BOLD = re.compile(r"^(\*\*|__)(?=\S)(.+?)(?<=\S)\1(:?)$")
_NUMBERS = {"effort_points": 100, "impact_score": 10}


class Sections:
    """One document on its way to an outline."""

    def __init__(self, source: Source, document: Document) -> None:
        self.result = Outline("markdown")
        self.document = document
        self.own = document.front.get("buildrunner") == "plan"
        self.stem = source.stem
        self.scope = scope_of(source)
        self.boxes = any(
            item.checkable or item.boxes_below() for s in document.sections for item in s.items
        )
        self.entries = any(section.items for section in document.sections)
        self.keys: dict[str, int] = {}
        # Sections whose title lives on in that of the steps below them.
        self.carried: set[str] = set()

    def outline(self) -> Outline:
        """The outline; sections without a task are noted as dropped."""
        front = self.document.front
        if self.own:
            self.result.own = True
            self.result.project = front.get("projectId", "")
            self.result.base = front.get("hash", "")
            if front.get("version"):
                self.result.root["version"] = front["version"]
        title, sections = self._title()
        if title:
            self.result.root["title"] = title
        elif front.get("title"):
            self.result.root["title"] = front["title"]
        stack: list[tuple[int, Item]] = []
        for section in sections:
            self._section(section, stack)
        self._prune()
        return self.result

    def _title(self) -> tuple[str, list[Section]]:
        """The document's title and the sections below it.

        A first heading above all others is the title; alone, it is a milestone as well.
        """
        preamble, *sections = self.document.sections
        title = ""
        if sections:
            top = min(section.level for section in sections)
            alone = [section.level for section in sections].count(top) == 1
            if (self.own and sections[0].level == 1) or (
                not self.own and alone and sections[0].level == top
            ):
                first = sections[0]
                title = decode(first.text) if self.own else self._plain(first.text)[0]
                if len(sections) > 1 or self.own:
                    sections = sections[1:]
                    preamble.items.extend(first.items)
                    preamble.prose.extend(first.prose)
        if preamble.prose and not self.own:
            self.result.root["description"] = "\n\n".join(preamble.prose)
        if preamble.items:
            loose = Section(min((s.level for s in sections), default=1), title or self.stem, 1)
            loose.items = preamble.items
            sections = [loose, *sections]
        return title, sections

    # -- sections --------------------------------------------------------------------------

    def _section(self, section: Section, stack: list[tuple[int, Item]]) -> None:
        while stack and stack[-1][0] >= section.level:
            stack.pop()
        text, identifier, values = self._plain(section.text)
        if not stack:
            item = self._container("milestone", text, identifier, "", section.line)
            self.result.items.append(item)
        else:
            milestone, above = stack[0][1], stack[-1][1]
            if above is not milestone:  # deeper than a plan is: a step beside its parent
                text = f"{above.title}: {text}"
                self.carried.add(above.reference)
            item = self._container(
                "step", text, identifier, milestone.key or milestone.id, section.line
            )
            milestone.children.append(item)
        if values.get("phase"):
            item.fields["phase"] = values["phase"]
        self._need(item, values)
        stack.append((section.level, item))
        self._fill(section, stack[0][1], item)

    def _container(self, kind: str, title: str, identifier: str, above: str, line: int) -> Item:
        fields = {"title": title} if title or not self.own else {}
        if identifier and self.own:
            return Item(kind, fields, id=identifier, line=line)
        base = above if "#" in above else f"{self.scope}#{above}"
        key = f"{self.scope}#{identifier}" if identifier else f"{base}/{slug(title)}"
        return Item(
            kind, fields, key=self._key(key.replace("#/", "#")), line=line, titled=not identifier
        )

    def _fill(self, section: Section, milestone: Item, item: Item) -> None:
        prose = list(section.prose)
        loose: list[Item] = []
        parent = item.key or item.id
        for entry in section.items:
            if self._is_task(entry):
                loose.append(self._microstep(entry, parent))
            elif self._is_group(entry):
                text, identifier, _ = self._plain(entry.text)
                if item is not milestone:
                    text = f"{item.title}: {text}"
                    self.carried.add(item.reference)
                step = self._container("step", text, identifier, parent, entry.line)
                self._describe(step, entry.prose)
                below = step.key or step.id
                for child in entry.children:
                    step.children.append(self._microstep(child, below))
                milestone.children.append(step)
            else:
                prose.append(_as_text(entry, 0))
        self._describe(item, prose)
        if not self.entries and section.prose and not self.own:
            # Headings and prose only: each leaf is something to do.
            loose.append(self._leaf(item, parent, section.line))
        if not loose:
            return
        if item.kind == "milestone":
            step = self._container("step", item.title, "", f"{parent}/-", section.line)
            step.children = loose
            milestone.children.insert(0, step)
        else:
            item.children.extend(loose)

    def _is_task(self, entry: ListItem) -> bool:
        if entry.checkable:
            return True
        return not self.boxes and (self.own or entry.depth() < 3)

    def _is_group(self, entry: ListItem) -> bool:
        return entry.boxes_below() if self.boxes else entry.depth() >= 3

    def _describe(self, item: Item, prose: list[str]) -> None:
        if prose and not item.id:
            item.fields["description"] = "\n\n".join(prose)

    def _leaf(self, item: Item, parent: str, line: int) -> Item:
        fields = {"title": item.title, "status": "todo"}
        return Item("microstep", fields, key=self._key(f"{parent}/-"), line=line, titled=True)

    def _prune(self) -> None:
        """Leave out sections that hold nothing to do, and say so."""
        for milestone in list(self.result.items):
            for step in list(milestone.children):
                if not step.children and not step.id:
                    milestone.children.remove(step)
                    self._drop(step)
            if not milestone.children and not milestone.id:
                self.result.items.remove(milestone)
                self._drop(milestone)

    def _drop(self, item: Item) -> None:
        if item.reference in self.carried and "description" not in item.fields:
            return
        self.result.drop(
            "section_without_tasks", f"section {item.title!r} has nothing to do in it", item.line
        )

    # -- entries ---------------------------------------------------------------------------

    def _plain(self, text: str) -> tuple[str, str, dict[str, str]]:
        """Title, id and other values of a heading or an entry."""
        text, identifier, values = split_attributes(text)
        if not self.own:
            bold = _BOLD.match(text)
            if bold:
                text = bold[2] + bold[3]
        return decode(text), identifier, values

    def _microstep(self, entry: ListItem, parent: str) -> Item:
        title, identifier, values = self._plain(entry.text)
        fields: dict[str, Any] = {"title": title} if title or not self.own else {}
        status, word = self._status(entry, values)
        if status:
            fields["status"] = status
        criteria = self._criteria(entry)
        if criteria:
            fields["criteria"] = criteria
        for name in ("owner", "priority", "risk_level", *_NUMBERS):
            if values.get(name):
                fields[name] = _figure(values[name]) if name in _NUMBERS else values[name]
        if identifier and self.own:
            item = Item("microstep", fields, id=identifier, line=entry.line)
            self._need(item, values)
            return item
        if entry.prose:
            fields["description"] = "\n\n".join(entry.prose)
        base = parent if "#" in parent else f"{self.scope}#{parent}"
        key = f"{self.scope}#{identifier}" if identifier else f"{base}/{slug(title)}"
        item = Item(
            "microstep",
            fields,
            key=self._key(key),
            line=entry.line,
            status=word,
            titled=not identifier,
        )
        self._need(item, values)
        return item

    def _need(self, item: Item, values: dict[str, str]) -> None:
        """Dependencies the token names: ids in our own export, names in the file elsewhere."""
        if values.get("depends_on"):
            found = strings(values["depends_on"])
            item.needs = [need if self.own else f"{self.scope}#{need}" for need in found]

    def _status(self, entry: ListItem, values: dict[str, str]) -> tuple[str, str]:
        """The box decides when it is ticked; else the token, where it names a status."""
        if "status" in values and entry.box != "x":
            return values["status"], ""
        if entry.box == "-" and not self.own:
            return "blocked", "cancelled"
        return _STATUS_OF_BOX.get(entry.box, "todo"), ""

    def _criteria(self, entry: ListItem) -> list[str]:
        if self.own:
            return [decode(child.text) for child in _flat(entry.children)]
        return vocabulary.criteria(
            self._plain(child.text)[0]
            for child in _flat(entry.children)
            if not (child.children and child.text.rstrip("*_ ").endswith(":"))
        )

    def _key(self, key: str) -> str:
        count = self.keys[key] = self.keys.get(key, 0) + 1
        return key if count == 1 else f"{key}~{count}"


def _flat(entries: list[ListItem]) -> list[ListItem]:
    return [one for entry in entries for one in (entry, *_flat(entry.children))]


def _figure(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return text  # left for lint to name


def _as_text(entry: ListItem, depth: int) -> str:
    lines = [f"{'  ' * depth}- {entry.text}"]
    lines.extend(_as_text(child, depth + 1) for child in entry.children)
    return "\n".join(lines)

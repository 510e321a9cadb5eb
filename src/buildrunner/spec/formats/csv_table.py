"""CSV: one row a microstep, ours and the tables other tools export.

RFC 4180 with a header row. Cells a spreadsheet would run as a formula are written with a
leading apostrophe, which reading takes off again (OWASP, "CSV Injection").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildrunner.spec.document import root
from buildrunner.spec.formats.csv_cells import (
    cell,
    decoded,
    fields_of_own,
    looks_like_table,
    quoted,
    rows,
)
from buildrunner.spec.formats.csv_columns import Columns, is_own
from buildrunner.spec.formats.outline import Item, Note, Outline, Source
from buildrunner.spec.formats.paths import scope_of, slug

__all__ = ["COLUMNS", "looks_like_table", "read", "write"]

#: Columns of a microstep's fields: name → the kind of value.
FIELDS = {
    "title": "text",
    "status": "text",
    "criteria": "list",
    "depends_on": "list",
    "owner": "text",
    "priority": "text",
    "effort_points": "number",
    "impact_score": "number",
    "risk_level": "text",
    "risk_notes": "text",
    "links": "list",
    "demo_script": "list",
    "rollback_plan": "text",
    "post_check": "text",
}
COLUMNS = ("milestone_id", "milestone", "phase", "step_id", "step", "id", *FIELDS)


# -- writing -------------------------------------------------------------------------------


def write(plan: dict[str, Any]) -> str:
    """The plan as a table; milestones and steps without microsteps get a row of their own."""
    lines = [",".join(COLUMNS)]
    lines.extend(",".join(map(quoted, row)) for row in _table(plan))
    return "\n".join(lines) + "\n"


def _table(plan: dict[str, Any]) -> Iterator[list[str]]:
    for milestone in root(plan).children():
        first = [milestone.id, *_cells(milestone.value, {"title": "text", "phase": "text"})]
        steps = milestone.children()
        if not steps:
            yield [*first, *[""] * (len(COLUMNS) - 3)]
        for step in steps:
            second = [*first, step.id, *_cells(step.value, {"title": "text"})]
            below = step.children()
            if not below:
                yield [*second, *[""] * (len(COLUMNS) - 5)]
            for microstep in below:
                yield [*second, microstep.id, *_cells(microstep.value, FIELDS)]


def _cells(entity: dict[str, Any], fields: dict[str, str]) -> list[str]:
    return [cell(entity.get(name), kind) for name, kind in fields.items()]


# -- reading -------------------------------------------------------------------------------


def read(source: Source) -> Outline:
    """A table as an outline. Raises SpecError for what is no table, with the line."""
    outline = Outline("csv")
    text, encoding = decoded(source)
    if encoding == "cp1252":
        outline.notes.append(
            Note("encoding_guessed", "the file is not UTF-8; read as Windows-1252")
        )
    header, body = rows(source, text)
    if is_own(header):
        _read_own(outline, header, body)
    else:
        Foreign(outline, source, Columns(header, source.name)).read(body)
    return outline


def _read_own(outline: Outline, header: list[str], body: Iterator[tuple[int, list[str]]]) -> None:
    outline.own = True
    place = {name.strip(): number for number, name in enumerate(header)}
    found: dict[tuple[str, ...], Item] = {}
    for line, row in body:

        def at(name: str, row: list[str] = row) -> str:
            number = place.get(name)
            return row[number] if number is not None and number < len(row) else ""

        milestone_id, step_id, identifier = at("milestone_id"), at("step_id"), at("id")
        if not milestone_id:
            outline.drop("no_id", "a row without milestone_id", line)
            continue
        milestone = found.get((milestone_id,))
        if milestone is None:
            fields = fields_of_own({"title": at("milestone"), "phase": at("phase")}, FIELDS)
            milestone = Item("milestone", fields, id=milestone_id, line=line)
            found[(milestone_id,)] = milestone
            outline.items.append(milestone)
        if not step_id:
            if identifier:
                outline.drop("no_id", f"{identifier} has no step_id", line)
            continue
        step = found.get((milestone_id, step_id))
        if step is None:
            step = Item("step", fields_of_own({"title": at("step")}, FIELDS), id=step_id, line=line)
            found[(milestone_id, step_id)] = step
            milestone.children.append(step)
        fields = fields_of_own({name: at(name) for name in FIELDS}, FIELDS)
        if identifier:
            needs = fields.get("depends_on")
            step.children.append(Item("microstep", fields, id=identifier, needs=needs, line=line))
        elif fields:
            # A row someone added by hand: it gets an id here, and is known by its title.
            key = f"{milestone_id}/{step_id}#{slug(fields.get('title', '')) or line}"
            needs = fields.pop("depends_on", None)
            step.children.append(
                Item("microstep", fields, key=key, needs=needs, line=line, titled=True)
            )


class Foreign:
    """A table of another tool: rows are microsteps, grouped by what its columns say."""

    def __init__(self, outline: Outline, source: Source, columns: Columns) -> None:
        self.outline = outline
        self.columns = columns
        self.scope = scope_of(source)
        self.stem = source.stem
        self.milestones: dict[str, Item] = {}
        self.steps: dict[tuple[str, str], Item] = {}
        self.keys: dict[str, int] = {}
        self.milestone = ""
        self.step = ""
        self.carry = False

    def read(self, body: Iterator[tuple[int, list[str]]]) -> None:
        """All rows, then the notes about what was not understood."""
        for line, row in body:
            self._row(line, row)
        self.outline.notes.extend(self.columns.notes())

    def _row(self, line: int, row: list[str]) -> None:
        values = self.columns.values(row)
        milestone, step = values.pop("milestone", ""), values.pop("step", "")
        title = values.get("title", "")
        if not title and (milestone or step) and not values.get("id"):
            # A heading row: what follows and names no group belongs to it.
            self.carry = True
            self.milestone = milestone or self.milestone
            self.step = step if step or milestone else self.step
            self._step(self.milestone, self.step, line) if self.step else self._milestone(
                self.milestone, line
            )
            return
        if not title:
            self.outline.drop("no_title", "a row without a title", line)
            return
        if self.carry:
            if milestone and milestone != self.milestone:
                self.step = step
            milestone, step = milestone or self.milestone, step or self.step
            self.milestone, self.step = milestone, step
        parent = self._step(milestone, step, line)
        parent.children.append(self._microstep(values, parent, line))

    def _milestone(self, title: str, line: int) -> Item:
        item = self.milestones.get(title)
        if item is None:
            key = f"{self.scope}#{slug(title)}"
            item = Item(
                "milestone",
                {"title": title or self.stem},
                key=self._key(key),
                line=line,
                titled=True,
            )
            self.milestones[title] = item
            self.outline.items.append(item)
        return item

    def _step(self, milestone: str, title: str, line: int) -> Item:
        item = self.steps.get((milestone, title))
        if item is None:
            above = self._milestone(milestone, line)
            key = f"{above.key}/{slug(title)}"
            item = Item(
                "step", {"title": title or above.title}, key=self._key(key), line=line, titled=True
            )
            self.steps[(milestone, title)] = item
            above.children.append(item)
        return item

    def _microstep(self, values: dict[str, str], parent: Item, line: int) -> Item:
        identifier = values.pop("id", "")
        fields, status, needs = self.columns.fields(values, line)
        if identifier and not identifier.isdigit():
            key = f"#{identifier}"
        elif identifier:
            key = f"{self.scope}#{identifier}"
        else:
            key = f"{parent.key}/{slug(fields['title'])}"
        if identifier and key in self.keys:
            self.outline.notes.append(
                Note("duplicate_id", f"{identifier} is in the table more than once", line=line)
            )
        item = Item(
            "microstep",
            fields,
            key=self._key(key),
            line=line,
            status=status,
            titled=not identifier,
        )
        if needs:
            item.needs = [self._reference(need) for need in needs]
        return item

    def _reference(self, need: str) -> str:
        return f"{self.scope}#{need}" if need.isdigit() else f"#{need}"

    def _key(self, key: str) -> str:
        """The key, numbered where the file has it more than once."""
        count = self.keys[key] = self.keys.get(key, 0) + 1
        return key if count == 1 else f"{key}~{count}"

"""CSV: one row a microstep, ours and the tables other tools export.

RFC 4180 with a header row. Cells a spreadsheet would run as a formula are written with a
leading apostrophe, which reading takes off again (OWASP, "CSV Injection").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
#: Columns of the milestone and of the step, repeated in each of their rows: column → field.
MILESTONE = {
    "milestone": "title",
    "phase": "phase",
    "milestone_depends_on": "depends_on",
}
STEP = {"step": "title", "step_depends_on": "depends_on"}
COLUMNS = ("milestone_id", *MILESTONE, "step_id", *STEP, "id", *FIELDS)


# -- writing -------------------------------------------------------------------------------


def write(plan: dict[str, Any]) -> str:
    """The plan as a table; milestones and steps without microsteps get a row of their own."""
    lines = [",".join(COLUMNS)]
    lines.extend(",".join(map(quoted, row)) for row in _table(plan))
    return "\n".join(lines) + "\n"


def _table(plan: dict[str, Any]) -> Iterator[list[str]]:
    for milestone in root(plan).children():
        first = [milestone.id, *_cells(milestone.value, MILESTONE.values())]
        steps = milestone.children()
        if not steps:
            yield [*first, *[""] * (len(COLUMNS) - len(first))]
        for step in steps:
            second = [*first, step.id, *_cells(step.value, STEP.values())]
            below = step.children()
            if not below:
                yield [*second, *[""] * (len(COLUMNS) - len(second))]
            for microstep in below:
                yield [*second, microstep.id, *_cells(microstep.value, FIELDS)]


def _cells(entity: dict[str, Any], fields: Iterable[str]) -> list[str]:
    return [cell(entity.get(name), FIELDS.get(name, "text")) for name in fields]


# -- reading -------------------------------------------------------------------------------


def read(source: Source) -> Outline:
    """A table as an outline. Raises SpecError for what is no table, with the line."""
    outline = Outline("csv")
    text, encoding = decoded(source)
    if encoding == "cp1252":
        outline.notes.append(
            Note("encoding_guessed", "the file is not UTF-8; read as Windows-1252")
        )
    header, body = rows(text)
    if is_own(header):
        Own(outline, header).read(body)
    else:
        Foreign(outline, source, Columns(header)).read(body)
    return outline


class Own:
    """A table of ours: every row names its milestone, its step and itself by id."""

    def __init__(self, outline: Outline, header: list[str]) -> None:
        outline.own = True
        self.outline = outline
        self.place = {name: number for number, name in enumerate(header)}
        self.groups: dict[str, Item] = {}
        self.differing: set[str] = set()

    def read(self, body: Iterator[tuple[int, list[str]]]) -> None:
        """All rows."""
        for line, row in body:
            self._row(line, row)

    def _row(self, line: int, row: list[str]) -> None:
        def at(name: str) -> str:
            number = self.place.get(name, len(row))
            return row[number] if number < len(row) else ""

        if not at("milestone_id") or (at("id") and not at("step_id")):
            missing = "step_id" if at("milestone_id") else "milestone_id"
            self.outline.drop("no_id", f"a row without {missing}", line)
            return
        fields = {field: at(column) for column, field in MILESTONE.items()}
        above = self._group("milestone", at("milestone_id"), fields, self.outline.items, line)
        if not at("step_id"):
            return
        fields = {field: at(column) for column, field in STEP.items()}
        step = self._group("step", at("step_id"), fields, above.children, line)
        item = Item("microstep", fields_of_own({n: at(n) for n in FIELDS}, FIELDS), line=line)
        item.needs = item.fields.get("depends_on")
        if at("id"):
            item.id = at("id")
        elif item.fields:
            # A row someone added by hand: it gets an id here, and is known by its title.
            item.fields.pop("depends_on", None)
            item.key = f"{above.id}/{step.id}#{slug(item.title) or line}"
            item.titled = True
        else:
            return
        step.children.append(item)

    def _group(
        self, kind: str, identifier: str, cells: dict[str, str], siblings: list[Item], line: int
    ) -> Item:
        fields = fields_of_own(cells, FIELDS)
        item = self.groups.get(identifier)
        if item is None:
            needs = fields.get("depends_on")
            item = Item(kind, fields, id=identifier, needs=needs, line=line)
            self.groups[identifier] = item
            siblings.append(item)
        elif identifier not in self.differing and any(
            item.fields.get(name) != value for name, value in fields.items()
        ):
            self.differing.add(identifier)
            self.outline.drop(
                "rows_differ",
                f"the rows of {kind} {identifier} differ in what they say of it; "
                f"line {item.line} is taken",
                line,
            )
        return item


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

"""A plan as the page shows it: rows, counts, and the part of them that is drawn.

An outline is made once a revision and shared by requests, so nothing in it is ever changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

STATUSES = ("todo", "doing", "blocked", "done")
# Widths of the id column in characters, as the style sheet knows them. All but the longest
# twentieth of the ids fit.
ID_WIDTHS = (6, 8, 10, 12, 14, 18, 24)

Counts = dict[str, int]


class Row:
    """One microstep. `waiting` counts the dependencies that are not done; `problems` says in
    words what is wrong with it."""

    kind = "microstep"

    __slots__ = (
        "criteria",
        "depends_on",
        "effort",
        "id",
        "milestone",
        "owner",
        "priority",
        "problems",
        "risk",
        "status",
        "step",
        "title",
        "value",
        "waiting",
    )

    def __init__(self, value: dict[str, Any], step: Step, milestone: Milestone) -> None:
        self.value = value
        self.step = step
        self.milestone = milestone
        self.id = _text(value, "id")
        self.title = _text(value, "title")
        status = value.get("status")
        self.status = status if status in STATUSES else "todo"
        self.criteria = texts(value, "criteria")
        self.depends_on = texts(value, "depends_on")
        self.owner = _text(value, "owner")
        self.priority = _text(value, "priority")
        self.risk = _text(value, "risk_level")
        effort = value.get("effort_points")
        self.effort = effort if isinstance(effort, int | float) else None
        self.waiting = 0
        self.problems: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The id as a part of an address."""
        return quote(self.id, safe="")

    @property
    def haystack(self) -> str:
        """Where words are looked for. Made when somebody looks: most outlines are never searched."""
        return "\n".join((self.id, self.title, self.owner, *self.criteria)).casefold()


class Step:
    """A step with its rows and their counts."""

    __slots__ = ("counts", "id", "milestone", "path", "rows", "title", "value")
    kind = "step"

    def __init__(self, value: dict[str, Any], milestone: Milestone) -> None:
        self.value = value
        self.milestone = milestone
        self.id = _text(value, "id")
        self.path = quote(self.id, safe="")
        self.title = _text(value, "title")
        self.rows = [Row(child, self, milestone) for child in _children(value, "microsteps")]
        self.counts = count(self.rows)


class Milestone:
    """A milestone with its steps and the counts of all rows below."""

    __slots__ = ("counts", "id", "path", "phase", "steps", "title", "value")
    kind = "milestone"

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self.id = _text(value, "id")
        self.path = quote(self.id, safe="")
        self.title = _text(value, "title")
        self.phase = _text(value, "phase")
        self.steps = [Step(child, self) for child in _children(value, "steps")]
        self.counts = _sum(step.counts for step in self.steps)

    @property
    def rows(self) -> Iterator[Row]:
        """Every row below, in order."""
        for step in self.steps:
            yield from step.rows


Entry = Milestone | Step | Row


class Outline:
    """A whole plan. `entries` finds anything by id, or by an old id kept in `aliases`; `owners`,
    `priorities` and `phases` count the rows of each."""

    __slots__ = (
        "aliases",
        "counts",
        "entries",
        "id_width",
        "milestones",
        "owners",
        "phases",
        "priorities",
        "problems",
        "project",
        "revision",
        "title",
    )

    def __init__(self, plan: dict[str, Any], revision: int) -> None:
        self.revision = revision
        self.title = _text(plan, "title")
        self.project = plan.get("projectId")
        self.milestones = [Milestone(value) for value in _children(plan, "milestones")]
        self.counts = _sum(milestone.counts for milestone in self.milestones)
        self.entries: dict[str, Entry] = {}
        self.aliases: dict[str, str] = {}
        lengths: list[int] = []
        for entry in self._walk():
            self.entries.setdefault(entry.id, entry)
            for alias in texts(entry.value, "aliases"):
                self.aliases.setdefault(alias, entry.id)
            if isinstance(entry, Row):
                lengths.append(len(entry.id))
        lengths.sort()
        usual = lengths[(len(lengths) - 1) * 19 // 20] if lengths else 0
        self.id_width = next((width for width in ID_WIDTHS if usual <= width), ID_WIDTHS[-1])
        self.owners: Counter[str] = Counter()
        self.priorities: Counter[str] = Counter()
        self.phases: Counter[str] = Counter()
        self.problems = 0
        for row in self.rows:
            if row.depends_on:
                row.waiting = sum(self._open(other) for other in row.depends_on)
            row.problems = tuple(_problems(row))
            self.problems += bool(row.problems)
            self.owners[row.owner] += 1
            self.priorities[row.priority] += 1
            self.phases[row.milestone.phase] += 1

    def _walk(self) -> Iterator[Entry]:
        for milestone in self.milestones:
            yield milestone
            for step in milestone.steps:
                yield step
                yield from step.rows

    def _open(self, entity_id: str) -> bool:
        found = self.find(entity_id)
        return isinstance(found, Row) and found.status != "done"

    @property
    def rows(self) -> Iterator[Row]:
        """Every row, in order."""
        for milestone in self.milestones:
            yield from milestone.rows

    def find(self, entity_id: str) -> Entry | None:
        """An entry by its id or by one of its old ids."""
        return self.entries.get(entity_id) or self.entries.get(self.aliases.get(entity_id, ""))

    def dependents(self, entity_id: str) -> list[Row]:
        """The rows that wait for an entry."""
        return [row for row in self.rows if entity_id in row.depends_on]


def _problems(row: Row) -> Iterator[str]:
    """What `br lint` warns of, as far as it concerns the work on a row."""
    if not row.criteria:
        yield "It has no criteria: nothing says when it is done."
    if row.waiting and row.status in ("doing", "done"):
        verb = "Done" if row.status == "done" else "Started"
        yield f"{verb} although {row.waiting} it depends on {_are(row.waiting)} not done."
    if row.risk in ("high", "critical") and not _text(row.value, "rollback_plan").strip():
        yield f"Its risk is {row.risk} and there is no rollback plan."


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def count(rows: Iterable[Row]) -> Counts:
    """How many rows there are of each status, and in `total`."""
    counts = dict.fromkeys((*STATUSES, "total"), 0)
    for row in rows:
        counts[row.status] += 1
        counts["total"] += 1
    return counts


def texts(value: dict[str, Any], name: str) -> list[str]:
    """A list of texts, whatever an odd plan holds there."""
    found = value.get(name)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _sum(parts: Iterable[Counts]) -> Counts:
    counts = dict.fromkeys((*STATUSES, "total"), 0)
    for part in parts:
        for name, number in part.items():
            counts[name] += number
    return counts


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else "" if found is None else str(found)


def _children(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = value.get(name)
    return [child for child in found if isinstance(child, dict)] if isinstance(found, list) else []

"""What a visitor of the plan looks for: filters, and how the rows are grouped and ordered.

All of it lives in the address, so that a view can be kept and sent. `-` stands for "none".
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from buildrunner.server.domains.plans.web.outline import STATUSES, Milestone, Row, Step

NONE = "-"
PRIORITIES = ("P1", "P2", "P3")
MAX_CHOICES = 100

STATES: dict[str, str] = {
    "ready": "Ready to start",
    "waiting": "Waits for others",
    "claimed": "Being worked on",
    "problem": "Has problems",
}
GROUPS: dict[str, str] = {
    "milestone": "Milestone",
    "owner": "Owner",
    "status": "Status",
    "priority": "Priority",
    "phase": "Phase",
    "none": "Nothing",
}
SORTS: dict[str, str] = {
    "plan": "Plan order",
    "priority": "Priority",
    "status": "Status",
    "effort": "Effort, largest first",
    "waiting": "Waits for most",
    "title": "Title",
}

Order = Callable[[Row], Any]
_RANKS = {name: place for place, name in enumerate(PRIORITIES)}
_ORDERS: dict[str, Order] = {
    "priority": lambda row: _RANKS.get(row.priority, len(_RANKS)),
    "status": lambda row: ("doing", "blocked", "todo", "done").index(row.status),
    "effort": lambda row: -(row.effort or 0),
    "waiting": lambda row: -row.waiting,
    "title": lambda row: row.title.casefold(),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What the visitor looks for. Empty: everything."""

    words: str = ""
    statuses: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    milestones: frozenset[str] = frozenset()

    @classmethod
    def read(cls, query: QueryDict) -> Filter:
        """From a query string; what no filter knows is ignored."""
        return cls(
            words=" ".join(str(query.get("q", "")).split())[:200],
            statuses=_known(query.getlist("status"), STATUSES),
            owners=frozenset(query.getlist("owner")[:MAX_CHOICES]),
            priorities=_known(query.getlist("priority"), (*PRIORITIES, NONE)),
            phases=frozenset(query.getlist("phase")[:MAX_CHOICES]),
            states=_known(query.getlist("is"), STATES),
            milestones=frozenset(query.getlist("milestone")[:MAX_CHOICES]),
        )

    def __bool__(self) -> bool:
        return bool(self.words or self.statuses or self.narrow)

    @property
    def narrow(self) -> int:
        """How many choices stand in the filter menu."""
        chosen = (self.owners, self.priorities, self.phases, self.states, self.milestones)
        return sum(map(len, chosen))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As names and values of a query string, always in one order."""
        pairs = [("q", self.words)] if self.words else []
        for name, chosen in (
            ("status", self.statuses),
            ("owner", self.owners),
            ("priority", self.priorities),
            ("phase", self.phases),
            ("is", self.states),
            ("milestone", self.milestones),
        ):
            pairs += [(name, value) for value in sorted(chosen)]
        return pairs

    def keep(
        self, milestone: Milestone, claimed: Container[str] = ()
    ) -> list[tuple[Step, list[Row]]]:
        """The rows of a milestone that fit, by step; a title that fits keeps what is below it."""
        if self.phases and (milestone.phase or NONE) not in self.phases:
            return []
        if self.milestones and milestone.id not in self.milestones:
            return []
        words = self.words.casefold().split()
        found = []
        for step in milestone.steps:
            above = f"{milestone.id} {milestone.title} {step.id} {step.title}".casefold()
            left = [word for word in words if word not in above]
            rows = [row for row in step.rows if self._fits(row, left, claimed)]
            if rows or (not step.rows and not self):
                found.append((step, rows))
        return found

    def _fits(self, row: Row, words: list[str], claimed: Container[str]) -> bool:
        return (
            (not self.statuses or row.status in self.statuses)
            and (not self.owners or (row.owner or NONE) in self.owners)
            and (not self.priorities or (row.priority or NONE) in self.priorities)
            and (not self.states or any(_is(row, state, claimed) for state in self.states))
            and all(word in row.haystack for word in words)
        )


def _is(row: Row, state: str, claimed: Container[str]) -> bool:
    if state == "ready":
        return row.status == "todo" and not row.waiting
    if state == "waiting":
        return row.status != "done" and row.waiting > 0
    if state == "claimed":
        return row.id in claimed
    return bool(row.problems)


@dataclass(frozen=True, slots=True)
class View:
    """How the rows stand: by milestone as the plan has them, or flat in groups, in an order."""

    group: str = "milestone"
    sort: str = "plan"

    @classmethod
    def read(cls, query: QueryDict) -> View:
        """From a query string; what is unknown is as without it."""
        group, sort = str(query.get("group", "")), str(query.get("sort", ""))
        group = group if group in GROUPS else "milestone"
        flat = group != "milestone"
        return cls(group, sort if flat and sort in SORTS else "plan")

    @property
    def flat(self) -> bool:
        """Whether the rows stand outside their milestones."""
        return self.group != "milestone"

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As names and values of a query string; what is usual is left out."""
        pairs = [("group", self.group)] if self.flat else []
        return [*pairs, ("sort", self.sort)] if self.sort != "plan" else pairs

    def ordered(self, rows: Iterable[Row]) -> list[Row]:
        """Rows in the order of this view; equal ones as in the plan."""
        order = _ORDERS.get(self.sort)
        return sorted(rows, key=order) if order else list(rows)


def query_of(wanted: Filter, view: View) -> str:
    """Filter and view as a query string, without the question mark."""
    return urlencode([*wanted.pairs, *view.pairs])


def _known(values: Iterable[str], names: Iterable[str]) -> frozenset[str]:
    return frozenset(values) & frozenset(names)


def every_row(
    milestones: Iterable[Milestone], wanted: Filter, claimed: Container[str]
) -> Iterator[Row]:
    """All rows that fit, in plan order."""
    for milestone in milestones:
        for _, rows in wanted.keep(milestone, claimed):
            yield from rows

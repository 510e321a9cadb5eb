"""What can be said of a part of a plan, counted once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from buildrunner.spec.document import Entity, index
from buildrunner.spec.errors import SpecError
from buildrunner.spec.graph import Graph, positive

Plan = dict[str, Any]
_GRAVE = ("high", "critical")


class Facts:
    """The microsteps below an entity (itself, if it is one), sorted by what matters.

    `proven` are ids whose `done` has evidence; None where nobody knows.
    """

    def __init__(
        self, plan: Plan, entity: Entity, graph: Graph, proven: Collection[str] | None
    ) -> None:
        self.plan = plan
        self.entity = entity
        self.graph = graph
        self.rows = list(below(entity))
        self.ids = {row.id for row in self.rows if row.id}
        self.by_status: dict[str, list[Entity]] = {}
        for row in self.rows:
            self.by_status.setdefault(status_of(row), []).append(row)
        self.done = self.by_status.get("done", [])
        self.doing = self.by_status.get("doing", [])
        self.blocked = self.by_status.get("blocked", [])
        self.open = [row for row in self.rows if status_of(row) != "done"]
        self.proven = None if proven is None else [row for row in self.done if row.id in proven]
        self.effort_left = sum(positive(r.value.get("effort_points"), 0) for r in self.open)
        self.grave = [row for row in self.open if row.value.get("risk_level") in _GRAVE]

    @property
    def share_done(self) -> int:
        """Per cent of the microsteps that are done, rounded down so that 100 means all."""
        return len(self.done) * 100 // len(self.rows) if self.rows else 0

    def next(self, limit: int = 3) -> list[tuple[Entity, list[str]]]:
        """The best to do next of these, with reasons."""
        return [(row, why) for row, why in self.graph.rank_next() if row.id in self.ids][:limit]

    def critical(self) -> list[Entity]:
        """The part of the critical path that lies here; empty where needs go in circles."""
        try:
            return [row for row in self.graph.critical_path() if row.id in self.ids]
        except SpecError:
            return []

    def waiting(self) -> list[tuple[Entity, list[str]]]:
        """Open microsteps that wait, with the chain to what holds them up."""
        found = []
        for row in self.open:
            chains = self.graph.blocked_by(row.id, 1) if row.id in self.ids else []
            if chains:
                found.append((row, chains[0]))
        return found

    def needs_outside(self) -> list[str]:
        """Ids outside this part that something in it names in `depends_on`."""
        inside = {each.id for each in _family(self.entity)}
        named: dict[str, None] = {}
        for each in _family(self.entity):
            needs = each.value.get("depends_on")
            for need in needs if isinstance(needs, list) else ():
                if isinstance(need, str) and need not in inside:
                    named.setdefault(need)
        return list(named)


def below(entity: Entity) -> list[Entity]:
    """The microsteps of an entity, in document order."""
    if entity.kind == "microstep":
        return [entity]
    return [row for child in entity.children() for row in below(child)]


def status_of(row: Entity) -> str:
    """The status, `todo` where there is none."""
    status = row.value.get("status")
    return status if isinstance(status, str) else "todo"


def line(value: Any, most: int = 300) -> str:
    """A text on one line, not too long."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def lines(value: Any) -> list[str]:
    """The texts of a list, one line each."""
    return [text for text in map(line, value) if text] if isinstance(value, list) else []


def find(plan: Plan, identifier: str) -> Entity:
    """The entity of an id, "" for the plan. Raises KeyError."""
    return Entity("root", plan) if identifier == "" else index(plan)[identifier]


def _family(entity: Entity) -> list[Entity]:
    return [entity, *(each for child in entity.children() for each in _family(child))]

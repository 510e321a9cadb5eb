"""What waits for what: ready work, blockers, order, the critical path, what a change affects.

A microstep waits for its own `depends_on` and for that of its step and milestone; a step or
milestone is done when all its microsteps are. An id that does not exist is never done. Former
ids (`aliases`) resolve. Everything is iterative and O(V + E).

Hot path of `br next` and `br status`: standard library only, nothing computed before asked.
"""

from __future__ import annotations

from buildrunner.spec.document import Entity
from buildrunner.spec.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

LEVELS = ("milestone", "step", "microstep")
MISSING = -1
NOTHING: Mapping[int, int] = {}


class Graph:
    """The dependencies of a plan, as it stood when this was made.

    Inside, an entity is a row: its number in document order. `needs` maps a row to the rows
    it depends on (MISSING for an unknown id), `open` counts the microsteps of a row that are
    not done.
    """

    def __init__(self, plan: dict[str, Any]) -> None:
        self.values: list[dict[str, Any]] = []
        self.parents: list[int] = []
        self.places: list[int] = []
        self.levels: list[int] = []
        self._read(plan)
        self._rows: dict[str, int] = {}
        rows = self._rows
        for row, value in enumerate(self.values):
            identifier: Any = value.get("id")
            if identifier.__class__ is str and identifier not in rows:
                rows[identifier] = row
        self._root = Entity("root", plan)
        self._containers: dict[int, Entity] = {}
        self._aliases: dict[str, int] | None = None
        self.needs: dict[int, list[int]] = {}
        self.missing: dict[int, list[str]] = {}
        for row, value in enumerate(self.values):
            if "depends_on" in value:
                self._read_needs(row, value["depends_on"])
        self.open = self._count_open()
        self.waits_cache: list[list[int]] | None = None
        self._ready: list[int] | None = None

    # -- reading --

    def _read(self, plan: dict[str, Any]) -> None:
        values, parents, levels = self.values, self.parents, self.levels
        for place, milestone in enumerate(_members(plan, "milestones")):
            if milestone.__class__ is not dict:
                continue
            top = self._append(milestone, -1, place, 0)
            for spot, step in enumerate(_members(milestone, "steps")):
                if step.__class__ is not dict:
                    continue
                middle = self._append(step, top, spot, 1)
                members = _members(step, "microsteps")
                found = [member for member in members if member.__class__ is dict]
                values.extend(found)
                parents.extend([middle] * len(found))
                levels.extend([2] * len(found))
                if len(found) == len(members):
                    self.places.extend(range(len(found)))
                else:
                    kept = (i for i, member in enumerate(members) if member.__class__ is dict)
                    self.places.extend(kept)

    def _append(self, value: dict[str, Any], parent: int, place: int, level: int) -> int:
        self.values.append(value)
        self.parents.append(parent)
        self.places.append(place)
        self.levels.append(level)
        return len(self.values) - 1

    def _read_needs(self, row: int, wanted: Any) -> None:
        if wanted.__class__ is not list:
            return
        targets: list[int] = []
        for identifier in wanted:
            if identifier.__class__ is not str:
                continue
            target = self._row(identifier)
            if target == MISSING:
                self.missing.setdefault(row, []).append(identifier)
            if target not in targets:
                targets.append(target)
        if targets:
            self.needs[row] = targets

    def _row(self, identifier: str) -> int:
        row = self._rows.get(identifier)
        if row is not None:
            return row
        if self._aliases is None:
            from buildrunner.spec.ids import aliases

            self._aliases = {}
            for place, value in enumerate(self.values):
                if "aliases" in value:
                    for alias in aliases(value):
                        self._aliases.setdefault(alias, place)
        return self._aliases.get(identifier, MISSING)

    def _asked(self, identifier: str) -> int:
        row = self._row(identifier)
        if row == MISSING:
            raise SpecError("unknown_id", f'there is no "{identifier[:200]}"', hint="br list")
        return row

    def _count_open(self) -> list[int]:
        """For each row the number of microsteps in it (itself included) that are not done."""
        counts = [0] * len(self.values)
        parents = self.parents
        for row, level in enumerate(self.levels):
            if level == 2 and self.values[row].get("status") != "done":
                counts[row] = 1
                counts[parents[row]] += 1
        for row, level in enumerate(self.levels):
            if level == 1:
                counts[parents[row]] += counts[row]
        return counts

    def entity(self, row: int) -> Entity:
        """The entity at a row."""
        level = self.levels[row]
        if level < 2 and row in self._containers:
            return self._containers[row]
        parent = self.parents[row]
        above = self.entity(parent) if parent >= 0 else self._root
        entity = Entity(LEVELS[level], self.values[row], self.places[row], above)
        if level < 2:
            self._containers[row] = entity
        return entity

    def _entities(self, rows: Iterable[int]) -> list[Entity]:
        return [self.entity(row) for row in rows]

    def name(self, row: int) -> str:
        return str(self.values[row].get("id") or "")

    # -- ready work --

    def met(self, row: int, assumed: Mapping[int, int] = NOTHING) -> bool:
        """Whether everything this row itself depends on is done.

        `assumed`: row → how many of its open microsteps to count as done.
        """
        for target in self.needs.get(row, ()):
            if target == MISSING:
                return False
            if self.open[target] > assumed.get(target, 0):
                return False
        return True

    def within(self, row: int, above: int) -> bool:
        while row > above:
            row = self.parents[row]
        return row == above

    def free(self, row: int, assumed: Mapping[int, int] = NOTHING) -> bool:
        """The same, for what it lies in too."""
        while row >= 0:
            if not self.met(row, assumed):
                return False
            row = self.parents[row]
        return True

    def ready_rows(self) -> list[int]:
        """The rows of `ready()`, found once."""
        if self._ready is not None:
            return self._ready
        levels, needs, parents = self.levels, self.needs, self.parents
        shut: set[int] = set()
        ready: list[int] = []
        for row, value in enumerate(self.values):
            if row in needs and not self.met(row):
                shut.add(row)
            elif levels[row] == 2:
                if parents[row] not in shut and value.get("status", "todo") == "todo":
                    ready.append(row)
            elif parents[row] in shut:
                shut.add(row)
        self._ready = ready
        return ready

    def ready(self) -> list[Entity]:
        """The microsteps to do (`todo`) that wait for nothing, in document order."""
        return self._entities(self.ready_rows())

    def is_ready(self, identifier: str) -> bool:
        """Whether this microstep is `todo` and waits for nothing. Unknown ids raise SpecError."""
        row = self._asked(identifier)
        return (
            self.levels[row] == 2
            and self.values[row].get("status", "todo") == "todo"
            and self.free(row)
        )

    def rank_next(self, limit: int | None = None) -> list[tuple[Entity, list[str]]]:
        """The ready microsteps, the best to do next first, with the reasons in words.

        By priority, then impact per effort, then how many microsteps wait for it, then the
        order of the document. Unset values count as P2, impact 5 and effort 5.
        """
        from buildrunner.spec.ranking import rank

        return [(self.entity(row), reasons) for row, reasons in rank(self, limit)]

    # -- the way through --

    def blocked_by(self, identifier: str, limit: int | None = None) -> list[list[str]]:
        """Why this cannot start: chains of ids, each from what it waits for to a root cause.

        A root cause is an open microstep that waits for nothing itself, or an id that does not
        exist; shortest chains first, one for each cause, at most `limit`. Empty: nothing
        blocks it.
        """
        from buildrunner.spec.ways import blocking_chains

        return blocking_chains(self, self._asked(identifier), limit)

    def topological(self) -> list[Entity]:
        """All microsteps, each after everything it waits for, else in document order.

        Raises SpecError `dependency_cycle` where there is no such order.
        """
        from buildrunner.spec.ways import topological_rows

        return self._entities(topological_rows(self))

    def cycles(self) -> list[list[str]]:
        """For each knot of entities that wait for each other, one shortest circle of ids."""
        from buildrunner.spec.ways import circles

        return [[self.name(row) for row in rows] for rows in circles(self)]

    def knots(self) -> list[list[str]]:
        """The ids in each knot of entities that wait for each other, in document order."""
        from buildrunner.spec.ways import knots

        return [[self.name(row) for row in rows] for rows in knots(self)]

    def critical_path(self) -> list[Entity]:
        """The open microsteps that decide how long the rest takes, in working order.

        The heaviest chain by `effort_points` (absent: 1). Raises SpecError
        `dependency_cycle`.
        """
        from buildrunner.spec.ways import critical_rows

        return self._entities(critical_rows(self))

    def weight(self, row: int) -> float:
        """The `effort_points` of a microstep as the critical path counts them."""
        return positive(self.values[row].get("effort_points"), 1)

    def affected_by(self, identifier: str) -> list[Entity]:
        """The microsteps that wait, directly or through others, for this entity."""
        from buildrunner.spec.ways import dependent_rows

        return self._entities(dependent_rows(self, self._asked(identifier)))

    def circle_with(self, identifier: str, need: str) -> list[str]:
        """The ids of the circle that depending on `need` would close, from `identifier` on; else []."""
        from buildrunner.spec.ways import closing_way

        return [self.name(r) for r in closing_way(self, self._asked(identifier), self._asked(need))]

    def dependents(self, identifier: str) -> list[Entity]:
        """What names this entity in its own `depends_on`, in document order."""
        row = self._asked(identifier)
        return self._entities(other for other, targets in self.needs.items() if row in targets)

    def unblocks(self, identifier: str) -> list[Entity]:
        """The microsteps that become ready when this microstep, step or milestone is done."""
        top = self._asked(identifier)
        assumed: dict[int, int] = {}
        for row in range(top, len(self.values)):
            if self.open[row] and self.levels[row] == 2 and self.within(row, top):
                above = row
                while above >= 0:
                    assumed[above] = assumed.get(above, 0) + 1
                    above = self.parents[above]
        ready = set(self.ready_rows())
        return self._entities(
            row
            for row, value in enumerate(self.values)
            if self.levels[row] == 2
            and row not in ready
            and row not in assumed
            and value.get("status", "todo") == "todo"
            and self.free(row, assumed)
        )


def _members(value: dict[str, Any], field: str) -> list[Any]:
    found = value.get(field)
    return found if found.__class__ is list else []


def positive(value: Any, default: float) -> float:
    """A positive number, else the default."""
    if value.__class__ in (int, float) and value > 0:
        return float(value)
    return default

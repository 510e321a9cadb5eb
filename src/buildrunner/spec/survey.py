"""One pass over a plan for lint: every entity with its place, and every id."""

from __future__ import annotations

from buildrunner.spec.columns import BATCH
from buildrunner.spec.document import CHILD_KIND, CHILDREN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol

    class Report(Protocol):
        """What rules report to."""

        def __call__(self, code: str, pointer: str, message: str, hint: str | None = None) -> None:
            """Note a finding; `hint` None stands for the rule's own."""

        def wants(self, code: str) -> bool:
            """Whether more of this code is taken: ask before costly words."""


MILESTONE, STEP, MICROSTEP = range(3)
_NAMES = tuple(CHILDREN.values())
_KINDS = tuple(CHILD_KIND.values())


class Survey:
    """What lint's rules look at: entities as columns, in document order, parents first.

    For row i, `values[i]` is the dict, `ids[i]` its id or "", `levels[i]` MILESTONE, STEP
    or MICROSTEP, `parents[i]` the row of the entity above (-1 for milestones) and
    `places[i]` its index among the siblings. `first` leads from an id to the first row
    that has it; `dependent` and `aliased` are the rows with `depends_on` and `aliases`.
    """

    __slots__ = (
        "_folded",
        "aliased",
        "dependent",
        "first",
        "ids",
        "levels",
        "parents",
        "places",
        "values",
    )

    def __init__(self, plan: dict[str, Any]) -> None:
        self.values: list[dict[str, Any]] = []
        self.levels: list[int] = []
        self.parents: list[int] = []
        self.places: list[int] = []
        self._collect(plan, MILESTONE, -1)
        self.ids: list[str] = []
        self.dependent: list[int] = []
        self.aliased: list[int] = []
        for rows in self.batches():
            batch = self.values[rows.start : rows.stop]
            self.ids += [value.get("id", "") for value in batch]
            for row, value in zip(rows, batch, strict=True):
                if "depends_on" in value:
                    self.dependent.append(row)
                if "aliases" in value:
                    self.aliased.append(row)
        if set(map(type, self.ids)) - {str}:
            self.ids = [name if name.__class__ is str else "" for name in self.ids]
        count = len(self.ids)
        self.first = dict(zip(reversed(self.ids), range(count - 1, -1, -1), strict=True))
        self.first.pop("", None)
        self._folded: dict[str, str] | None = None

    def _collect(self, value: dict[str, Any], level: int, parent: int) -> None:
        members: Any = value.get(_NAMES[level])
        if members.__class__ is not list:
            return
        places: list[int] | range = range(len(members))
        if set(map(type, members)) - {dict}:
            places = [place for place in places if members[place].__class__ is dict]
            members = [members[place] for place in places]
        if level == MICROSTEP:
            self.values += members
            self.levels += [level] * len(members)
            self.parents += [parent] * len(members)
            self.places += places
            return
        for member, place in zip(members, places, strict=True):
            self.values.append(member)
            self.levels.append(level)
            self.parents.append(parent)
            self.places.append(place)
            self._collect(member, level + 1, len(self.values) - 1)

    def batches(self) -> Iterator[range]:
        """All rows in pieces that stay in the processor's cache, see `columns.BATCH`."""
        count = len(self.values)
        for start in range(0, count, BATCH):
            yield range(start, min(start + BATCH, count))

    def pointer(self, row: int) -> str:
        """The RFC 6901 pointer of an entity."""
        pointer = ""
        while row >= 0:
            pointer = f"/{_NAMES[self.levels[row]]}/{self.places[row]}{pointer}"
            row = self.parents[row]
        return pointer

    def name(self, row: int) -> str:
        """How a message calls an entity: its id, else what it is and where."""
        return self.ids[row] or f"the {_KINDS[self.levels[row]]} at {self.pointer(row)}"

    def microsteps_in(self, row: int) -> list[int]:
        """The rows of the microsteps in an entity; of a microstep, itself."""
        level = self.levels[row]
        if level == MICROSTEP:
            return [row]
        found = []
        for below in range(row + 1, len(self.levels)):
            if self.levels[below] <= level:
                break
            if self.levels[below] == MICROSTEP:
                found.append(below)
        return found

    @property
    def folded(self) -> dict[str, str]:
        """Ids by their form without case, for guessing what was meant."""
        if self._folded is None:
            self._folded = {identifier.casefold(): identifier for identifier in self.first}
        return self._folded

"""Progress out of the operations of a plan's revisions: burn-up, lead and cycle time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from buildrunner.server.domains.workbench.types.timeline import Change, Lasted, Point, Spread

_LISTS = ("milestones", "steps", "microsteps")
_MICROSTEP = 3


class _Replay:
    """The skeleton of a plan: what stands where, and the status of each microstep."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}
        self.depth: dict[str, int] = {"": 0}
        self.children: dict[str, dict[str, None]] = {"": {}}
        self.status: dict[str, str] = {}
        self.changes: list[Change] = []

    def take(self, at: datetime, operation: dict[str, Any]) -> None:
        name, op = operation.get("id", ""), operation.get("op")
        if op == "add":
            self._add(at, operation["parent"], operation["value"])
        elif op == "remove":
            self._remove(at, name)
        elif op == "move" and name in self.parent:
            self.children[self.parent[name]].pop(name, None)
            self.parent[name] = operation["parent"]
            self.children[operation["parent"]][name] = None
        elif op in ("set", "unset"):
            self._set(at, name, operation)

    def _set(self, at: datetime, name: str, operation: dict[str, Any]) -> None:
        field, value = operation.get("field"), operation.get("value")
        depth = self.depth.get(name, _MICROSTEP)
        if depth < _MICROSTEP and field == _LISTS[depth]:
            for child in list(self.children[name]):
                self._remove(at, child)
            for child in value if isinstance(value, list) else []:
                self._add(at, name, child)
        elif field == "status" and name in self.status:
            before, after = self.status[name], _status(value)
            if before != after:
                self.status[name] = after
                self.changes.append(Change(at, name, before, after))

    def _add(self, at: datetime, parent: str, value: Any) -> None:
        if not isinstance(value, dict) or parent not in self.depth:
            return
        name, depth = str(value.get("id", "")), self.depth[parent] + 1
        self.parent[name], self.depth[name], self.children[name] = parent, depth, {}
        self.children[parent][name] = None
        if depth == _MICROSTEP:
            self.status[name] = _status(value.get("status"))
            self.changes.append(Change(at, name, None, self.status[name]))
            return
        for child in value.get(_LISTS[depth]) or []:
            self._add(at, name, child)

    def _remove(self, at: datetime, name: str) -> None:
        if name not in self.parent:
            return
        for child in list(self.children[name]):
            self._remove(at, child)
        self.children[self.parent.pop(name)].pop(name, None)
        del self.depth[name], self.children[name]
        before = self.status.pop(name, None)
        if before is not None:
            self.changes.append(Change(at, name, before, None))


def _status(value: Any) -> str:
    return value if isinstance(value, str) else "todo"


def status_changes(steps: Iterable[tuple[datetime, Iterable[dict[str, Any]]]]) -> list[Change]:
    """What happened to each microstep, from the operations of all revisions in order."""
    replay = _Replay()
    for at, operations in steps:
        for operation in operations:
            replay.take(at, operation)
    return replay.changes


def burn_up(changes: Sequence[Change], *, until: date) -> list[Point]:
    """A point for each day from the first change up to and with `until`."""
    if not changes:
        return []
    scopes: dict[date, int] = {}
    dones: dict[date, int] = {}
    for change in changes:
        day = change.at.astimezone(UTC).date()
        scope = (change.before is None) - (change.after is None)
        done = (change.after == "done") - (change.before == "done")
        scopes[day] = scopes.get(day, 0) + scope
        dones[day] = dones.get(day, 0) + done
    points, scope, done, day = [], 0, 0, min(scopes)
    while day <= until:
        scope += scopes.get(day, 0)
        done += dones.get(day, 0)
        points.append(Point(day, scope, done))
        day += timedelta(days=1)
    return points


def finished_by_day(changes: Sequence[Change], *, until: date) -> list[int]:
    """How many became done on each day from the first change to `until`. What came into the plan
    as done was not finished in it; what is reopened later counts where it was finished last."""
    last: dict[str, date] = {}
    first: date | None = None
    for change in changes:
        day = change.at.astimezone(UTC).date()
        first = first or day
        if change.after != "done":
            last.pop(change.microstep, None)
        elif change.before is not None:
            last[change.microstep] = day
    if first is None or first > until:
        return []
    counts = [0] * ((until - first).days + 1)
    for day in last.values():
        if day <= until:
            counts[(day - first).days] += 1
    return counts


def lasted(changes: Iterable[Change]) -> list[Lasted]:
    """Lead time (into the plan → done) and cycle time (first in work → done) of what is done at
    the end. What came as done has neither; what was never in work has no cycle time."""
    born: dict[str, datetime] = {}
    begun: dict[str, datetime] = {}
    ended: dict[str, datetime] = {}
    for change in changes:
        name = change.microstep
        if change.before is None:
            begun.pop(name, None)
            ended.pop(name, None)
            born[name] = change.at
        if change.after == "doing":
            begun.setdefault(name, change.at)
        if change.after == "done" and change.before is not None:
            ended[name] = change.at
        elif change.after != "done":
            ended.pop(name, None)
    return [
        Lasted(
            name,
            at.astimezone(UTC).date(),
            (at - born[name]).total_seconds() / 3600,
            (at - begun[name]).total_seconds() / 3600 if name in begun else None,
        )
        for name, at in ended.items()
    ]


def times(changes: Iterable[Change]) -> tuple[Spread, Spread]:
    """Lead and cycle times of what is done now."""
    found = lasted(changes)
    return (
        spread([one.lead for one in found]),
        spread([one.cycle for one in found if one.cycle is not None]),
    )


def spread(values: Sequence[float]) -> Spread:
    """Median and 85th percentile by nearest rank."""
    if not values:
        return Spread(0, None, None)
    known = sorted(values)
    return Spread(len(known), rank(known, 50), rank(known, 85))


def rank(known: Sequence[float], percent: int) -> float:
    """The percentile of sorted values by nearest rank, to two places."""
    return round(known[max(0, math.ceil(len(known) * percent / 100) - 1)], 2)

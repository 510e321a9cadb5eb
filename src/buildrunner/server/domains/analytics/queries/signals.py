"""The figures that are watched, day by day, and their parts; in the organization's scope."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any, Final
from uuid import UUID

from buildrunner.server.domains.analytics.queries.evidence import evidence
from buildrunner.server.domains.analytics.rules.anomalies import WINDOW, Point
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.plans import facade as plans

Parts = Mapping[str, Mapping[str, float]]

_REACH: Final = WINDOW + 14
_WEEKS: Final = 4
_COST_PARTS: Final = ("model", "microstep", "person", "agent", "provider")
_FEWEST_CHECKS: Final = 5


@dataclass(slots=True)
class Signal:
    """A figure by day, and by day what it is made of (`dimension → name → amount`)."""

    points: list[Point] = field(default_factory=list)
    parts: dict[date, dict[str, dict[str, float]]] = field(default_factory=dict)


def cost(org_id: UUID, project_id: UUID | None, today: date) -> Signal:
    """USD a day, today so far included; without a project what belongs to none."""
    by_day: Counter[date] = Counter()
    for row in metering.summary(
        org_id,
        group_by="day",
        project_id=project_id,
        unattributed=project_id is None,
        since=_start(today - timedelta(days=_REACH)),
        until=_start(today + timedelta(days=1)),
    ):
        if row.group and row.known_cost:
            by_day[date.fromisoformat(row.group)] += float(row.known_cost)  # type: ignore[assignment]
    if not by_day:
        return Signal()
    first = min(by_day)
    days = [first + timedelta(days=one) for one in range((today - first).days + 1)]
    return Signal([Point(day, float(by_day[day])) for day in days])


def cost_parts(org_id: UUID, project_id: UUID | None, day: date) -> tuple[Parts, dict[str, Any]]:
    """What a day's costs are made of, and the same of the weekdays before it."""

    def of(when: date) -> dict[str, dict[str, float]]:
        return {
            name: {
                row.group: float(row.known_cost)
                for row in metering.summary(
                    org_id,
                    group_by=name,
                    project_id=project_id,
                    unattributed=project_id is None,
                    since=_start(when),
                    until=_start(when + timedelta(days=1)),
                )
                if row.group and row.known_cost
            }
            for name in _COST_PARTS
        }

    return _compared(of(day), [of(one) for one in same_weekdays(day)])


def quality(org_id: UUID, project_id: UUID, today: date) -> Signal:
    """Share of checks that passed, a day; unknown where few ran. Its parts are the failures."""
    passed: Counter[date] = Counter()
    failed: Counter[date] = Counter()
    signal = Signal()
    for one in evidence(org_id, project_id, today - timedelta(days=_REACH), today):
        passed[one.day] += one.passed
        lost = one.total - one.passed
        if lost:
            failed[one.day] += lost
            parts = signal.parts.setdefault(one.day, {"microstep": {}, "person": {}})
            for name in one.microsteps:
                _add(parts["microstep"], name, lost / len(one.microsteps))
            _add(parts["person"], _who(one.actor), lost)
    totals = {day: passed[day] + failed[day] for day in {*passed, *failed}}
    whole = sum(totals.values())
    share = min(max(sum(passed.values()) / whole, 0.02), 0.98) if whole else 0.0
    for day in sorted(totals):
        total = totals[day]
        if total >= _FEWEST_CHECKS:
            chance = math.sqrt(share * (1 - share) / total)
            signal.points.append(Point(day, passed[day] / total, chance))
    return signal


def checks(org_id: UUID, project_id: UUID, since: date, until: date) -> tuple[int, int]:
    """How many checks passed, of how many that passed or failed."""
    passed = total = 0
    for one in evidence(org_id, project_id, since, until):
        passed, total = passed + one.passed, total + one.total
    return passed, total


def velocity(org_id: UUID, project_id: UUID, today: date) -> Signal:
    """Microsteps finished in the seven days up to each day. Its parts are of the same weeks."""
    since = today - timedelta(days=_REACH + 7)
    by_day: dict[date, list[tuple[str, str]]] = {}
    for at, microstep, author in plans.finished_since(org_id, project_id, _start(since)):
        by_day.setdefault(at.astimezone(UTC).date(), []).append((microstep, _who(author)))
    if not by_day:
        return Signal()
    first = min(by_day)
    signal = Signal()
    days = [first + timedelta(days=one) for one in range(6, (today - first).days)]
    weeks = {day: [by_day.get(day - timedelta(days=one), []) for one in range(7)] for day in days}
    sums = {day: sum(map(len, weeks[day])) for day in days}
    # What chance alone does to a count of this size (Poisson).
    chance = math.sqrt(max(median(sums.values()), 1.0)) if sums else 1.0
    for day in days:
        signal.points.append(Point(day, float(sums[day]), chance))
        parts: dict[str, dict[str, float]] = {"person": {}, "milestone": {}}
        for microstep, who in (one for part in weeks[day] for one in part):
            _add(parts["person"], who, 1)
            _add(parts["milestone"], microstep.partition(".")[0], 1)
        signal.parts[day] = parts
    return signal


def day_parts(signal: Signal, day: date) -> tuple[Parts, dict[str, Any]]:
    """What a day of a signal is made of, and the same of the weekdays before it."""
    nothing: dict[str, dict[str, float]] = {}
    return _compared(
        signal.parts.get(day, nothing),
        [signal.parts.get(one, nothing) for one in same_weekdays(day)],
    )


def same_weekdays(day: date) -> list[date]:
    """The same weekday of the four weeks before."""
    return [day - timedelta(weeks=one) for one in range(1, _WEEKS + 1)]


def _compared(now: Parts, before: Sequence[Parts]) -> tuple[Parts, dict[str, Any]]:
    names = {*now, *(name for day in before for name in day)}
    return (
        {name: now.get(name, {}) for name in names},
        {name: [day.get(name, {}) for day in before] for name in names},
    )


def _add(parts: dict[str, float], name: str, amount: float) -> None:
    parts[name] = parts.get(name, 0.0) + amount


def _who(actor: Mapping[str, Any]) -> str:
    return str(actor.get("id") or actor.get("name") or "")


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

"""Exactly the rows that a number of the dashboard counts; in a project's scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from buildrunner.server.domains.analytics.queries.cost_measures import Costs, answers_rejected, each
from buildrunner.server.domains.analytics.queries.measures import period_of
from buildrunner.server.domains.analytics.queries.work_measures import (
    Work,
    monday,
    percentile,
    share,
    weekly,
    who_of,
)
from buildrunner.server.domains.analytics.rules import definitions
from buildrunner.server.domains.analytics.types.measures import Figure, Row, RowGroup, Rows
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.errors import Invalid

BYS: Final = ("week", "phase", "person", "agent")
COST_BYS: Final = ("day", "provider", "model", "phase", "step", "microstep", "person", "agent")
_ONE: Final = Decimal(1)
Made = tuple[Decimal | None, list[RowGroup]]


def rows_behind(
    access: ProjectAccess,
    of: str,
    *,
    by: str = "",
    key: str = "",
    first: date | None = None,
    last: date | None = None,
    who: str = "",
    phase: str = "",
) -> Rows:
    """The figure `of`, or its part `key` of the breakdown by `by`, with the rows it is made from.

    Raises Invalid for a figure without rows of its own or a group there is not, PeriodInvalid.
    Needs `analytics.read` and `plan.read`.
    """
    access.require("analytics.read")
    access.require("plan.read")
    make = _MADE.get(of)
    if make is None:
        raise Invalid(f"{of!r} has no rows; there are {', '.join(_MADE)}.", field="of")
    if by and by not in (COST_BYS if of == "cost" else () if of in _COSTS else BYS):
        raise Invalid(f"{of!r} has no groups by {by!r}.", field="by")
    work = Work(access, period_of(first, last, who=who, phase=phase))
    value, groups = make(_Told(work, by, key))
    said = definitions.FIGURES[of]
    figure = Figure(of, said.title, value, said.unit, said.definition, work.rows(of, by, key))
    called = work.called(by, key) if by in ("phase", "person", "agent") else key
    return Rows(figure, work.chosen, by, key, called if by else "", groups)


class _Told:
    """What happened, narrowed to one group."""

    def __init__(self, work: Work, by: str, key: str) -> None:
        self.work, self.by, self.key = work, by, key

    def has(self, day: date, phases: Iterable[str], who: str) -> bool:
        if self.by == "week":
            return f"{monday(day)}" == self.key
        if self.by == "phase":
            return self.key in phases
        return not self.by or who == self.key

    def finished(self) -> RowGroup:
        rows = [
            self.row(one.day, one.microstep, one.phase, one.who)
            for one in self.work.finished
            if self.has(one.day, [one.phase], one.who)
        ]
        return RowGroup("Microsteps finished", "microsteps", rows)

    def reopened(self) -> RowGroup:
        rows = [
            self.row(one.day, one.microstep, one.phase, one.who)
            for one in self.work.reopened
            if self.has(one.day, [one.phase], one.who)
        ]
        return RowGroup("Opened again or removed", "times", rows)

    def checks(self, *, passed: bool) -> RowGroup:
        rows = []
        for one in self.work.checks():
            if self.has(one.day, one.phases, one.who):
                value, of = (one.passed, one.total) if passed else (one.total, None)
                phases = ", ".join(self.work.phase(key) for key in sorted(one.phases))
                who = self.work.person(one.who)
                key = ", ".join(one.microsteps)
                rows.append(Row(f"{one.day}", key, "", phases, who, Decimal(value), of))
        return RowGroup("Checks passed" if passed else "Checks run", "checks", rows)

    def hours(self, *, cycle: bool) -> list[Row]:
        rows = []
        for one in self.work.times:
            hours = one.cycle if cycle else one.lead
            place = self.work.places.of.get(one.microstep, "")
            who = self.work.finisher.get(one.microstep, "")
            if hours is not None and self.has(one.day, [place], who):
                taken = Decimal(str(round(hours, 2)))
                rows.append(self.row(one.day, one.microstep, place, who, taken))
        return sorted(rows, key=lambda row: row.value)

    def row(self, day: date | None, name: str, phase: str, who: str, value: Decimal = _ONE) -> Row:
        work = self.work
        shown = f"{day}" if day else ""
        named = work.person(who) if who else ""
        return Row(shown, name, work.places.title(name), work.phase(phase), named, value)


def _finished(told: _Told) -> Made:
    group = told.finished()
    return Decimal(len(group.rows)), [group]


def _per_week(told: _Told) -> Made:
    group = told.finished()
    return weekly(len(group.rows), told.work.chosen.days), [group]


def _rework(told: _Told) -> Made:
    group = told.reopened()
    return Decimal(len(group.rows)), [group]


def _rework_share(told: _Told) -> Made:
    back, finished = told.reopened(), told.finished()
    return share(len(back.rows), len(finished.rows)), [back, finished]


def _checks(told: _Told) -> Made:
    group = told.checks(passed=False)
    return group.total, [group]


def _pass_rate(told: _Told) -> Made:
    group = told.checks(passed=True)
    whole = sum(one.of or 0 for one in group.rows)
    return share(int(group.total), whole), [group]


def _time(percent: int, *, cycle: bool) -> Callable[[_Told], Made]:
    def made(told: _Told) -> Made:
        rows = told.hours(cycle=cycle)
        title = "Cycle times" if cycle else "Lead times"
        found = percentile([float(one.value) for one in rows], percent)
        return found, [RowGroup(title, "hours", rows)]

    return made


def _accepted_rows(told: _Told) -> RowGroup:
    work = told.work
    rows = [
        told.row(one.day, one.microstep, work.places.of.get(one.microstep, ""),
                 work.finisher.get(one.microstep, ""))
        for one in work.times if one.microstep in work.accepted()
    ]  # fmt: skip
    return RowGroup("Accepted outcomes", "microsteps", rows)


def _accepted(told: _Told) -> Made:
    group = _accepted_rows(told)
    return Decimal(len(group.rows)), [group]


def _spent(told: _Told, found: dict[str, Decimal], title: str) -> RowGroup:
    work = told.work
    rows = [
        told.row(None, name, work.places.of.get(name, ""), "", usd) if name
        else Row("", "", "No microstep", "", "", usd)
        for name, usd in found.items()
    ]  # fmt: skip
    return RowGroup(title, "USD", rows)


def _cost(told: _Told) -> Made:
    costs = Costs(told.work)
    if told.by:
        costs.within(told.by, told.key)
    group = _spent(told, costs.by("microstep"), "Costs by microstep")
    return group.total, [group]


def _wasted(told: _Told) -> Made:
    work = told.work
    group = _spent(told, Costs(work).wasted(), "Costs of rejected microsteps")
    rows = [
        Row(f"{one.at.date()}", one.microstep_id, f"{one.task_type} by {one.model}",
            work.phase(work.places.of.get(one.microstep_id, "")), work.person(who_of(one.actor)),
            one.cost)
        for one in answers_rejected(work)
    ]  # fmt: skip
    answers = RowGroup("Rejected answers of models", "USD", rows)
    return group.total + answers.total, [group, answers]


def _per_accepted(told: _Told) -> Made:
    (whole, (costs,)), done = _cost(told), _accepted_rows(told)
    return each(whole or Decimal(0), len(done.rows)), [costs, done]


def _per_finished(told: _Told) -> Made:
    (whole, (costs,)), done = _cost(told), told.finished()
    return each(whole or Decimal(0), len(done.rows)), [costs, done]


_COSTS: Final = frozenset({"cost", "wasted", "accepted", "cost_per_accepted", "cost_per_finished"})
_MADE: Final[dict[str, Callable[[_Told], Made]]] = {
    "finished": _finished,
    "per_week": _per_week,
    "pass_rate": _pass_rate,
    "checks": _checks,
    "rework": _rework,
    "rework_share": _rework_share,
    "lead_median": _time(50, cycle=False),
    "lead_high": _time(85, cycle=False),
    "cycle_median": _time(50, cycle=True),
    "cycle_high": _time(85, cycle=True),
    "cost": _cost,
    "accepted": _accepted,
    "cost_per_accepted": _per_accepted,
    "cost_per_finished": _per_finished,
    "wasted": _wasted,
}

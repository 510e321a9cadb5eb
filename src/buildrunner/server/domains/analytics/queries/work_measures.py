"""Velocity, quality and duration of a project in a period; in scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from buildrunner.server.domains.analytics.queries.evidence import evidence
from buildrunner.server.domains.analytics.rules import definitions
from buildrunner.server.domains.analytics.types.measures import (
    Breakdown,
    Chosen,
    Figure,
    Part,
    Section,
)
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.domains.workbench import facade as workbench

GONE = "No longer in the plan"
_HELD = frozenset({"passed", "signed_off"})
_PROVEN = frozenset({"evidence", "signed"})


class Finished(NamedTuple):
    """A microstep that became done: when, which, in which milestone, by whom."""

    day: date
    microstep: str
    phase: str
    who: str


class Reopened(NamedTuple):
    """A done microstep that was opened again or removed: when, which, in which milestone, and who
    had finished it last in the period (empty where nobody did)."""

    day: date
    microstep: str
    phase: str
    who: str


class Checked(NamedTuple):
    """Checks of one day by one actor for the same microsteps, in these milestones."""

    day: date
    who: str
    microsteps: list[str]
    phases: frozenset[str]
    passed: int
    total: int


class Work:
    """What happened to the plan in a period, read once for all figures."""

    def __init__(self, access: ProjectAccess, chosen: Chosen) -> None:
        self.chosen = chosen
        self.access = access
        self.base = f"/projects/{access.project_id}"
        self.places = workbench.Places(access)
        self.people: dict[str, str] = {}
        self.finished: list[Finished] = []
        for at, name, author in plans.finished_since(
            access.org_id, access.project_id, _start(chosen.first)
        ):
            day, who = at.astimezone(UTC).date(), who_of(author)
            phase = self.places.of.get(name, "")
            if day < chosen.until:
                self.people[who] = str(author.get("label") or author.get("name") or who)
                if self.fits(who, [phase]):
                    self.finished.append(Finished(day, name, phase, who))
        self._names = {one.microstep for one in self.finished}
        changes = workbench.status_changes(access)
        self.times = [
            one
            for one in workbench.lasted(changes)
            if self.within(one.day) and self._told(one.microstep)
        ]
        self.finisher = {one.microstep: one.who for one in self.finished}
        self.reopened = [
            Reopened(
                _day(one.at),
                one.microstep,
                self.places.of.get(one.microstep, ""),
                self.finisher.get(one.microstep, ""),
            )
            for one in changes
            if one.before == "done" and self.within(_day(one.at)) and self._told(one.microstep)
        ]
        self._checks: list[Checked] | None = None
        try:
            self._survey: qa.Survey | None = qa.Survey(access)
        except plans.PlanAbsent:
            self._survey = None

    def checks(self) -> list[Checked]:
        """The checks that came in as evidence, narrowed; read once."""
        if self._checks is None:
            access, chosen = self.access, self.chosen
            self._checks = []
            for one in evidence(access.org_id, access.project_id, chosen.first, chosen.until):
                phases = frozenset(self.places.of.get(name, "") for name in one.microsteps)
                who = who_of(one.actor)
                named = str(one.actor.get("label") or one.actor.get("name") or who)
                self.people.setdefault(who, named)
                if self.fits(who, phases) and one.total:
                    told = Checked(one.day, who, one.microsteps, phases, one.passed, one.total)
                    self._checks.append(told)
        return self._checks

    def rows(self, of: str, by: str = "", key: str = "") -> str:
        """The page with exactly the rows that a number counts."""
        chosen = self.chosen
        asked = {"of": of, "from": f"{chosen.first}", "to": f"{chosen.last}"}
        asked |= {"who": chosen.who, "phase": chosen.phase}
        given = {name: value for name, value in asked.items() if value}
        if by:
            given |= {"by": by, "key": key}
        return f"{self.base}/analytics/rows?{urlencode(given)}"

    def within(self, day: date) -> bool:
        """Whether the period has the day."""
        return self.chosen.first <= day < self.chosen.until

    def fits(self, who: str, phases: Iterable[str]) -> bool:
        """Whether the filters let it through."""
        chosen = self.chosen
        return chosen.who in ("", who) and (not chosen.phase or chosen.phase in phases)

    def timeline(self, **more: str) -> str:
        """The Timeline with the changes of the plan in the period."""
        zoom = "day" if self.chosen.days <= 31 else "week" if self.chosen.days <= 182 else "month"
        asked = {"zoom": zoom, "to": f"{self.chosen.last}", "area": "plan"}
        asked |= {"who": self.chosen.who, "item": self.chosen.phase, **more}
        return self._page("timeline", asked)

    def tests(self, **asked: str) -> str:
        """The page Tests."""
        return self._page("tests", {"milestone": self.chosen.phase, **asked})

    def accepted(self) -> set[str]:
        """What was finished in the period, is done still and has proof."""
        lines = self._survey.lines if self._survey is not None else []
        proven = {line.microstep_id for line in lines if line.proof in _PROVEN}
        return proven & self._names & {one.microstep for one in self.times}

    def criteria(self) -> dict[str, tuple[int, int]]:
        """By milestone, the criteria of done microsteps that are proven, of how many."""
        found: dict[str, tuple[int, int]] = {}
        if self._survey is None:
            return found
        wanted = [
            line.microstep_id
            for line in self._survey.lines
            if self.chosen.phase in ("", line.milestone_id)
        ]
        for one in self._survey.details(wanted):
            if one.status == "done":
                held, total = found.get(one.milestone_id, (0, 0))
                held += sum(criterion.state in _HELD for criterion in one.criteria)
                found[one.milestone_id] = (held, total + len(one.criteria))
        return found

    def phase(self, key: str) -> str:
        """What a milestone is called."""
        return self.places.titles.get(key, GONE)

    def item(self, key: str) -> str:
        """What a step or microstep is called, with its id."""
        title = self.places.title(key)
        return f"{key}: {title}" if title else key

    def person(self, key: str) -> str:
        """What a person or agent is called."""
        return self.people.get(key, key)

    def called(self, by: str, key: str) -> str:
        """What a group is called."""
        return self.phase(key) if by == "phase" else self.person(key)

    def _told(self, microstep: str) -> bool:
        if self.chosen.who and microstep not in self._names:
            return False
        return self.chosen.phase in ("", self.places.of.get(microstep, ""))

    def _page(self, name: str, asked: Mapping[str, str]) -> str:
        given = urlencode({key: value for key, value in asked.items() if value})
        return f"{self.base}/{name}?{given}" if given else f"{self.base}/{name}"


def velocity(work: Work) -> Section:
    """Microsteps finished, as the reports count them."""
    count, chosen = len(work.finished), work.chosen
    by_week = Counter(monday(one.day) for one in work.finished)
    return Section(
        "velocity",
        "Velocity",
        [
            _figure(work, "finished", Decimal(count)),
            _figure(work, "per_week", weekly(count, chosen.days)),
        ],
        [
            _breakdown("finished", "week", (
                Part(f"{week}", f"{week}", Decimal(by_week[week]),
                     work.rows("finished", "week", f"{week}")) for week in weeks_of(chosen))),
            *_counts(work, "finished", work.finished),
        ],
    )  # fmt: skip


def quality(work: Work) -> Section:
    """Checks passed as the reports count them, criteria as the page Tests does, and rework."""
    checks, criteria = work.checks(), work.criteria()
    held, of = (sum(pair[place] for pair in criteria.values()) for place in (0, 1))
    return Section(
        "quality",
        "Quality",
        [
            _figure(work, "pass_rate", _passed(checks)),
            _figure(work, "checks", Decimal(sum(one.total for one in checks))),
            _figure(work, "criteria", share(held, of), work.tests()),
            _figure(work, "rework", Decimal(len(work.reopened))),
            _figure(work, "rework_share", share(len(work.reopened), len(work.finished))),
        ],
        [
            _breakdown("pass_rate", "week", (
                Part(f"{week}", f"{week}", _passed(
                    one for one in checks if monday(one.day) == week),
                    work.rows("pass_rate", "week", f"{week}")) for week in weeks_of(work.chosen))),
            _breakdown("pass_rate", "phase", (
                Part(key, work.phase(key), _passed(one for one in checks if key in one.phases),
                     work.rows("pass_rate", "phase", key))
                for key in sorted({key for one in checks for key in one.phases}))),
            *(_breakdown("pass_rate", by, (
                Part(key, work.person(key), _passed(one for one in checks if one.who == key),
                     work.rows("pass_rate", by, key))
                for key in sorted({one.who for one in checks if _kind(one.who) == by})))
              for by in ("person", "agent")),
            _breakdown("criteria", "phase", (
                Part(key, work.phase(key), share(*pair), work.tests(milestone=key))
                for key, pair in criteria.items() if pair[1])),
            *_counts(work, "rework", work.reopened),
        ],
    )  # fmt: skip


def duration(work: Work) -> Section:
    """Lead and cycle times, as the Timeline takes them."""
    lead = [one.lead for one in work.times]
    cycle = [one.cycle for one in work.times if one.cycle is not None]
    groups: dict[str, dict[str, list[float]]] = {"phase": {}, "person": {}, "agent": {}}
    for one in work.times:
        groups["phase"].setdefault(work.places.of.get(one.microstep, ""), []).append(one.lead)
        if who := work.finisher.get(one.microstep, ""):
            groups[_kind(who)].setdefault(who, []).append(one.lead)
    return Section(
        "duration",
        "Duration",
        [
            _figure(work, "lead_median", percentile(lead, 50)),
            _figure(work, "lead_high", percentile(lead, 85)),
            _figure(work, "cycle_median", percentile(cycle, 50)),
            _figure(work, "cycle_high", percentile(cycle, 85)),
        ],
        [
            _breakdown("lead_median", by, (
                Part(key, work.called(by, key), percentile(hours, 50),
                     work.rows("lead_median", by, key))
                for key, hours in found.items()))
            for by, found in groups.items()
        ],
    )  # fmt: skip


def who_of(actor: Mapping[str, Any]) -> str:
    """The lane of the Timeline that an actor belongs to."""
    if actor.get("label"):
        return f"agent:{actor['label']}"
    if actor.get("kind") in ("person", "key"):
        return f"person:{actor.get('id') or ''}"
    return f"agent:{actor.get('id') or actor.get('name') or ''}"


def percentile(values: list[float], percent: int) -> Decimal | None:
    """As the Timeline takes it; None of nothing."""
    return Decimal(str(workbench.rank(sorted(values), percent))) if values else None


def weeks_of(chosen: Chosen) -> list[date]:
    """The Mondays of the weeks that the period touches."""
    first = monday(chosen.first)
    return [first + timedelta(weeks=one) for one in range((chosen.last - first).days // 7 + 1)]


def _figure(work: Work, name: str, value: Decimal | None, rows: str = "") -> Figure:
    said = definitions.FIGURES[name]
    shown = rows or work.rows(name)
    return Figure(name, said.title, value, said.unit, said.definition, shown)


def _breakdown(name: str, by: str, parts: Iterable[Part]) -> Breakdown:
    said = definitions.FIGURES[name]
    title = f"{said.title} by {by}"
    return Breakdown(f"{name}_by_{by}", title, by, said.unit, said.definition, list(parts))


def _counts(
    work: Work, name: str, rows: Sequence[Finished] | Sequence[Reopened]
) -> list[Breakdown]:
    found = []
    for by in ("phase", "person", "agent"):
        if by == "phase":
            counts = Counter(one.phase for one in rows)
        else:
            counts = Counter(one.who for one in rows if one.who and _kind(one.who) == by)
        found.append(
            _breakdown(
                name,
                by,
                (
                    Part(key, work.called(by, key), Decimal(count), work.rows(name, by, key))
                    for key, count in counts.most_common()
                ),
            )
        )
    return found  # fmt: skip


def _passed(checks: Iterable[Checked]) -> Decimal | None:
    known = list(checks)
    return share(sum(one.passed for one in known), sum(one.total for one in known))


def share(part: int, whole: int) -> Decimal | None:
    """In percent, to one place; None of nothing."""
    return _places(Decimal(part) * 100 / whole) if whole else None


def weekly(count: int, days: int) -> Decimal:
    """So many a week."""
    return _places(Decimal(count) * 7 / days)


def _places(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"))


def _kind(who: str) -> str:
    return "agent" if who.startswith("agent:") else "person"


def monday(day: date) -> date:
    """Of its week."""
    return day - timedelta(days=day.weekday())


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

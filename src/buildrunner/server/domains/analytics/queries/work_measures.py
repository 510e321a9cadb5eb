"""Velocity, quality and duration of a project in a period; in scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from buildrunner.server.domains.analytics.queries import signals
from buildrunner.server.domains.analytics.rules import definitions
from buildrunner.server.domains.analytics.rules.durations import lasted, percentile
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
            one for one in lasted(changes) if self.within(one.day) and self._told(one.microstep)
        ]
        self.taken_back = [
            one.microstep
            for one in changes
            if one.before == "done" and self.within(_day(one.at)) and self._told(one.microstep)
        ]
        try:
            self._survey: qa.Survey | None = qa.Survey(access)
        except plans.PlanAbsent:
            self._survey = None

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
    weekly = _places(Decimal(count) * 7 / chosen.days)
    by_week = Counter(_monday(one.day) for one in work.finished)
    weeks = weeks_of(chosen)
    return Section(
        "velocity",
        "Velocity",
        [
            _figure("finished", Decimal(count), work.timeline()),
            _figure("per_week", weekly, work.timeline()),
        ],
        [
            _breakdown("finished", "week", (
                Part(f"{week}", f"{week}", Decimal(by_week[week]), work.timeline(
                    zoom="week", to=f"{week}", at=f"{week}")) for week in weeks)),
            _breakdown("finished", "phase", _counted(
                Counter(one.phase for one in work.finished), work.phase,
                lambda key: work.timeline(item=key))),
            _breakdown("finished", "person", _counted(
                Counter(one.who for one in work.finished if not _is_agent(one.who)),
                lambda key: work.people[key], lambda key: work.timeline(who=key))),
            _breakdown("finished", "agent", _counted(
                Counter(one.who for one in work.finished if _is_agent(one.who)),
                lambda key: work.people[key], lambda key: work.timeline(who=key))),
        ],
    )  # fmt: skip


def quality(work: Work) -> Section:
    """Checks passed as the reports count them, criteria as the page Tests does, and rework."""
    access, chosen = work.access, work.chosen
    passed: Counter[date] = Counter()
    total: Counter[date] = Counter()
    for one in signals.evidence(access.org_id, access.project_id, chosen.first, chosen.until):
        phases = {work.places.of.get(name, "") for name in one.microsteps}
        if work.fits(who_of(one.actor), phases):
            passed[_monday(one.day)] += one.passed
            total[_monday(one.day)] += one.total
    criteria = work.criteria()
    held, of = (sum(pair[place] for pair in criteria.values()) for place in (0, 1))
    evidence = work.timeline(area="evidence.received")
    return Section(
        "quality",
        "Quality",
        [
            _figure("pass_rate", _share(passed.total(), total.total()), evidence),
            _figure("checks", Decimal(total.total()), evidence),
            _figure("criteria", _share(held, of), work.tests()),
            _figure("rework", Decimal(len(work.taken_back)), work.timeline()),
            _figure(
                "rework_share", _share(len(work.taken_back), len(work.finished)), work.timeline()
            ),
        ],
        [
            _breakdown("pass_rate", "week", (
                Part(f"{week}", f"{week}", _share(passed[week], total[week]), work.timeline(
                    zoom="week", to=f"{week}", at=f"{week}", area="evidence.received"))
                for week in weeks_of(chosen))),
            _breakdown("criteria", "phase", (
                Part(key, work.phase(key), _share(*pair), work.tests(milestone=key))
                for key, pair in criteria.items() if pair[1])),
        ],
    )  # fmt: skip


def duration(work: Work) -> Section:
    """Lead and cycle times, as the Timeline takes them."""
    lead = [one.lead for one in work.times]
    cycle = [one.cycle for one in work.times if one.cycle is not None]
    phases: dict[str, list[float]] = {}
    for one in work.times:
        phases.setdefault(work.places.of.get(one.microstep, ""), []).append(one.lead)
    return Section(
        "duration",
        "Duration",
        [
            _figure("lead_median", percentile(lead, 50), work.timeline()),
            _figure("lead_high", percentile(lead, 85), work.timeline()),
            _figure("cycle_median", percentile(cycle, 50), work.timeline()),
            _figure("cycle_high", percentile(cycle, 85), work.timeline()),
        ],
        [
            _breakdown("lead_median", "phase", (
                Part(key, work.phase(key), percentile(hours, 50), work.timeline(item=key))
                for key, hours in phases.items())),
        ],
    )  # fmt: skip


def who_of(actor: Mapping[str, Any]) -> str:
    """The lane of the Timeline that an actor belongs to."""
    if actor.get("label"):
        return f"agent:{actor['label']}"
    if actor.get("kind") in ("person", "key"):
        return f"person:{actor.get('id') or ''}"
    return f"agent:{actor.get('id') or actor.get('name') or ''}"


def weeks_of(chosen: Chosen) -> list[date]:
    """The Mondays of the weeks that the period touches."""
    first = _monday(chosen.first)
    return [first + timedelta(weeks=one) for one in range((chosen.last - first).days // 7 + 1)]


def _figure(name: str, value: Decimal | None, rows: str) -> Figure:
    said = definitions.FIGURES[name]
    return Figure(name, said.title, value, said.unit, said.definition, rows)


def _breakdown(name: str, by: str, parts: Iterable[Part]) -> Breakdown:
    said = definitions.FIGURES[name]
    title = f"{said.title} by {by}"
    return Breakdown(f"{name}_by_{by}", title, by, said.unit, said.definition, list(parts))


def _counted(
    counts: Counter[str], title: Callable[[str], str], rows: Callable[[str], str]
) -> list[Part]:
    return [Part(key, title(key), Decimal(n), rows(key)) for key, n in counts.most_common()]


def _share(part: int, whole: int) -> Decimal | None:
    return _places(Decimal(part) * 100 / whole) if whole else None


def _places(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"))


def _is_agent(who: str) -> bool:
    return who.startswith("agent:")


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

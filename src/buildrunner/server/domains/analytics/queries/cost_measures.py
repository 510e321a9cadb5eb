"""What a project cost in a period, and what its budgets hold; in scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.analytics.queries import work_measures
from buildrunner.server.domains.analytics.queries.work_measures import Work
from buildrunner.server.domains.analytics.rules import definitions
from buildrunner.server.domains.analytics.types.measures import Breakdown, Figure, Part, Section
from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.errors import Invalid

_MOST: Final = 20
_NONE: Final = {
    "provider": "No provider",
    "model": "No model",
    "phase": "No phase",
    "step": "No step",
    "microstep": "No microstep",
    "person": "Nobody named",
    "agent": "No agent",
}
_CENT: Final = Decimal("0.0000000001")


class Costs:
    """The sums of a period, narrowed as the dashboard is."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.only: dict[str, UUID | str] = {}
        self.known = True
        self.first, self.until = work.chosen.first, work.chosen.until
        if work.chosen.phase:
            self.only["milestone"] = work.chosen.phase
        if work.chosen.who:
            kind, _, name = work.chosen.who.partition(":")
            try:
                self.only[kind] = UUID(name)
            except ValueError:  # of an agent that is only a label nothing is booked
                self.known = False

    def within(self, by: str, key: str) -> None:
        """Narrow them to one group of a breakdown; raises Invalid for a person that is none."""
        if by == "day":
            try:
                self.first = date.fromisoformat(key)
            except ValueError:
                raise Invalid(f"{key!r} is no day; write it as 2026-11-23.", field="key") from None
            self.known &= self.work.within(self.first)
            self.until = self.first + timedelta(days=1)
            return
        name = "milestone" if by == "phase" else by
        value: UUID | str = key
        if by in ("person", "agent"):
            try:
                value = UUID(key)
            except ValueError:
                raise Invalid(f"{key!r} is no id.", field="key") from None
        self.known &= self.only.get(name, value) == value
        self.only[name] = value

    def rows(self, by: str) -> list[metering.SummaryRow]:
        """The sums by a group."""
        if not self.known:
            return []
        access = self.work.access
        return metering.summary(
            access.org_id,
            group_by=by,
            project_id=access.project_id,
            since=_start(self.first),
            until=_start(self.until),
            only=self.only,
        )

    def by(self, group: str) -> dict[str, Decimal]:
        """What is known of the costs by a group, dearest first."""
        found: Counter[str] = Counter()
        for row in self.rows(group):
            if row.known_cost:
                found[row.group or ""] += row.known_cost  # type: ignore[assignment]
        return {name: Decimal(cost) for name, cost in found.most_common()}

    def wasted(self) -> dict[str, Decimal]:
        """By microstep, what the period cost on those that were opened again or removed in it."""
        rejected = {one.microstep for one in self.work.reopened}
        found = self.by("microstep") if rejected else {}
        return {name: usd for name, usd in found.items() if name in rejected}

    def behind(self, by: str, by_of: str, key: str) -> str:
        """The page with the rows of a group: its events on Usage, which neither person nor phase
        narrows; their sums by microstep where the dashboard is narrowed."""
        narrowed = self.work.chosen.who or self.work.chosen.phase
        return self.work.rows("cost", by, key) if key and narrowed else self.usage(by_of, key)

    def usage(self, by: str = "model", of: str | None = None) -> str:
        """The page Usage with the events of a group in the period."""
        chosen = self.work.chosen
        asked = {"by": by, "from": f"{chosen.first}", "to": f"{chosen.last}"}
        if of is not None:
            asked["of"] = of
        ending = "#rows" if of is not None else ""
        return f"{self.work.base}/usage?{urlencode(asked)}{ending}"


def cost(work: Work) -> Section:
    """Costs as the page Usage and the reports sum them."""
    costs = Costs(work)
    types = costs.rows("type")
    whole = sum((row.known_cost for row in types if row.known_cost), Decimal(0))
    accepted, finished = len(work.accepted()), len(work.finished)
    wasted = sum(costs.wasted().values(), Decimal(0))
    wasted += sum((one.cost for one in answers_rejected(work)), Decimal(0))
    return Section(
        "cost",
        "Cost",
        [
            _figure("cost", whole, work.rows("cost")),
            _figure("cost_per_accepted", each(whole, accepted), work.rows("cost_per_accepted")),
            _figure("cost_per_finished", each(whole, finished), work.rows("cost_per_finished")),
            _figure("accepted", Decimal(accepted), work.rows("accepted")),
            _figure("wasted", wasted, work.rows("wasted")),
            _figure(
                "unpriced", Decimal(sum(row.unpriced_events for row in types)), costs.usage("type")
            ),
        ],
        [
            _breakdown("day", _days(costs)),
            _group(costs, "provider", by_of="provider"),
            _group(costs, "model", by_of="model"),
            _group(costs, "phase", "milestone", by_of="milestone", title=work.phase),
            _group(costs, "step", by_of="step", title=work.item),
            _group(costs, "microstep", by_of="microstep", title=work.item),
            _group(costs, "person", by_of="person"),
            _group(costs, "agent", by_of="agent"),
        ],
    )


def answers_rejected(work: Work) -> list[ai.Rejected]:
    """Answers of models that were rejected in the period, narrowed; without those for microsteps
    that were opened again or removed, whose costs are counted whole."""
    chosen, known = work.chosen, {one.microstep for one in work.reopened}
    return [
        one
        for one in ai.rejected_between(
            work.access.project_id, _start(chosen.first), _start(chosen.until)
        )
        if one.microstep_id not in known
        and work.fits(work_measures.who_of(one.actor), [work.places.of.get(one.microstep_id, "")])
    ]


def budgets(work: Work) -> Section:
    """How far each budget is used, as on the page Usage."""
    access = work.access
    last = _start(work.chosen.until) - timedelta(seconds=1)
    now = min(last, datetime.now(UTC))
    page = f"{work.base}/usage"
    parts = [
        Part(
            str(one.id),
            f"{one.name or one.scope}: {one.spent:,.2f} of {one.cap:,.2f} USD",
            (one.used * 100).quantize(Decimal("0.1")),
            page,
        )
        for one in metering.list_budgets(access.org_id, project_id=access.project_id, now=now)
    ]
    said = definitions.FIGURES["budget_used"]
    return Section(
        "budgets",
        "Budgets",
        [],
        [Breakdown("budget_used", said.title, "budget", said.unit, said.definition, parts)],
    )


def _group(
    costs: Costs,
    by: str,
    group: str = "",
    *,
    by_of: str,
    title: Callable[[str], str] | None = None,
) -> Breakdown:
    found = list(costs.by(group or by).items())[:_MOST]
    names = metering.names_behind(by, [key for key, _ in found])
    return _breakdown(
        by,
        [
            Part(
                key,
                _NONE[by] if not key else title(key) if title else names.get(key, key),
                usd,
                costs.behind(by, by_of, key),
            )
            for key, usd in found
        ],
    )


def _days(costs: Costs) -> list[Part]:
    found, chosen = costs.by("day"), costs.work.chosen
    days = [f"{chosen.first + timedelta(days=one)}" for one in range(chosen.days)]
    return [
        Part(day, day, found.get(day, Decimal(0)), costs.work.rows("cost", "day", day))
        for day in days
    ]


def _figure(name: str, value: Decimal | None, rows: str) -> Figure:
    said = definitions.FIGURES[name]
    return Figure(name, said.title, value, said.unit, said.definition, rows)


def _breakdown(by: str, parts: Iterable[Part]) -> Breakdown:
    said = definitions.FIGURES["cost"]
    title = f"{said.title} by {by}"
    return Breakdown(f"cost_by_{by}", title, by, said.unit, said.definition, list(parts))


def each(usd: Decimal, count: int) -> Decimal | None:
    """The cost of each; None of none."""
    return (usd / count).quantize(_CENT) if count else None


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

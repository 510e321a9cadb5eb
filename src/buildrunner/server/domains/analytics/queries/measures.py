"""Every figure of the dashboard; in a project's scope."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from buildrunner.server.domains.analytics.errors import PeriodInvalid
from buildrunner.server.domains.analytics.queries import cost_measures, work_measures
from buildrunner.server.domains.analytics.types.measures import Chosen, Measures
from buildrunner.server.domains.tenancy.facade import ProjectAccess

USUAL_DAYS: Final = 28
MOST_DAYS: Final = 366


def measures(
    access: ProjectAccess,
    first: date | None = None,
    last: date | None = None,
    *,
    who: str = "",
    phase: str = "",
) -> Measures:
    """The figures from `first` to `last`, both included (UTC); without them the four weeks up to
    today. `who` (`person:<id>`, `agent:<id or label>`) and `phase` (a milestone's id) narrow them.

    Raises PeriodInvalid. Needs `analytics.read` and `plan.read`.
    """
    access.require("analytics.read")
    access.require("plan.read")
    work = work_measures.Work(access, period_of(first, last, who=who, phase=phase))
    return Measures(
        project_id=access.project_id,
        project=access.title,
        chosen=work.chosen,
        sections=[
            work_measures.velocity(work),
            work_measures.quality(work),
            work_measures.duration(work),
            cost_measures.cost(work),
            cost_measures.budgets(work),
        ],
        phases=work.places.titles,
        people=dict(sorted(work.people.items(), key=lambda pair: pair[1].casefold())),
    )


def period_of(first: date | None, last: date | None, *, who: str = "", phase: str = "") -> Chosen:
    """What was asked for; raises PeriodInvalid."""
    last = last or datetime.now(UTC).date()
    try:
        first = first or last - timedelta(days=USUAL_DAYS - 1)
        chosen = Chosen(first, last, who, phase)
        days = chosen.days
    except OverflowError:
        raise PeriodInvalid("There is no such day.", field="from") from None
    if not 1 <= days <= MOST_DAYS or not 1970 <= first.year <= last.year <= 9990:
        raise PeriodInvalid(
            f"A period has 1 to {MOST_DAYS} days; {first} to {last} has {days}.", field="from"
        )
    return chosen

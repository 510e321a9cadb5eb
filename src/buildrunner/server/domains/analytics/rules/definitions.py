"""What each figure of the dashboard means, in the words that stand on the page."""

from __future__ import annotations

from typing import Final, NamedTuple


class Said(NamedTuple):
    """A figure's title, unit and definition."""

    title: str
    unit: str
    definition: str


_LEAD: Final = "From a microstep's coming into the plan to its being done, of those done"
_CYCLE: Final = "From a microstep's first being in work to its being done, of those done"

FIGURES: Final[dict[str, Said]] = {
    "finished": Said("Microsteps finished", "microsteps",
        "How often a microstep became done. What came into the plan as done does not count."),
    "per_week": Said("Finished a week", "microsteps/week",
        "Microsteps finished, divided by the days of the period, times seven."),
    "pass_rate": Said("Checks passed", "%",
        "Checks that passed, of those that passed or failed, in the evidence of the period."),
    "checks": Said("Checks run", "checks",
        "Checks that passed or failed, in the evidence of the period."),
    "criteria": Said("Criteria proven", "%",
        "Acceptance criteria of done microsteps that are proven now, by a check or a sign-off. A"
        " self-attestation does not count; people and the period do not narrow it."),
    "rework": Said("Rework", "times",
        "How often a done microstep was opened again or removed. Of one person or agent: those that"
        " it finished, last, in the period."),
    "rework_share": Said("Rework to finished", "%", "Rework, of microsteps finished."),
    "lead_median": Said("Lead time", "hours",
        f"{_LEAD} in the period and still so: the median."),
    "lead_high": Said("Lead time, 85 of 100", "hours",
        f"{_LEAD} in the period and still so: 85 of 100 took no longer."),
    "cycle_median": Said("Cycle time", "hours",
        f"{_CYCLE} in the period and still so: the median. Without those never in work."),
    "cycle_high": Said("Cycle time, 85 of 100", "hours",
        f"{_CYCLE} in the period and still so: 85 of 100 took no longer."),
    "cost": Said("Cost", "USD",
        "What is known of the costs of the period, as on the page Usage."),
    "unpriced": Said("Without a price", "events",
        "Events whose price is not known: the costs do not hold them."),
    "accepted": Said("Accepted outcomes", "microsteps",
        "Microsteps finished in the period that are done still, with proof."),
    "cost_per_accepted": Said("Cost for each accepted outcome", "USD",
        "The costs of the period, divided by its accepted outcomes."),
    "cost_per_finished": Said("Cost for each finished microstep", "USD",
        "The costs of the period, divided by the microsteps finished."),
    "wasted": Said("Spent on rejected work", "USD",
        "Costs of the period booked on microsteps that were opened again or removed in it after"
        " they had been done; and for others what models' answers cost that were reported as failed"
        " or below the project's minimum quality."),
    "budget_used": Said("Budget used", "%",
        "Spent of the budget's amount, with what was approved beyond it, in the budget's own period"
        " at the end of this one. Filters of people and phases do not narrow it."),
}  # fmt: skip

"""An anomaly in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from buildrunner.server.domains.analytics.types.watching import CauseView

COST_SPIKE, QUALITY_DROP, VELOCITY_DROP = "cost_spike", "quality_drop", "velocity_drop"
KINDS: Final = (COST_SPIKE, QUALITY_DROP, VELOCITY_DROP)
TITLES: Final = {
    COST_SPIKE: "Cost spike",
    QUALITY_DROP: "Quality drop",
    VELOCITY_DROP: "Velocity drop",
}
UNITS: Final = {
    COST_SPIKE: "USD a day",
    QUALITY_DROP: "of checks passed",
    VELOCITY_DROP: "microsteps a week",
}


def figure(kind: str, value: float) -> str:
    """A value with its unit: `12.40 USD`, `82 %`, `9`."""
    if kind == COST_SPIKE:
        return f"{value:,.2f} USD"
    if kind == QUALITY_DROP:
        return f"{value * 100:.0f} %"
    return f"{value:,.0f}"


def title(kind: str, percent: float) -> str:
    """One line for lists and subjects."""
    way = "above" if kind == COST_SPIKE else "below"
    return f"{TITLES[kind]}: {percent:,.0f} % {way} what is usual"


def explanation(
    kind: str,
    *,
    day: date,
    observed: float,
    expected: float,
    low: float,
    high: float,
    causes: Sequence[CauseView],
) -> str:
    """What was seen, what was expected, and who or what made the difference."""
    what = {
        COST_SPIKE: f"On {day:%A}, {day} it cost {figure(kind, observed)}",
        QUALITY_DROP: f"On {day:%A}, {day} {figure(kind, observed)} of the checks passed",
        VELOCITY_DROP: f"In the week up to {day} {figure(kind, observed)} microsteps were finished",
    }[kind]
    usual = f"usual are {figure(kind, low)} to {figure(kind, high)}"
    said = f"{what}; {figure(kind, expected)} was expected, {usual}."
    if not causes:
        return said
    named = ", ".join(
        f"{one.dimension} {one.label} ({one.share * 100:.0f} %)" for one in causes[:3]
    )
    return f"{said} The difference comes most from {named}."

"""How a figure went in the weeks up to a day, beside what was expected; in scope."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from buildrunner.server.domains.analytics.queries import signals
from buildrunner.server.domains.analytics.rules import anomalies as rules
from buildrunner.server.domains.analytics.rules.telling import (
    COST_SPIKE,
    QUALITY_DROP,
    VELOCITY_DROP,
)


class Lived(NamedTuple):
    """A day: what was, and what was expected (None: too little was known)."""

    day: date
    observed: float
    expected: float | None


def figure_history(org_id: UUID, project_id: UUID | None, kind: str, upto: date) -> list[Lived]:
    """The last eight weeks of a kind's figure."""
    if kind == COST_SPIKE or project_id is None:
        signal = signals.cost(org_id, project_id, upto)
    elif kind == QUALITY_DROP:
        signal = signals.quality(org_id, project_id, upto)
    else:
        assert kind == VELOCITY_DROP  # noqa: S101  there are three
        signal = signals.velocity(org_id, project_id, upto)
    watch = rules.Watch(1, 50, 0, seasonal=kind == COST_SPIKE)
    expected = {one.day: one.expected for one in rules.judge(signal.points, watch)}
    return [
        Lived(one.day, one.value, expected.get(one.day))
        for one in signal.points[-rules.WINDOW :]
        if one.value is not None
    ]

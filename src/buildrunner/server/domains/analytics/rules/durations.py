"""How long microsteps took, from what happened to them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol


class Step(Protocol):
    """A microstep came (`before` is None), went (`after` is None) or took another status."""

    @property
    def at(self) -> datetime: ...
    @property
    def microstep(self) -> str: ...
    @property
    def before(self) -> str | None: ...
    @property
    def after(self) -> str | None: ...


class Lasted(NamedTuple):
    """A microstep that is done, since `day`; hours. `cycle` is None where it was never in work."""

    microstep: str
    day: date
    lead: float
    cycle: float | None


def lasted(changes: Iterable[Step]) -> list[Lasted]:
    """Lead time (into the plan → done) and cycle time (first in work → done) of what is done at
    the end, as the Timeline has them. What came as done has neither."""
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


def percentile(values: Sequence[float], percent: int) -> Decimal | None:
    """By nearest rank, to two places; None of nothing."""
    if not values:
        return None
    known = sorted(values)
    place = max(0, math.ceil(len(known) * percent / 100) - 1)
    return Decimal(str(round(known[place], 2)))

"""Which part of a figure made the difference: the day's parts against what they usually are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final, NamedTuple

MOST: Final = 5
_LEAST_SHARE: Final = 0.1


class Cause(NamedTuple):
    """One part: `dimension` is model, microstep, person …, `share` its part of the whole
    difference (1.0 is all of it; parts of opposite sign may pass it)."""

    dimension: str
    name: str
    observed: float
    expected: float
    share: float


def causes(
    now: Mapping[str, Mapping[str, float]],
    before: Mapping[str, Sequence[Mapping[str, float]]],
    *,
    direction: int,
    per_day: float = 1.0,
) -> list[Cause]:
    """By dimension the parts that differ most in the direction looked for, the largest first.

    `now` has the day's parts by dimension and name, `before` the same of comparable earlier days:
    a part's usual value is its median over them, 0 where it did not occur. `per_day` scales what
    is usual where the periods differ.
    """
    found: list[Cause] = []
    for dimension, parts in now.items():
        days = before.get(dimension, ())
        names = {*parts, *(name for day in days for name in day)}
        usual = {
            name: median(day.get(name, 0.0) for day in days) * per_day if days else 0.0
            for name in names
        }
        differences = {name: parts.get(name, 0.0) - usual[name] for name in names}
        whole = sum(differences.values())
        if whole * direction <= 0:
            whole = sum(abs(one) for one in differences.values()) * direction
        for name, difference in differences.items():
            if whole and difference / whole >= _LEAST_SHARE:
                found.append(
                    Cause(dimension, name, parts.get(name, 0.0), usual[name], difference / whole)
                )
    found.sort(key=lambda one: (-one.share, one.dimension, one.name))
    return found[:MOST]

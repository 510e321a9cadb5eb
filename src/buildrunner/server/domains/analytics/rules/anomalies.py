"""Whether a day is unlike the days before it: a weekday's profile, a robust level, a robust spread.

The level is the median of the last weeks after each value is divided by its weekday's share, so
that Sundays are compared with Sundays; its slope is Theil and Sen's, the median of all pairwise
slopes. The spread is the median absolute deviation, scaled to a standard deviation (1.4826), and a
day is judged by the modified z-score of Iglewicz and Hoaglin (1993), 3.5 by their advice. Medians
keep earlier outliers from becoming the measure of later ones. No day after the judged one counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median
from typing import Final, Literal, NamedTuple

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high", "critical")

WINDOW: Final = 56  # days: eight of each weekday
LEAST: Final = 14  # known days without which nothing is judged: two of each weekday
SCORE: Final = 3.5
_SIGMA: Final = 1.4826
_LEAST_FLOOR: Final = 1e-9


class Point(NamedTuple):
    """A day and its value; None where nothing is known. `noise` is the least standard deviation
    that chance alone gives the value, such as that of a rate over few runs."""

    day: date
    value: float | None
    noise: float = 0.0


class Watch(NamedTuple):
    """What is looked for: `direction` 1 for rises and -1 for falls, of at least `percent` of what
    is expected and at least `least` in the series' own unit. `seasonal` is off for values that
    cover whole weeks already."""

    direction: Literal[1, -1]
    percent: float
    least: float
    seasonal: bool = True


class Verdict(NamedTuple):
    """What was expected of a day and how unlike it is: `low` to `high` is usual, `percent` the
    difference in percent of what was expected, always positive. `severity` None: nothing unusual.
    """

    day: date
    observed: float
    expected: float
    low: float
    high: float
    percent: float
    score: float
    severity: Severity | None


def judge(points: Sequence[Point], watch: Watch, *, since: date | None = None) -> list[Verdict]:
    """A verdict for each known day from `since` on that has enough days before it.

    `points` are in order of their days, each day once; missing days are gaps.
    """
    known = [one for one in points if one.value is not None]
    verdicts = []
    start = 0
    for place, one in enumerate(known):
        while known[start].day < one.day - timedelta(days=WINDOW):
            start += 1
        if (since is None or one.day >= since) and place - start >= LEAST:
            verdicts.append(_verdict(one, known[start:place], watch))
    return verdicts


def _verdict(one: Point, before: Sequence[Point], watch: Watch) -> Verdict:
    profile = _profile(before) if watch.seasonal else [1.0] * 7
    flat = [
        ((one.day - past.day).days, _value(past) / profile[past.day.weekday()]) for past in before
    ]
    slope = _slope(flat)
    # As if every day were today: what the slope adds until then is added.
    levels = [value + slope * age for age, value in flat]
    level = max(median(levels), 0.0)
    share = profile[one.day.weekday()]
    expected = level * share
    spread = _SIGMA * median(abs(value - level) for value in levels) * share
    observed = _value(one)
    # Days that are all alike have no spread: then a tenth of the threshold counts as usual.
    scale = max(spread, one.noise, expected * watch.percent / 1000, _LEAST_FLOOR)
    difference = (observed - expected) * watch.direction
    score = difference / scale
    percent = abs(observed - expected) / expected * 100 if expected > 0 else 100.0
    unusual = score >= SCORE and percent >= watch.percent and difference >= watch.least
    return Verdict(
        day=one.day,
        observed=observed,
        expected=expected,
        low=max(expected - SCORE * scale, 0.0),
        high=expected + SCORE * scale,
        percent=percent,
        score=score,
        severity=_severity(score, percent / watch.percent, watch.direction) if unusual else None,
    )


def _profile(before: Sequence[Point]) -> list[float]:
    """What share of a usual day each weekday has: the median of its values over the median of the
    days around each. Weekdays with fewer than two values count as usual days."""
    ratios: list[list[float]] = [[] for _ in range(7)]
    for place, one in enumerate(before):
        around = [
            _value(other)
            for other in before[max(0, place - 6) : place + 7]
            if abs((other.day - one.day).days) <= 6
        ]
        middle = median(around)
        if middle > 0:
            ratios[one.day.weekday()].append(_value(one) / middle)
    shares = [median(found) if len(found) >= 2 else 1.0 for found in ratios]
    # A weekday on which nothing is usual still has to be divided by.
    return [max(share, 0.05) for share in shares]


def _slope(pairs: Sequence[tuple[int, float]]) -> float:
    """Theil and Sen's, a day; ages count backwards, so a rise towards today is positive."""
    if len(pairs) < LEAST:
        return 0.0
    slopes = [  # of at most 56 days: 1,540 pairs
        (value - older) / (age_older - age)
        for place, (age_older, older) in enumerate(pairs)
        for age, value in pairs[place + 1 :]
        if age_older != age
    ]
    return median(slopes) if slopes else 0.0


def _severity(score: float, times: float, direction: int) -> Severity:
    """By how far the threshold is passed, and how sure it is; a fall cannot pass 100 percent."""
    steps = (1.5, 2.5, 4.0) if direction > 0 else (1.5, 2.25, 3.5)
    rank = sum(times >= step for step in steps)
    if score < 2 * SCORE:
        rank = min(rank, 2)
    return SEVERITIES[rank]


def _value(one: Point) -> float:
    assert one.value is not None  # noqa: S101  only known days come here
    return one.value

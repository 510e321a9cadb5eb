"""When the rest of a plan is done: Monte Carlo over the days that were."""

from __future__ import annotations

import hashlib
import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate

from buildrunner.server.domains.workbench.types.timeline import Forecast

LEAST_DAYS, LEAST_FINISHED = 14, 5
NEWEST_DAYS, TRIALS, HORIZON = 90, 500, 1825
CHANCES = (50, 80, 95)


def forecast(finished: Sequence[int], *, remaining: int, today: date) -> Forecast:
    """Dates by which the rest is done, in 50, 80 and 95 of 100 trials.

    `finished` counts each past day's. A trial draws days of the last 90 with replacement until
    `remaining` are done; the scope stays as it is. The seed is a digest of the figures, so that the
    same history has the same answer.
    """
    days = list(finished[-NEWEST_DAYS:])
    total = sum(days)
    if remaining <= 0:
        return Forecast(0, len(days), total)
    if len(days) < LEAST_DAYS or total < LEAST_FINISHED:
        missing = (
            f"Not enough history: needs at least {LEAST_DAYS} days and {LEAST_FINISHED} finished "
            f"microsteps; there are {len(days)} and {total}."
        )
        return Forecast(remaining, len(days), total, missing=missing)
    digest = hashlib.sha256(repr((days, remaining)).encode()).digest()
    chance = random.Random(digest)  # noqa: S311  no secret: it has to be repeatable
    # Twice the mean and some: a trial seldom needs more, and is drawn out where it does.
    piece = min(HORIZON, 2 * math.ceil(remaining * len(days) / total) + 30)
    lengths = sorted(_trial(chance, days, remaining, piece) for _ in range(TRIALS))
    dates = {}
    for percent in CHANCES:
        length = lengths[math.ceil(TRIALS * percent / 100) - 1]
        if length <= HORIZON:
            dates[percent] = today + timedelta(days=length)
    missing = "" if dates else f"At this pace it takes more than {HORIZON // 365} years."
    return Forecast(remaining, len(days), total, dates, missing)


def _trial(chance: random.Random, days: Sequence[int], remaining: int, piece: int) -> int:
    """How many days it took; beyond the horizon, one more than it."""
    passed, open_ = 0, remaining
    while passed < HORIZON:
        sums = list(accumulate(chance.choices(days, k=piece)))
        if sums[-1] >= open_:
            return passed + bisect_left(sums, open_) + 1
        open_ -= sums[-1]
        passed += piece
    return HORIZON + 1

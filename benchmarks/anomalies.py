"""How well unusual days are found: precision and recall on labelled synthetic series.

    .venv/bin/python benchmarks/anomalies.py

Each series has 180 days with a weekday's profile, a trend (rising, falling, none), noise, lone
outliers that are labelled, shifts that last three to six days (labelled), wrong-way outliers and
gaps (not labelled). Beside the detector stands the rule of thumb that dashboards have: a day more
than the threshold over the mean of the seven days before it.
"""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from typing import NamedTuple

from buildrunner.server.domains.analytics.rules.anomalies import Point, Watch, judge

DAYS, SERIES, SEED = 180, 60, 7
START = date(2026, 1, 5)
WEEK = (1.0, 1.1, 1.05, 1.0, 0.9, 0.25, 0.2)
KINDS = {
    "cost spike": (Watch(1, 50, 1.0), 40.0, 2.2),
    "quality drop": (Watch(-1, 20, 0.02), 0.92, 0.45),
    "velocity drop": (Watch(-1, 20, 1.0), 12.0, 0.25),
}


class Series(NamedTuple):
    """Points, and the days that a person would call unusual."""

    points: list[Point]
    unusual: set[date]


def make(kind: str, seed: int) -> Series:
    """One series of a kind; the same seed gives the same."""
    chance = random.Random(f"{kind}-{seed}")
    watch, level, factor = KINDS[kind]
    slope = chance.choice((-0.002, 0.0, 0.004)) if kind != "quality drop" else 0.0
    days = [START + timedelta(days=one) for one in range(DAYS)]
    values = []
    for place, day in enumerate(days):
        share = WEEK[day.weekday()] if kind != "quality drop" else 1.0
        noise = chance.gauss(1, 0.12 if kind != "quality drop" else 0.03)
        value = level * share * (1 + slope * place) * max(noise, 0.1)
        values.append(min(value, 1.0) if kind == "quality drop" else value)
    unusual: set[int] = set()
    for _ in range(4):
        unusual.add(chance.randrange(35, DAYS))
    first = chance.randrange(60, DAYS - 8)
    unusual.update(range(first, first + chance.randrange(3, 7)))
    wrong = {chance.randrange(20, DAYS) for _ in range(3)} - unusual
    gaps = {chance.randrange(0, DAYS) for _ in range(10)} - unusual
    for place in unusual:
        values[place] *= factor * chance.uniform(0.9, 1.3 if watch.direction > 0 else 1.1)
    for place in wrong:
        values[place] *= 0.3 if watch.direction > 0 else 1.4
    points = [
        Point(day, None if place in gaps else values[place]) for place, day in enumerate(days)
    ]
    return Series(points, {days[place] for place in unusual})


def thumb(points: list[Point], watch: Watch) -> set[date]:
    """More than the threshold away from the mean of the seven days before."""
    found = set()
    known = [one for one in points if one.value is not None]
    for place in range(14, len(known)):
        value = known[place].value or 0.0
        mean = sum(one.value or 0.0 for one in known[place - 7 : place]) / 7
        if mean and (value - mean) / mean * 100 * watch.direction >= watch.percent:
            found.add(known[place].day)
    return found


def measure(kind: str) -> dict[str, float]:
    """Precision and recall of both over all series of a kind, and the time a series takes."""
    watch = KINDS[kind][0]
    counts = {"ours": [0, 0, 0], "thumb": [0, 0, 0]}
    took = 0.0
    for seed in range(SERIES):
        points, unusual = make(kind, SEED + seed)
        begun = time.perf_counter()
        ours = {one.day for one in judge(points, watch) if one.severity}
        took += time.perf_counter() - begun
        for name, found in (("ours", ours), ("thumb", thumb(points, watch))):
            counts[name][0] += len(found & unusual)
            counts[name][1] += len(found)
            counts[name][2] += len(unusual)
    (hit, said, true), (t_hit, t_said, t_true) = counts["ours"], counts["thumb"]
    return {
        "precision": hit / max(said, 1),
        "recall": hit / true,
        "thumb_precision": t_hit / max(t_said, 1),
        "thumb_recall": t_hit / t_true,
        "labelled": true,
        "ms": took / SERIES * 1000,
    }


def main() -> int:
    """Print a line a kind."""
    print(f"{SERIES} series of {DAYS} days each; rule of thumb: threshold over a 7-day mean")
    for kind in KINDS:
        found = measure(kind)
        print(
            f"{kind:14} precision {found['precision']:.3f}  recall {found['recall']:.3f}"
            f"  ({found['labelled']:.0f} labelled days, {found['ms']:.0f} ms a series)"
            f"   rule of thumb {found['thumb_precision']:.3f} / {found['thumb_recall']:.3f}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

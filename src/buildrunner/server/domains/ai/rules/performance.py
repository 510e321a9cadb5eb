"""Trends and advice of models' outcomes; nothing is said that the sample does not carry."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from buildrunner.server.domains.ai.rules.routing import grade
from buildrunner.server.domains.ai.types.performance import (
    Advice,
    Figures,
    Performance,
    Tally,
    Trend,
)
from buildrunner.server.domains.ai.types.routing import TASK_TITLES

#: A model is spoken of from so many outcomes on a type of task.
LEAST_CALLS: Final = 10
#: Qualities no further apart than this (of 10) are the same, and success rates by points of 100.
SAME_QUALITY: Final = Decimal("0.3")
SAME_SUCCESS: Final = Decimal("0.02")
#: What is saved by less than this share is not worth a change.
WORTH: Final = Decimal("0.1")
_Z: Final = 1.645  # 90 of 100
_TENTH: Final = Decimal("0.1")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
COLUMNS: Final = (
    "task_type", "model", "grade", "calls", "succeeded", "success_rate", "quality",
    "latency_p50_ms", "latency_p95_ms", "tokens", "cost_usd", "cost_per_call_usd", "unpriced",
    "duels", "won", "win_rate", "success_change_points", "quality_change", "latency_change_percent",
    "cost_per_call_change_percent", "from", "to",
)  # fmt: skip


class Range(NamedTuple):
    """Where a rate lies, 90 times of 100."""

    low: float
    high: float


def likely(succeeded: int, calls: int) -> Range:
    """The Wilson score interval of a rate: narrow only with many calls."""
    if not calls:
        return Range(0.0, 1.0)
    rate, square = succeeded / calls, _Z * _Z
    middle = rate + square / (2 * calls)
    wide = _Z * (rate * (1 - rate) / calls + square / (4 * calls * calls)) ** 0.5
    whole = 1 + square / calls
    return Range(max(0.0, (middle - wide) / whole), min(1.0, (middle + wide) / whole))


def figures(now: Tally, before: Tally | None) -> Figures:
    """A group beside the same group of the period before."""
    return Figures(now, trend(now, before), grade(now.record))


def trend(now: Tally, before: Tally | None) -> Trend:
    """What changed; all of it is zero where both are the same."""
    if before is None:
        return Trend(now.record.calls, None, None, None, None)
    success = _less(now.record.success_rate, before.record.success_rate)
    return Trend(
        calls=now.record.calls - before.record.calls,
        success=None if success is None else (success * 100).quantize(_TENTH),
        quality=_less(now.record.quality, before.record.quality),
        latency=_percent(now.p50, before.p50),
        cost=_percent(now.cost_per_call, before.cost_per_call),
    )


def advise(rows: Sequence[Figures], before: Sequence[Tally]) -> tuple[list[Advice], list[str]]:
    """Advice by type of task, and where too little is known for any."""
    given: list[Advice] = []
    thin: list[str] = []
    past = {(one.record.task_type, one.record.model): one for one in before}
    for task in dict.fromkeys(one.tally.record.task_type for one in rows):
        mine = [one.tally for one in rows if one.tally.record.task_type == task]
        known = [one for one in mine if one.record.calls >= LEAST_CALLS]
        for one in known:
            given += _fallen(one, past.get((task, one.record.model)))
        if len(known) >= 2:
            given += _choices(known)
        else:
            thin.append(_too_few(task, mine))
    return given, thin


def _choices(known: Sequence[Tally]) -> list[Advice]:
    """What could be asked instead of the model that is asked most."""
    usual = max(known, key=lambda one: (one.record.calls, one.record.model))
    others = [one for one in known if one is not usual]
    found = [
        _surer(usual, others),
        _cheaper(usual, others),
        _quicker(usual, others),
    ]
    return [one for one in found if one is not None]


def _surer(usual: Tally, others: Iterable[Tally]) -> Advice | None:
    """Who succeeds more often, surely: the ranges do not touch."""
    top = likely(usual.record.succeeded, usual.record.calls).high
    better = [one for one in others if likely(one.record.succeeded, one.record.calls).low > top]
    if not better:
        return None
    best = max(better, key=lambda one: likely(one.record.succeeded, one.record.calls).low)
    words = (
        f"succeeds in {_rate(best)} of its tasks, {usual.record.model} in {_rate(usual)}"
        f"{_cost_beside(best, usual)}"
    )
    return _advice("success", best, usual, words)


def _cheaper(usual: Tally, others: Iterable[Tally]) -> Advice | None:
    ours = usual.cost_per_call
    if not ours:
        return None
    able = [
        (one.cost_per_call, one)
        for one in others
        if one.cost_per_call is not None and one.priced >= LEAST_CALLS and _as_good(one, usual)
    ]
    if not able or usual.priced < LEAST_CALLS:
        return None
    theirs, best = min(able, key=lambda one: (one[0], one[1].record.model))
    share = 1 - theirs / ours
    if share < WORTH:
        return None
    words = (
        f"costs {share * 100:.0f} % less than {usual.record.model} at {_same(best, usual)} "
        f"({theirs:.6f} against {ours:.6f} USD a call)"
    )
    return _advice("cost", best, usual, words)


def _quicker(usual: Tally, others: Iterable[Tally]) -> Advice | None:
    if not usual.p95:
        return None
    able = [(one.p95, one) for one in others if one.p95 is not None and _as_good(one, usual)]
    if not able:
        return None
    theirs, best = min(able, key=lambda one: (one[0], one[1].record.model))
    if theirs > usual.p95 / 2:
        return None
    words = (
        f"answers 95 of 100 tasks within {theirs / 1000:.1f} s at {_same(best, usual)}, "
        f"{usual.record.model} within {usual.p95 / 1000:.1f} s{_cost_beside(best, usual)}"
    )
    return _advice("latency", best, usual, words)


def _fallen(now: Tally, before: Tally | None) -> list[Advice]:
    if before is None or before.record.calls < LEAST_CALLS:
        return []
    low = likely(before.record.succeeded, before.record.calls).low
    if likely(now.record.succeeded, now.record.calls).high >= low:
        return []
    words = f"succeeds less often than in the period before: {_rate(now)} after {_rate(before)}"
    told = f"For {now.record.task_type}, {now.record.model} {words} (n={now.record.calls})."
    return [Advice("decline", now.record.task_type, now.record.model, "", told, now.record.calls)]


def _as_good(one: Tally, usual: Tally) -> bool:
    mine, theirs = one.record.quality, usual.record.quality
    if (mine is None) != (theirs is None):
        return False
    if mine is not None and theirs is not None and mine < theirs - SAME_QUALITY:
        return False
    ours, their = one.record.success_rate or Decimal(0), usual.record.success_rate or Decimal(0)
    return ours >= their - SAME_SUCCESS


def _same(one: Tally, usual: Tally) -> str:
    mine, theirs = one.record.quality, usual.record.quality
    if mine is None or theirs is None:
        return f"the same success ({_rate(one)} against {_rate(usual)})"
    what = "better quality" if mine > theirs + SAME_QUALITY else "the same quality"
    return f"{what} ({mine} against {theirs})"


def _cost_beside(one: Tally, usual: Tally) -> str:
    change = _percent(one.cost_per_call, usual.cost_per_call)
    if change is None:
        return "; what a call costs is not known of both"
    return f", and costs {abs(change):.0f} % {'more' if change > 0 else 'less'}"


def _advice(kind: str, best: Tally, usual: Tally, words: str) -> Advice:
    task, model = best.record.task_type, best.record.model
    told = f"For {task}, {model} {words}; n={best.record.calls} and {usual.record.calls}."
    return Advice(kind, task, model, usual.record.model, told, best.record.calls)


def _too_few(task: str, rows: Sequence[Tally]) -> str:
    counts = ", ".join(f"{one.record.model} {one.record.calls}" for one in rows[:5])
    return (
        f"{TASK_TITLES[task]}: too few outcomes to compare ({counts}). Two models with {LEAST_CALLS} each are "
        "needed."
    )


def _rate(one: Tally) -> str:
    return f"{(one.record.success_rate or Decimal(0)) * 100:.0f} %"


def _less(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if now is None or before is None else now - before


def _percent(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    if now is None or not before:
        return None
    return ((now - before) / before * 100).quantize(_TENTH)


def as_csv(found: Performance) -> str:
    """A row for each model and type of task; what is not known is empty, not zero."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in found.rows:
        tally, record, change = one.tally, one.tally.record, one.trend
        cells = (
            record.task_type, _text(record.model), one.grade, record.calls, record.succeeded,
            plain(record.success_rate, 4), plain(record.quality), plain(tally.p50),
            plain(tally.p95), record.tokens, plain(record.cost), plain(tally.cost_per_call, 10),
            record.unpriced, record.duels, record.won, plain(tally.win_rate, 4),
            plain(change.success), plain(change.quality), plain(change.latency),
            plain(change.cost), found.since.isoformat(), found.until.isoformat(),
        )  # fmt: skip
        writer.writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()


def plain(value: Decimal | None, places: int | None = None) -> str | None:
    """A number as JSON and CSV have it."""
    if value is None:
        return None
    return f"{value:f}" if places is None else f"{value:.{places}f}"


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value

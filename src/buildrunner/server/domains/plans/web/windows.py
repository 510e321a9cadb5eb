"""Which part of an outline a page draws: filters, folded milestones, and windows of rows.

A plan of 10,000 rows is drawn a few hundred at a time; what is folded or further down is fetched
when it is unfolded or comes into view.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from buildrunner.server.domains.plans.web.outline import (
    STATUSES,
    Counts,
    Milestone,
    Outline,
    Row,
    Step,
)

WINDOW = 150  # rows fetched at once
FIRST_PAGE = 300  # rows on a page; a plan up to this size is drawn whole
FOUND = 400  # rows of a search


@dataclass(frozen=True, slots=True)
class Filter:
    """What the visitor looks for. Empty: everything."""

    words: str = ""
    statuses: frozenset[str] = frozenset()

    @classmethod
    def read(cls, values: Mapping[str, Any], statuses: Iterable[str]) -> Filter:
        """From a query string; unknown statuses are ignored."""
        words = " ".join(str(values.get("q", "")).split())[:200]
        return cls(words, frozenset(statuses) & frozenset(STATUSES))

    def __bool__(self) -> bool:
        return bool(self.words or self.statuses)

    @property
    def query(self) -> str:
        """As a query string, without the question mark."""
        pairs = [("q", self.words)] if self.words else []
        pairs += [("status", status) for status in STATUSES if status in self.statuses]
        return urlencode(pairs)

    def keep(self, milestone: Milestone) -> list[tuple[Step, list[Row]]]:
        """The rows of a milestone that fit, by step; a title that fits keeps what is below it."""
        words = self.words.casefold().split()
        found = []
        for step in milestone.steps:
            above = f"{milestone.id} {milestone.title} {step.id} {step.title}".casefold()
            left = [word for word in words if word not in above]
            rows = [
                row
                for row in step.rows
                if (not self.statuses or row.status in self.statuses)
                and all(word in row.haystack for word in left)
            ]
            if rows or (not step.rows and not self):
                found.append((step, rows))
        return found


@dataclass(slots=True)
class StepWindow:
    """The drawn rows of a step with their claims; `first` when its heading is drawn too."""

    step: Step
    rows: list[tuple[Row, Any]]
    first: bool = True


@dataclass(slots=True)
class MilestoneWindow:
    """A milestone on the page. `next_row` says where the following window starts, if any."""

    milestone: Milestone
    steps: list[StepWindow] = field(default_factory=list)
    open: bool = False
    next_row: int | None = None
    shown: int = 0
    found: int = 0

    @property
    def counts(self) -> Counts:
        """The counts of the whole milestone, whatever is drawn of it."""
        return self.milestone.counts


def cut(
    milestone: Milestone,
    wanted: Filter,
    claims: Mapping[str, Any],
    *,
    start: int = 0,
    size: int = WINDOW,
) -> MilestoneWindow:
    """The rows `start` to `start + size` of a milestone."""
    window = MilestoneWindow(milestone, open=True)
    at = 0
    for step, rows in wanted.keep(milestone):
        low, high = max(start - at, 0), min(start + size - at, len(rows))
        at += len(rows)
        window.found += len(rows)
        empty_step = not rows and start <= at < start + size
        if low < high or empty_step:
            drawn = [(row, claims.get(row.id)) for row in rows[low:high]]
            window.steps.append(StepWindow(step, drawn, first=low == 0))
            window.shown += len(drawn)
    if start + size < at:
        window.next_row = start + size
    return window


@dataclass(slots=True)
class TreeWindow:
    """All milestones, open or folded. `found` counts the rows that fit, `left` those not drawn."""

    milestones: list[MilestoneWindow]
    found: int
    left: int = 0


def lay_out(
    outline: Outline,
    wanted: Filter,
    claims: Mapping[str, Any],
    *,
    opened: Mapping[str, int] | None = None,
    showing: Milestone | None = None,
) -> TreeWindow:
    """The page: a small plan whole, of a large one what is under way.

    With a filter only milestones with matches stand there, open. `opened` names the milestones
    that a page has open already, and how many rows of each it has; `showing` is opened whole.
    """
    if wanted:
        return _lay_out_found(outline, wanted, claims)
    sizes = dict(_first_sizes(outline) if opened is None else opened)
    if showing is not None:
        sizes[showing.id] = max(sizes.get(showing.id, 0), showing.counts["total"])
    windows = []
    for milestone in outline.milestones:
        size = sizes.get(milestone.id)
        windows.append(
            MilestoneWindow(milestone)
            if size is None
            else cut(milestone, wanted, claims, size=max(size, 1))
        )
    return TreeWindow(windows, outline.counts["total"])


def _lay_out_found(outline: Outline, wanted: Filter, claims: Mapping[str, Any]) -> TreeWindow:
    windows, found, budget = [], 0, FOUND
    for milestone in outline.milestones:
        window = cut(milestone, wanted, claims, size=max(budget, 0))
        found += window.found
        budget -= window.shown
        window.next_row = None
        if window.shown:
            windows.append(window)
    return TreeWindow(windows, found, found - (FOUND - budget))


def _first_sizes(outline: Outline) -> dict[str, int]:
    """A small plan stands open; of a large one what is under way, else what comes first."""
    milestones = outline.milestones
    if outline.counts["total"] <= FIRST_PAGE:
        return dict.fromkeys((m.id for m in milestones), FIRST_PAGE)
    active = [m for m in milestones if m.counts["doing"] or m.counts["blocked"]]
    unfinished = [m for m in milestones if m.counts["done"] < m.counts["total"]]
    return dict.fromkeys((m.id for m in (active or unfinished or milestones)[:2]), WINDOW)

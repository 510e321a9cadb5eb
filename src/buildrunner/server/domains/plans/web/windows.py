"""Which part of an outline a page draws: folded milestones, and windows of rows.

A plan of 10,000 rows is drawn a few hundred at a time; what is folded or further down is fetched
when it is unfolded or comes into view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from buildrunner.server.domains.plans.web.filters import Filter
from buildrunner.server.domains.plans.web.outline import Counts, Milestone, Outline, Row, Step

WINDOW = 150  # rows fetched at once
FIRST_PAGE = 300  # rows on a page; a plan up to this size is drawn whole
FOUND = 400  # rows of a search
NEW = 20  # rows of a milestone or group that comes new to a page


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

    @property
    def left(self) -> int:
        """How many rows follow what is drawn."""
        return self.counts["total"] - self.next_row if self.next_row else 0


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
    for step, rows in wanted.keep(milestone, claims):
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
        size = sizes.get(milestone.id, NEW if opened is not None else 0)
        windows.append(
            cut(milestone, wanted, claims, size=size) if size else MilestoneWindow(milestone)
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

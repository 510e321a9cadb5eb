"""The rows of a plan in flat groups: by owner, status, priority or phase, or all in one list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from buildrunner.server.domains.plans.web.filters import PRIORITIES, Filter, View, every_row
from buildrunner.server.domains.plans.web.outline import Counts, Outline, Row, count
from buildrunner.server.domains.plans.web.windows import FIRST_PAGE, NEW, WINDOW
from buildrunner.server.platform.ui.templatetags.ui import STATUS_WORDS

_KEYS: dict[str, Callable[[Row], str]] = {
    "owner": lambda row: row.owner,
    "status": lambda row: row.status,
    "priority": lambda row: row.priority,
    "phase": lambda row: row.milestone.phase,
    "none": lambda _: "",
}
# What a group of rows without a value is called.
_WITHOUT = {
    "owner": "No owner",
    "priority": "No priority",
    "phase": "No phase",
    "none": "All microsteps",
}


@dataclass(slots=True)
class GroupWindow:
    """A group on the page. `next_row` says where the following window starts, if any."""

    by: str
    value: str
    counts: Counts
    rows: list[tuple[Row, Any]] = field(default_factory=list)
    open: bool = False
    next_row: int | None = None

    @property
    def id(self) -> str:
        """The name of the group on the page and in requests."""
        return f"group:{self.by}:{quote(self.value, safe='')}"

    @property
    def left(self) -> int:
        """How many rows follow what is drawn."""
        return self.counts["total"] - self.next_row if self.next_row else 0

    @property
    def label(self) -> str:
        """The name that people read."""
        if self.by == "status":
            return STATUS_WORDS[self.value]
        return self.value or _WITHOUT[self.by]


@dataclass(slots=True)
class GroupedTree:
    """All groups, open or folded. `found` counts the rows that fit."""

    groups: list[GroupWindow]
    found: int
    left: int = 0


def gather_groups(
    outline: Outline, wanted: Filter, view: View, claims: Mapping[str, Any]
) -> dict[str, list[Row]]:
    """Every row that fits, by the value of its group, groups and rows in their order."""
    key = _KEYS[view.group]
    groups: dict[str, list[Row]] = {}
    for row in every_row(outline.milestones, wanted, claims):
        groups.setdefault(key(row), []).append(row)
    known = {"status": ("doing", "blocked", "todo", "done"), "priority": PRIORITIES}.get(view.group)
    if known:
        names = [name for name in known if name in groups]
        names += sorted(name for name in groups if name not in known)
    elif view.group == "phase":  # as the milestones of the plan come
        names = [name for name in groups if name] + [name for name in groups if not name]
    else:
        names = sorted(groups, key=lambda name: (not name, name.casefold(), name))
    return {name: view.ordered(groups[name]) for name in names}


def lay_out_groups(
    outline: Outline,
    wanted: Filter,
    view: View,
    claims: Mapping[str, Any],
    *,
    opened: Mapping[str, int] | None = None,
) -> GroupedTree:
    """The page: groups of a small plan stand open, of a large one as many as fill it."""
    found = gather_groups(outline, wanted, view, claims)
    windows: list[GroupWindow] = []
    budget = FIRST_PAGE
    for value, rows in found.items():
        window = GroupWindow(view.group, value, count(rows))
        if opened is None:
            size = min(len(rows), WINDOW) if budget > 0 else 0
            size = len(rows) if len(rows) <= budget else size
        else:
            size = opened.get(window.id, NEW)
        if size:
            fill(window, rows, claims, size=size)
            budget -= len(window.rows)
        windows.append(window)
    return GroupedTree(windows, sum(map(len, found.values())))


def fill(
    window: GroupWindow,
    rows: list[Row],
    claims: Mapping[str, Any],
    *,
    start: int = 0,
    size: int = WINDOW,
) -> GroupWindow:
    """Open a group with its rows `start` to `start + size`."""
    window.open = True
    window.rows = [(row, claims.get(row.id)) for row in rows[start : start + size]]
    window.next_row = start + size if start + size < len(rows) else None
    return window


def find_group(
    outline: Outline, wanted: Filter, view: View, claims: Mapping[str, Any], key: str, start: int
) -> GroupWindow | None:
    """One group by its name on the page, from a row on; None where no row of it fits."""
    if not view.flat:
        return None
    for value, rows in gather_groups(outline, wanted, view, claims).items():
        window = GroupWindow(view.group, value, count(rows))
        if window.id == key:
            return fill(window, rows, claims, start=start)
    return None

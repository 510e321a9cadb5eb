"""What the filter and view menus offer, with how many rows each choice has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from buildrunner.server.domains.plans.web.filters import (
    GROUPS,
    MAX_CHOICES,
    NONE,
    PRIORITIES,
    SORTS,
    STATES,
    Filter,
    View,
)
from buildrunner.server.domains.plans.web.outline import Outline


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter; `number` is None where counting it would not help."""

    value: str
    label: str
    chosen: bool
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """The menus. `filters` are (parameter, heading, choices)."""

    filters: list[tuple[str, str, list[Choice]]] = field(default_factory=list)
    groups: list[Choice] = field(default_factory=list)
    sorts: list[Choice] = field(default_factory=list)


def choices_of(outline: Outline, wanted: Filter, view: View) -> Choices:
    """The menus for a plan, what is chosen marked."""
    states = [
        Choice(name, label, name in wanted.states, outline.problems if name == "problem" else None)
        for name, label in STATES.items()
    ]
    owners = sorted(name for name in outline.owners if name)
    phases = [name for name in outline.phases if name]
    return Choices(
        filters=[
            ("is", "State", states),
            ("priority", "Priority", _counted(PRIORITIES, outline.priorities, wanted.priorities)),
            ("owner", "Owner", _counted(owners, outline.owners, wanted.owners)),
            ("phase", "Phase", _counted(phases, outline.phases, wanted.phases)),
            ("milestone", "Milestone", _milestones(outline, wanted)),
        ],
        groups=[Choice(name, label, name == view.group) for name, label in GROUPS.items()],
        sorts=[Choice(name, label, name == view.sort) for name, label in SORTS.items()],
    )


def _milestones(outline: Outline, wanted: Filter) -> list[Choice]:
    """Those of a long plan are found by its search; what is chosen is always shown."""
    chosen = wanted.milestones
    shown = [one for one in outline.milestones if one.id in chosen] + [
        one for one in outline.milestones if one.id not in chosen
    ]
    few = {one.id for one in shown[:MAX_CHOICES]} if len(outline.milestones) > 1 or chosen else ()
    return [
        Choice(one.id, one.title, one.id in chosen, sum(len(step.rows) for step in one.steps))
        for one in outline.milestones
        if one.id in few
    ]


def _counted(
    names: Iterable[str], counts: Mapping[str, int], chosen: Collection[str]
) -> list[Choice]:
    """Choices with rows, what is chosen without any among them, and "none" at the end."""
    known = [name for name in names if counts.get(name) or name in chosen][:MAX_CHOICES]
    gone = sorted(name for name in chosen if name not in known and name != NONE)
    made = [Choice(name, name, name in chosen, counts.get(name, 0)) for name in known + gone]
    if made or NONE in chosen:
        made.append(Choice(NONE, "None", NONE in chosen, counts.get("", 0)))
    return made


# The menu of an entry: what it does, its icon, its words, its key, and the kinds it is for.
ROW_ACTS = (
    ("select", "square-check", "Select", "x", "microstep"),
    ("status", "circle-dot", "Status", "s", "microstep"),
    ("rename", "pencil", "Rename", "e", "microstep step milestone"),
    ("owner", "circle-user-round", "Owner", "o", "microstep"),
    ("priority", "signal", "Priority", "p", "microstep"),
    ("effort_points", "gauge", "Effort", "w", "microstep"),
    ("phase", "flag", "Phase", "p", "milestone"),
    ("add", "plus", "Add below", "a", "microstep step milestone"),
    ("add-child", "corner-down-right", "Add inside", "A", "step milestone"),
    ("up", "arrow-up", "Move up", "alt ↑", "microstep step milestone"),
    ("down", "arrow-down", "Move down", "alt ↓", "microstep step milestone"),
    ("move", "folder-input", "Move to another place", "m", "microstep step"),
    ("split", "split", "Split", "d", "microstep step"),
    ("merge", "merge", "Merge with the next", "", "microstep step"),
    ("remove", "trash-2", "Remove", "del", "microstep step milestone"),
)

"""What other people's revisions mean for a page that shows an older one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from buildrunner.server.domains.plans.facade import Operation
from buildrunner.server.domains.plans.web.outline import Milestone, Outline, Row, Step

# Past this many changed rows the tree is drawn anew.
MANY = 150


@dataclass(slots=True)
class Changes:
    """The entries to draw anew; `structure` when entries came, went or moved."""

    structure: bool = False
    rows: dict[str, Row] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    milestones: dict[str, Milestone] = field(default_factory=dict)


def read_changes(outline: Outline, operations: Iterable[Operation]) -> Changes:
    """What operations changed, as it stands now."""
    touched: dict[str, None] = {}
    for operation in operations:
        if operation["op"] not in ("set", "unset"):
            return Changes(structure=True)
        touched[operation["id"]] = None
        if len(touched) > MANY:
            return Changes(structure=True)
    return gather(outline, touched)


def gather(outline: Outline, ids: Iterable[str]) -> Changes:
    """The entries of these ids, the headings that count them, and the rows that wait for them."""
    changes = Changes()
    wanted = set(ids)
    for entity_id in wanted:
        entry = outline.find(entity_id)
        if isinstance(entry, Row):
            changes.rows[entry.id] = entry
            changes.steps[entry.step.id] = entry.step
            changes.milestones[entry.milestone.id] = entry.milestone
        elif isinstance(entry, Step):
            changes.steps[entry.id] = entry
        elif isinstance(entry, Milestone):
            changes.milestones[entry.id] = entry
        elif entity_id:
            changes.structure = True
    for row in outline.rows:
        if row.depends_on and not wanted.isdisjoint(row.depends_on):
            changes.rows[row.id] = row
    return changes

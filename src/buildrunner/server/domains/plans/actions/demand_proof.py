"""Ask whether statuses may change so, and whether what a change finishes is proven, before
anything of it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from buildrunner.server.domains.plans import policies
from buildrunner.server.domains.plans.errors import NotProven, TransitionRefused
from buildrunner.server.domains.plans.rules.transitions import finished, may_move, moved
from buildrunner.server.domains.plans.types import Barred, Move, Operation, Plan, Unproven
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor


@dataclass(frozen=True, slots=True)
class Judged:
    """What may not become of a change (`barred`, `unproven`; `statuses` before), what only warns."""

    barred: list[Barred] = field(default_factory=list)
    unproven: list[Unproven] = field(default_factory=list)
    warnings: list[Barred | Unproven] = field(default_factory=list)
    statuses: dict[str, Any] = field(default_factory=dict)

    @property
    def refused(self) -> list[dict[str, Any]]:
        """What is refused as JSON, each microstep once."""
        both: list[Barred | Unproven] = [*self.barred, *self.unproven]
        return [each.as_dict() for each in both]

    @property
    def told(self) -> list[dict[str, Any]]:
        """The warnings as JSON."""
        return [each.as_dict() for each in self.warnings]


def judge_proof(
    actor: Actor,
    access: ProjectAccess,
    operations: list[Operation],
    *,
    before: Callable[[], Plan],
    after: Callable[[], Plan],
    through: bool,
) -> Judged:
    """Judge the document after the change, whoever wrote which part of it. The head is locked.

    `through`: a status may have come there over others, as where a clone brings what it came to.
    """
    if not may_move(operations):
        return Judged()
    before, after = cache(before), cache(after)
    earlier: dict[str, Any] = {}

    def moves() -> list[Move]:
        found, statuses = moved(operations, before, after)
        earlier.update(statuses)
        return found

    barred = policies.barred(access, actor, after, moves, through)
    stopped = {each.id: each for each in barred if each.blocking}  # once, however many its pasts
    finishing = finished(operations, before, after)
    found = policies.unproven(access, actor, after(), list(finishing)) if finishing else []
    unproven = [each for each in found if each.blocking and each.id not in stopped]
    both: list[Barred | Unproven] = [*barred, *found]
    return Judged(
        barred=list(stopped.values()),
        unproven=unproven,
        warnings=[each for each in both if not each.blocking],
        statuses={name: earlier[name] for name in stopped}
        | {each.id: finishing[each.id] for each in unproven},
    )


def demand_proof(
    actor: Actor,
    access: ProjectAccess,
    operations: list[Operation],
    *,
    before: Callable[[], Plan],
    after: Callable[[], Plan],
    through: bool = False,
) -> list[dict[str, Any]]:
    """The warnings; raises TransitionRefused or NotProven, naming all that may not be."""
    judged = judge_proof(actor, access, operations, before=before, after=after, through=through)
    if judged.barred:
        raise TransitionRefused([each.as_dict() for each in judged.barred])
    if judged.unproven:
        raise NotProven([each.as_dict() for each in judged.unproven])
    return judged.told

"""Ask whether what a change finishes is proven, before anything of it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from buildrunner.server.domains.plans import policies
from buildrunner.server.domains.plans.errors import NotProven
from buildrunner.server.domains.plans.rules.transitions import finished
from buildrunner.server.domains.plans.types import Operation, Plan, Unproven
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor


@dataclass(frozen=True, slots=True)
class Judged:
    """What a change may not finish (`refused`, with `statuses` before) and what only warns."""

    refused: list[Unproven] = field(default_factory=list)
    warnings: list[Unproven] = field(default_factory=list)
    statuses: dict[str, Any] = field(default_factory=dict)

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
) -> Judged:
    """Judge the document after the change, whoever wrote which part of it. The head is locked."""
    statuses = finished(operations, before, after)
    if not statuses:
        return Judged()
    found = policies.unproven(access, actor, after(), list(statuses))
    refused = [each for each in found if each.blocking]
    return Judged(
        refused=refused,
        warnings=[each for each in found if not each.blocking],
        statuses={each.id: statuses[each.id] for each in refused},
    )


def demand_proof(
    actor: Actor,
    access: ProjectAccess,
    operations: list[Operation],
    *,
    before: Callable[[], Plan],
    after: Callable[[], Plan],
) -> list[dict[str, Any]]:
    """The warnings; raises NotProven, naming all that lacks proof."""
    judged = judge_proof(actor, access, operations, before=before, after=after)
    if judged.refused:
        raise NotProven([each.as_dict() for each in judged.refused])
    return judged.told

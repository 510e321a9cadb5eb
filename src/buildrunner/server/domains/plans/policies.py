"""What stands above this room may say to a change of a plan."""

from __future__ import annotations

from collections.abc import Sequence

from buildrunner.server.domains.plans.types import Plan, Unproven
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.gates import Gate


@Gate
def unproven(
    access: ProjectAccess,  # noqa: ARG001  who answers needs them
    actor: Actor,  # noqa: ARG001
    plan_after: Plan,  # noqa: ARG001
    microstep_ids: Sequence[str],  # noqa: ARG001
) -> list[Unproven]:
    """Which of the microsteps that become done in `plan_after` lack proof; unwired: none."""
    return []

"""What stands above this room may say to a change of a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from buildrunner.server.domains.plans.types import (
    Barred,
    Move,
    Placed,
    Plan,
    ProofMarks,
    Unproven,
)
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


@Gate
def barred(
    access: ProjectAccess,  # noqa: ARG001  who answers needs them
    actor: Actor,  # noqa: ARG001
    plan_after: Callable[[], Plan],  # noqa: ARG001
    moves: Callable[[], Sequence[Move]],  # noqa: ARG001
    through: bool,  # noqa: ARG001
) -> list[Barred]:
    """Which changes of status the rules of the project do not allow; unwired: all are allowed.

    Both are asked for only where there are such rules, since reading a large plan takes a while.
    With `through` a move stands for all that were made since, one after the other.
    """
    return []


@Gate
def proof_marks(
    access: ProjectAccess,  # noqa: ARG001  who answers needs them
    project: Any,  # noqa: ARG001
    done: Sequence[Placed],  # noqa: ARG001
) -> ProofMarks | None:
    """Whether what is done is proven; unwired: nobody knows. `project` is the `projectId`."""
    return None


@Gate
def proof_details(
    access: ProjectAccess,  # noqa: ARG001  who answers needs them
    project: Any,  # noqa: ARG001
    microstep: Placed,  # noqa: ARG001
) -> dict[str, Any] | None:
    """What the drawer tells of a microstep's proof; unwired: nothing.

    `{"words", "icon", "tone", "criteria": [{"text", "words", "icon", "tone", "reason"}]}`.
    """
    return None


@Gate
def spoken_of(
    access: ProjectAccess,  # noqa: ARG001  who answers needs them
    entity_type: str,  # noqa: ARG001
    entity_id: str,  # noqa: ARG001
) -> dict[str, Any]:
    """What the drawer tells of talk about a part of the plan; unwired: nothing.

    `{"threads": open ones, "issues": [{"title", "provider", "url", "pending"}]}`.
    """
    return {}

"""Who may tell and do what on the pages of this room."""

from __future__ import annotations

from typing import Any

from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.gates import Gate


def may_report(access: ProjectAccess) -> None:
    """Those who sync, and CI that brings evidence. Raises Forbidden."""
    if "evidence.write" not in access.permissions:
        access.require("plan.write")


@Gate
def rescope_writer(
    access: ProjectAccess,  # noqa: ARG001  who answers needs them
    actor: Actor,  # noqa: ARG001
    plan: dict[str, Any],  # noqa: ARG001
    instruction: str,  # noqa: ARG001
) -> list[dict[str, Any]] | None:
    """Operations for an instruction that the rules do not understand; unwired: nobody answers.

    What a model writes is checked like any other proposal, and a person applies it.
    """
    return None

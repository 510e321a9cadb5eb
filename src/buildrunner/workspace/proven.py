"""How much of what is done is proven: cheap where there is nothing to judge by.

Hot path of `br`: everything heavier than a look at a folder is imported only where evidence lies.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.evidence.proof import Proof
    from buildrunner.spec.document import Entity
    from buildrunner.workspace.folder import Workspace

EVIDENCE = os.path.join("buildrunner", "evidence")


def any_evidence(workspace: Workspace) -> bool:
    """Whether there may be any evidence, without looking into a file."""
    try:
        with os.scandir(os.path.join(workspace.root, EVIDENCE)) as entries:
            return any(entry.name.endswith(".json") for entry in entries)
    except OSError:
        return False


def tally(workspace: Workspace, done: int) -> dict[str, Any]:
    """`{"proven", "self_attested", "unproven", "milestones": {id: proven}}` of what is done.

    `proven` counts the self-attested too. Raises WorkspaceError where policy or keys cannot be
    read.
    """
    if not done or not any_evidence(workspace):
        return {"proven": 0, "self_attested": 0, "unproven": done, "milestones": {}}
    from buildrunner.spec.document import microsteps
    from buildrunner.workspace.proving import Judge

    plan = workspace.read()[1]
    judge = Judge(workspace, plan)
    proven = attested = 0
    milestones: dict[str, int] = {}
    for entity in microsteps(plan):
        if entity.value.get("status") != "done":
            continue
        label = judge.prove(entity).label
        if label == "unproven":
            done_here = 0
        else:
            done_here = 1
            attested += label == "self-attested"
        proven += done_here
        top = _top(entity).id
        milestones[top] = milestones.get(top, 0) + done_here
    return {
        "proven": proven,
        "self_attested": attested,
        "unproven": done - proven,
        "milestones": milestones,
    }


def _top(entity: Entity) -> Entity:
    while entity.above is not None and entity.above.kind != "root":
        entity = entity.above
    return entity


def proof_of(workspace: Workspace, plan: dict[str, Any], entity: Entity) -> Proof | None:
    """The proof of one microstep; None where there is no evidence at all to judge by."""
    if not any_evidence(workspace):
        return None
    from buildrunner.workspace.proving import Judge

    return Judge(workspace, plan).prove(entity)

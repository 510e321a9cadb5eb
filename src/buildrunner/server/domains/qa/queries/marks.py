"""What the Plan page shows of proof: the answers to its gates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa.policies import proof_rules
from buildrunner.server.domains.qa.queries.proof import Court
from buildrunner.server.domains.qa.rules.marks import MARK_SIGNS, PROVEN, STATE_SIGNS, mark_of
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.spec.document import Entity
from buildrunner.spec.ids import aliases

# Beyond so many ids their records are not asked for by name.
_MOST_NAMES = 500


def proof_marks(
    access: ProjectAccess, project: Any, done: Sequence[plans.Placed]
) -> plans.ProofMarks:
    """How much of what is done is proven. What has no record at all costs nothing."""
    placed = [_entity(microstep, step) for microstep, step in done]
    names = {name for entity in placed for name in (entity.id, *aliases(entity.value))}
    rules = proof_rules(access, attested=True)
    court = Court(
        access,
        {"projectId": project},
        names if len(names) <= _MOST_NAMES else None,
        rules=rules,
    )
    marks = {}
    proven = 0
    for entity in placed:
        mark = mark_of(court.prove(entity)) if court.knows(entity) else "unproven"
        proven += mark in PROVEN
        marks[entity.id] = (mark, MARK_SIGNS[mark].words)
    return plans.ProofMarks(len(placed), proven, marks)


def proof_details(access: ProjectAccess, project: Any, microstep: plans.Placed) -> dict[str, Any]:
    """What the drawer tells of one microstep."""
    entity = _entity(*microstep)
    names = [entity.id, *aliases(entity.value)]
    rules = proof_rules(access, attested=True)
    proof = Court(access, {"projectId": project}, names, rules=rules).prove(entity)
    return {
        **MARK_SIGNS[mark_of(proof)]._asdict(),
        "criteria": [
            {
                **STATE_SIGNS[each.state]._asdict(),
                "text": each.text,
                "reason": "" if each.state == "passed" else each.reason,
            }
            for each in proof.criteria
        ],
    }


def _entity(microstep: dict[str, Any], step: dict[str, Any]) -> Entity:
    """A microstep in its step, as the decision wants it."""
    above = Entity("step", step, 0, Entity("milestone", {}, 0, Entity("root", {})))
    return Entity("microstep", microstep, 0, above)

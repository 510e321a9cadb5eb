"""What a plan says of itself in prose. No model is asked."""

from __future__ import annotations

from collections.abc import Collection

from buildrunner.server.domains.ai.types.explanations import Audience, Explanation, Tour
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.spec.document import Entity, microsteps
from buildrunner.spec.ids import resolve
from buildrunner.spec.narrative.language import Voice
from buildrunner.spec.narrative.tell import narrate
from buildrunner.spec.narrative.tour import walkthrough

_PROVEN = ("evidence", "signed")


def explain(
    access: ProjectAccess, entity_id: str = "", *, audience: Audience, language: str
) -> Explanation:
    """The plan for "", else an entity by its id or a former one. Raises EntityAbsent, PlanAbsent."""
    return overview(access, [entity_id], audience=audience, language=language)[0]


def overview(
    access: ProjectAccess,
    entity_ids: list[str] | None = None,
    *,
    audience: Audience,
    language: str,
) -> list[Explanation]:
    """The plan, then each milestone; or just the entities that are named."""
    stored = plans.read_plan(access)
    plan = stored.plan()
    wanted = entity_ids
    if wanted is None:
        wanted = ["", *(each.id for each in Entity("root", plan).children() if each.id)]
    proven = _proven(access, plan)
    found = []
    for name in wanted:
        entity = resolve(plan, name) if name else None
        if name and entity is None:
            raise plans.EntityAbsent(name)
        told = narrate(
            plan,
            entity.id if entity is not None else "",
            audience=audience,
            language=language,
            proven=proven,
        )
        found.append(Explanation(stored.revision, told))
    return found


def tour(access: ProjectAccess, *, audience: Audience, language: str) -> Tour:
    """Through the whole plan, stop by stop. Raises PlanAbsent."""
    stored = plans.read_plan(access)
    plan = stored.plan()
    proven = _proven(access, plan)
    stops = walkthrough(plan, audience=audience, language=language, proven=proven)
    return Tour(stored.revision, str(plan.get("title") or "Plan"), Voice(language).language, stops)


def _proven(access: ProjectAccess, plan: plans.Plan) -> Collection[str] | None:
    done = [
        (entity.value, entity.above.value)
        for entity in microsteps(plan)
        if entity.value.get("status") == "done" and entity.above is not None
    ]
    if not done:
        return ()
    marks = plans.proof_marks(access, plan.get("projectId"), done)
    if marks is None:
        return None
    return {name for name, (mark, _) in marks.marks.items() if mark in _PROVEN}

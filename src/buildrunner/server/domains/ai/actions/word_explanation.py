"""Have a model word what the plan says of itself."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from buildrunner.server.domains.ai.actions.answer import answer
from buildrunner.server.domains.ai.errors import QualityTooLow, UpstreamFailed, UpstreamSlow
from buildrunner.server.domains.ai.queries.explaining import explain
from buildrunner.server.domains.ai.rules import wording
from buildrunner.server.domains.ai.types.explanations import Audience, Explanation
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor

#: So much of an answer has to stand on facts, however little a project asks for.
LEAST = Decimal(5)


def word_explanation(
    actor: Actor, project_id: UUID, entity_id: str = "", *, audience: Audience, language: str
) -> Explanation:
    """The narrative of `explain` in a model's words, in any language. Needs `model.use`.

    Sentences that stand on no fact of the plan are left out. Where no model answers, or none of
    what it says holds, it is the plan's own narrative, and `notice` says why. Raises NoModel, and
    402 before anything is spent.
    """
    with project_scope(actor, project_id, "plan.read") as access:
        told = explain(access, entity_id, audience=audience, language=language)
    narrative = told.narrative
    microstep = narrative.entity_id if narrative.scope == "microstep" else ""

    def quality(text: str) -> Decimal:
        return wording.read(text, narrative, language)[1]

    try:
        told_by = answer(
            actor,
            project_id,
            "explain",
            wording.question(narrative, language),
            microstep=microstep,
            json_schema=wording.SCHEMA,
            check=quality,
            least=LEAST,
        )
    except (QualityTooLow, UpstreamFailed, UpstreamSlow) as problem:
        spent = problem.extensions.get("cost_usd")
        cost = None if spent is None else Decimal(spent)
        return Explanation(told.revision, narrative, notice=problem.detail, cost=cost)
    worded, _ = wording.read(told_by.text, narrative, language)
    if worded is None:
        return Explanation(told.revision, narrative, notice="The model's answer held nothing.")
    return Explanation(told.revision, worded, written_by=told_by.model, cost=told_by.cost)

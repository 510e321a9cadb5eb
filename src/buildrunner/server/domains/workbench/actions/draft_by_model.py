"""Have a model draft what a text asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.domains.workbench.actions.start_draft import start_draft
from buildrunner.server.domains.workbench.errors.create import DraftRefused
from buildrunner.server.domains.workbench.queries.create import head_of
from buildrunner.server.domains.workbench.rules import asking
from buildrunner.server.domains.workbench.rules import create as rules
from buildrunner.server.domains.workbench.types.create import DraftIn, DraftView
from buildrunner.server.platform.actor import Actor
from buildrunner.spec.drafting.generated import answer_schema

TEXTS: Final = ("prompt", "prd")
LONGEST: Final = 16_000  # tokens of an answer
MOST_TEXT: Final = 200_000
LEAST: Final = Decimal(5)


def draft_by_model(
    actor: Actor, project_id: UUID, *, given: DraftIn, answers: dict[str, Any] | None = None
) -> DraftView:
    """A draft in a model's words, to be looked through like any other; what looks like a secret in
    the text is masked before it leaves.

    Needs `plan.write` and `model.use`. An answer that does not fit the schema, once mended, goes to
    the next model or is refused; nothing is saved then. Raises DraftRefused, and as
    `ai.answer`.
    """
    if given.kind not in TEXTS:
        raise DraftRefused(
            "A model drafts from a prompt or a document; other input is read by rules.",
            reason="not_for_models",
        )
    given = rules.cleaned(given)
    if not given.text.strip() or len(given.text) > MOST_TEXT:
        raise DraftRefused(
            f"A model takes 1 to {MOST_TEXT:,} characters; draft from one part at a time.",
            reason="text_length",
        )
    with project_scope(actor, project_id, "plan.write") as access:
        _, plan = head_of(access)
    answer = ai.answer(
        actor,
        project_id,
        "planner",
        asking.question(given.text, plan),
        max_tokens=LONGEST,
        json_schema=answer_schema(),
        check=asking.quality,
        least=LEAST,
    )
    name = f"{answer.model} on a {'prompt' if given.kind == 'prompt' else 'document'}"
    return start_draft(
        actor, project_id, given=DraftIn("model", answer.text, name), answers=answers
    )

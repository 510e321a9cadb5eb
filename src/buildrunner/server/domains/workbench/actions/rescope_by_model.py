"""Have a model say which acts a wish needs."""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from uuid import UUID

from buildrunner.server.domains.ai import facade as ai
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.domains.workbench.actions.propose_rescope import (
    checked_instruction,
    propose_rescope,
)
from buildrunner.server.domains.workbench.rules import rescoping
from buildrunner.server.domains.workbench.types.rescope import RescopeView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.drafting.secrecy import without_secrets

LONGEST: Final = 4_000  # tokens of an answer
LEAST: Final = Decimal(5)


def rescope_by_model(
    actor: Actor, project_id: UUID, *, instruction: str, dry_run: bool = False
) -> RescopeView:
    """A proposal of the acts that a model names for an instruction in any words or language.

    The acts are carried out by the same engine as a person's: what it refuses counts as no answer,
    and goes to the next model. Needs `plan.write` and `model.use`; raises as `propose_rescope` and
    `ai.answer`. Nothing of the plan changes.
    """
    wish = without_secrets(checked_instruction(instruction))
    if not wish:
        raise Invalid("say what shall change", field="instruction")
    with project_scope(actor, project_id, "plan.write") as access:
        plan = plans.read_plan(access).plan()
    answer = ai.answer(
        actor,
        project_id,
        "rescope",
        rescoping.question(wish, plan),
        max_tokens=LONGEST,
        json_schema=rescoping.SCHEMA,
        check=lambda text: rescoping.quality(text, plan),
        least=LEAST,
    )
    return propose_rescope(
        actor,
        project_id,
        instruction=wish,
        acts=rescoping.acts_of(answer.text),
        dry_run=dry_run,
        model=answer.model,
    )

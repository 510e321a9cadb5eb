"""Ask as the project wants a type of task done: one model, or two with a judge between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from buildrunner.server.domains.ai.actions.arbitrate import arbitrate
from buildrunner.server.domains.ai.actions.complete import MAX_TOKENS, Check, complete
from buildrunner.server.domains.ai.queries import routing
from buildrunner.server.domains.ai.types.arbitrations import Answer
from buildrunner.server.domains.ai.types.completions import Message
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor

#: Who wrote it, as long as a person has to decide and must not learn it.
UNDECIDED: Final = "one of two models"


def answer(
    actor: Actor,
    project_id: UUID,
    task_type: str,
    messages: Sequence[Message],
    *,
    microstep: str = "",
    max_tokens: int = MAX_TOKENS,
    json_schema: Mapping[str, Any] | None = None,
    check: Check | None = None,
    least: Decimal = Decimal(0),
) -> Answer:
    """`arbitrate` where the project's `dual_run_enabled` says so for the task, else `complete`;
    raises as they do. While a person has to decide, it is the answer with the higher marks."""
    with project_scope(actor, project_id, "plan.read") as access:
        both = routing.settings_of(access, task_type).dual_run_enabled
    terms: dict[str, Any] = {
        "microstep": microstep,
        "max_tokens": max_tokens,
        "json_schema": json_schema,
        "check": check,
        "least": least,
    }
    if not both:
        one = complete(actor, project_id, task_type, messages, **terms)
        return Answer(one.text, one.model, one.cost)
    made = arbitrate(actor, project_id, task_type, messages, **terms)
    return Answer(made.text, made.model or UNDECIDED, made.cost, made.record.id, made.awaiting)

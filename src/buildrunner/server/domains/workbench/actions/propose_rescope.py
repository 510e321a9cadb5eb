"""Propose a change of what is planned; nothing of the plan changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.domains.workbench.errors.rescope import InstructionUnclear
from buildrunner.server.domains.workbench.events import rescope as events
from buildrunner.server.domains.workbench.models.rescope import Rescope
from buildrunner.server.domains.workbench.queries.rescope import (
    moves_of,
    rescope_view,
    spent_ids,
    vouched_for,
)
from buildrunner.server.domains.workbench.types.rescope import RescopeView
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.spec.errors import SpecError
from buildrunner.spec.rescope import MAX_INSTRUCTION, Proposal, propose
from buildrunner.spec.rescope_words import Unclear

_TOLD = 200


def propose_rescope(
    actor: Actor,
    project_id: UUID,
    *,
    instruction: str = "",
    acts: Sequence[dict[str, Any]] = (),
    dry_run: bool = False,
    model: str = "",
) -> RescopeView:
    """Keep a patch of the plan as it stands, with its impact and pre-check, for somebody to decide.

    Raises InstructionUnclear with choices, Invalid (what `spec.rescope` refuses), PlanAbsent. With
    `dry_run` nothing is kept. `model` names the one that turned the instruction into the acts: the
    instruction is then kept, and not read again.
    """
    instruction = checked_instruction(instruction)
    with project_scope(actor, project_id, "plan.write") as access:
        stored = plans.read_plan(access)
        made, precheck = _made(actor, access, stored, "" if model else instruction, acts)
        if model:
            made.reasons.insert(0, f"{model} named these acts: read every line")
        row = Rescope(
            org_id=access.org_id,
            project_id=access.project_id,
            instruction=instruction,
            acts=_json(made.acts),
            base_revision=stored.revision,
            base_hash=stored.document_hash,
            operations=_json(made.operations),
            reasons=_json(made.reasons),
            impact=_json(made.impact),
            precheck=_json(precheck),
            actor=actor.record(),
            person_id=actor.person_id,
        )
        if dry_run:
            row.created_at = timezone.now()
            return replace(rescope_view(row, stored.revision), id=None)
        row.save()
        emit(
            events.PROPOSED,
            actor=actor,
            org_id=access.org_id,
            project_id=access.project_id,
            subject=str(row.id),
            data={
                "instruction": instruction[:_TOLD],
                "acts": [str(act.get("act")) for act in made.acts],
                "operations": len(made.operations),
                "base_revision": stored.revision,
                **({"model": model} if model else {}),
            },
        )
        return rescope_view(row, stored.revision)


def checked_instruction(instruction: str) -> str:
    """As it is kept. Raises Invalid."""
    instruction = instruction.strip()
    if len(instruction) > MAX_INSTRUCTION or "\0" in instruction:
        raise Invalid(
            f"an instruction has at most {MAX_INSTRUCTION:,} characters", field="instruction"
        )
    return instruction


def _made(
    actor: Actor,
    access: ProjectAccess,
    stored: plans.StoredPlan,
    instruction: str,
    acts: Sequence[dict[str, Any]],
) -> tuple[Proposal, dict[str, Any]]:
    before = stored.plan()
    try:
        made = propose(
            before,
            acts,
            instruction=instruction,
            proven=vouched_for(access),
            reserved=spent_ids(access, stored.revision),
        )
    except Unclear as question:
        raise InstructionUnclear(question.message, question.choices) from None
    except SpecError as error:
        hint = f"; {error.hint}" if error.hint else ""
        raise Invalid(f"{error.message}{hint}", code=error.code) from None
    barred = plans.barred(
        access, actor, lambda: made.after, lambda: moves_of(before, made.after), through=False
    )
    problems = [each.reason for each in barred if each.blocking]
    rules = {
        "name": "governance",
        "title": "The policy allows each change of status",
        "ok": not problems,
        "problems": problems,
    }
    checks = [*made.precheck["checks"], rules]
    return made, {**made.precheck, "checks": checks, "ok": all(check["ok"] for check in checks)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

"""Store a whole document: the first plan of a project, or one in place of the last."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from buildrunner.server.domains.plans.actions.apply_to_head import same
from buildrunner.server.domains.plans.actions.demand_proof import demand_proof
from buildrunner.server.domains.plans.actions.revise import Change, lock_head, revise
from buildrunner.server.domains.plans.errors import PlanMoved, RevisionRequired
from buildrunner.server.domains.plans.models import PlanHead
from buildrunner.server.domains.plans.rules import limits, validity
from buildrunner.server.domains.plans.rules.parts import Document
from buildrunner.server.domains.plans.types import Operation, SavedPlan, etag
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.spec.diff import diff

ANY = "*"


def save_plan(
    actor: Actor,
    project_id: UUID,
    *,
    data: bytes,
    expected: Collection[str] | None = None,
    message: str = "",
) -> SavedPlan:
    """Replace the plan by the JSON text in `data`; what differs from the head becomes one revision.

    `expected` holds the entity tags one of which the head must have (`*`: any); it may only be
    absent while there is no revision. A document equal to the head writes nothing; the condition
    holds for it all the same, so that the answer never depends on what happens to be stored.

    Raises RevisionRequired, PlanMoved, PlanInvalid (with the lint's findings in `data`), TooLarge,
    NotProven.
    """
    message = limits.line(message, "message", limits.MAX_MESSAGE)
    with project_scope(actor, project_id, "plan.write"):
        pass  # who may not write learns nothing of what the document lacks, and costs no lint
    plan = validity.read_document(data)
    document = Document.of(plan)
    document_hash = document.hash()
    validity.check_document(plan, source=data)
    with project_scope(actor, project_id, "plan.write") as access:
        head = lock_head(access)
        operations: list[Operation] = []
        warnings: list[dict[str, Any]] = []
        if head.revision:
            _check_expected(head, expected)
            before = Document.unpack(head.packed)
            if same(document, document_hash, before, head.document_hash):
                return SavedPlan(head.revision, document_hash, created=False)
            stood = before.plan()
            operations = diff(stood, plan)
            warnings = demand_proof(
                actor, access, operations, before=lambda: stood, after=lambda: plan, through=True
            )
        elif expected is not None:
            raise PlanMoved(revision=0, etag="")
        revision = revise(
            actor,
            access,
            head,
            change=Change(
                document=document,
                document_hash=document_hash,
                operations=operations,
                base_number=head.revision,
                message=message,
                warnings=warnings,
            ),
        )
        return SavedPlan(
            revision.number,
            document_hash,
            created=True,
            operations=operations,
            warnings=warnings,
        )


def _check_expected(head: PlanHead, expected: Collection[str] | None) -> None:
    current = etag(head.revision, head.document_hash)
    if expected is None:
        raise RevisionRequired(revision=head.revision, etag=current)
    if ANY not in expected and current not in expected:
        raise PlanMoved(revision=head.revision, etag=current)

"""Bring back the document of an earlier revision, as a new one."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.plans import queries
from buildrunner.server.domains.plans.actions.apply_to_head import apply_to_head
from buildrunner.server.domains.plans.actions.revise import Change, lock_head, revise
from buildrunner.server.domains.plans.errors import PlanAbsent, PlanMoved
from buildrunner.server.domains.plans.rules.parts import Document
from buildrunner.server.domains.plans.types import SavedPlan, etag
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.spec.diff import diff


def restore_revision(
    actor: Actor, project_id: UUID, *, number: int, expected_revision: int | None = None
) -> SavedPlan:
    """Undo everything after revision `number`; history keeps it all.

    Raises RevisionAbsent, and PlanMoved where the head is not `expected_revision`.
    """
    with project_scope(actor, project_id, "plan.write") as access:
        head = lock_head(access)
        if head.revision == 0:
            raise PlanAbsent
        if expected_revision not in (None, head.revision):
            raise PlanMoved(revision=head.revision, etag=etag(head.revision, head.document_hash))
        document = Document.unpack(head.packed)
        before = document.plan()
        operations = diff(before, queries.document_at(access, number))
        step = apply_to_head(head, operations, (document, before))
        if not step.changed:
            return SavedPlan(head.revision, head.document_hash, created=False)
        revision = revise(
            actor,
            access,
            head,
            change=Change(
                document=step.document,
                document_hash=step.document_hash,
                operations=operations,
                base_number=head.revision,
                message=f"Restore revision {number}",
            ),
        )
        return SavedPlan(revision.number, step.document_hash, created=True, operations=operations)

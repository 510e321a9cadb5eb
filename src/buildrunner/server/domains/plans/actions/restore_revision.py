"""Bring back the document of an earlier revision, as a new one."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.plans import queries
from buildrunner.server.domains.plans.actions.apply_to_head import head_plan, same_document
from buildrunner.server.domains.plans.actions.revise import Change, lock_head, revise
from buildrunner.server.domains.plans.errors import PlanAbsent, PlanMoved
from buildrunner.server.domains.plans.types import SavedPlan, etag
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.spec.diff import diff
from buildrunner.spec.document import document_hash


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
        document = queries.document_at(access, number)
        restored_hash = document_hash(document)
        before = head_plan(head)
        if same_document(document, restored_hash, before, head.document_hash):
            return SavedPlan(head.revision, head.document_hash, created=False)
        operations = diff(before, document)
        revision = revise(
            actor,
            access,
            head,
            change=Change(
                plan=document,
                document_hash=restored_hash,
                operations=operations,
                base_number=head.revision,
                message=f"Restore revision {number}",
            ),
        )
        return SavedPlan(revision.number, restored_hash, created=True, operations=operations)

"""Take one revision back, whatever came after it."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.plans import queries
from buildrunner.server.domains.plans.actions.apply_to_head import apply_to_head
from buildrunner.server.domains.plans.actions.revise import Change, lock_head, revise
from buildrunner.server.domains.plans.errors import PlanAbsent, UndoConflict
from buildrunner.server.domains.plans.rules.parts import Document
from buildrunner.server.domains.plans.types import Operation, Plan, SavedPlan
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.diff import diff
from buildrunner.spec.merge import merge


def undo_revision(actor: Actor, project_id: UUID, *, number: int) -> SavedPlan:
    """Write a revision that undoes what revision `number` did and keeps everything later.

    Where later revisions touched other things, both stand; where they changed the same, nothing
    is written and UndoConflict names it. Undoing an undo brings the change back. Raises
    RevisionAbsent, and Invalid for the first push, before which there was no plan.
    """
    with project_scope(actor, project_id, "plan.write") as access:
        head = lock_head(access)
        if head.revision == 0:
            raise PlanAbsent
        if number == 1:
            raise Invalid(
                "revision 1 is the first push; there is no plan before it to go back to",
                code="undo_impossible",
            )
        after = queries.document_at(access, number)
        before = queries.document_at(access, number - 1)
        document = Document.unpack(head.packed)
        if head.revision == number:
            now, operations = after, diff(after, before)
        else:
            now, operations = _undone(access, number, after, before, head.revision)
        step = apply_to_head(head, operations, (document, now))
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
                message=f"Undo revision {number}",
            ),
        )
        return SavedPlan(revision.number, step.document_hash, created=True, operations=operations)


def _undone(
    access: ProjectAccess, number: int, after: Plan, before: Plan, head: int
) -> tuple[Plan, list[Operation]]:
    """The plan as it stands, and what leads from it to the same without the revision."""
    now = queries.document_at(access, head)
    result = merge(after, now, before)
    if result.conflicts:
        names = list(dict.fromkeys(conflict.id for conflict in result.conflicts))
        raise UndoConflict(
            number, [conflict.as_dict() for conflict in result.conflicts], names, revision=head
        )
    return now, diff(now, result.document)

"""Change a few fields or entities, as pages do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from buildrunner.server.domains.plans import queries
from buildrunner.server.domains.plans.actions.apply_to_head import apply_to_head
from buildrunner.server.domains.plans.actions.demand_proof import demand_proof
from buildrunner.server.domains.plans.actions.revise import Change, lock_head, revise
from buildrunner.server.domains.plans.errors import (
    MAX_FINDINGS,
    EditConflict,
    EntityAbsent,
    PlanAbsent,
    PlanMoved,
)
from buildrunner.server.domains.plans.models import PlanHead
from buildrunner.server.domains.plans.rules import limits
from buildrunner.server.domains.plans.rules.operations import check_operations
from buildrunner.server.domains.plans.rules.parts import Document
from buildrunner.server.domains.plans.types import Operation, Plan, SavedPlan, Seen, etag
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.document import index, root
from buildrunner.spec.errors import SpecError
from buildrunner.spec.values import ABSENT, same

Edit = Callable[[Plan], list[Operation]]

# How far back to look for who wrote the value that stands in the way.
_LOOK_BACK = 200


class Contested(Exception):
    """Raised by an `Edit`: the field of `seen` holds another value by now, and both cannot stand."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(seen.field)
        self.seen = seen


def edit_plan(
    actor: Actor,
    project_id: UUID,
    *,
    change: Edit | list[Operation],
    seen: Sequence[Seen] = (),
    expected_revision: int | None = None,
    message: str = "",
) -> SavedPlan:
    """Apply operations, or what a function of `spec.mutate` makes of the current document.

    With `seen`, an edit goes through although others wrote meanwhile, as long as those fields
    still hold what the editor saw; else EditConflict carries both values. Without it,
    `expected_revision`, where given, must be the head (PlanMoved). Nothing new writes nothing.

    Raises PlanAbsent, InvalidOperations, PlanInvalid, Invalid (what `spec.mutate` refuses), and
    NotProven where a microstep would become done without proof.
    """
    message = limits.line(message, "message", limits.MAX_MESSAGE)
    with project_scope(actor, project_id, "plan.write") as access:
        head = lock_head(access)
        if head.revision == 0:
            raise PlanAbsent
        if expected_revision not in (None, head.revision) and not seen:
            raise PlanMoved(revision=head.revision, etag=etag(head.revision, head.document_hash))
        document = Document.unpack(head.packed)
        before = document.plan()
        for value in seen:
            _check_seen(access, head, before, value)
        try:
            operations = check_operations(_operations(before, change))
        except Contested as contest:
            _check_seen(access, head, before, contest.seen)
            raise AssertionError("a contested field holds what its editor saw") from None
        step = apply_to_head(head, operations, (document, before))
        if not step.changed:
            return SavedPlan(head.revision, head.document_hash, created=False)
        warnings = demand_proof(
            actor, access, operations, before=lambda: before, after=step.document.plan
        )
        revision = revise(
            actor,
            access,
            head,
            change=Change(
                document=step.document,
                document_hash=step.document_hash,
                operations=operations,
                base_number=expected_revision or head.revision,
                message=message,
                warnings=warnings,
            ),
        )
        return SavedPlan(
            revision.number,
            step.document_hash,
            created=True,
            operations=operations,
            warnings=warnings,
        )


def _operations(plan: Plan, change: Edit | list[Operation]) -> list[Operation]:
    if not callable(change):
        return change
    try:
        return change(plan)
    except SpecError as error:
        hint = f"; {error.hint}" if error.hint else ""
        ids = getattr(error, "ids", None)
        told = {"ids": ids[:MAX_FINDINGS]} if ids else {}
        raise Invalid(f"{error.message}{hint}", code=error.code, **told) from None


def _check_seen(access: ProjectAccess, head: PlanHead, plan: Plan, seen: Seen) -> None:
    entity = root(plan) if seen.id == "" else index(plan).get(seen.id)
    if entity is None:
        raise EntityAbsent(seen.id)
    current = entity.value.get(seen.field, ABSENT)
    if same(current, seen.value):
        return
    authorship = queries.authorship_since(access, max(0, head.revision - _LOOK_BACK))
    touch = authorship.of(seen.id, seen.field)
    conflict = {
        "id": seen.id,
        "field": seen.field,
        "title": entity.value.get("title", ""),
        "author": touch.author if touch else None,
        "time": touch.time.isoformat() if touch else None,
    }
    if seen.value is not ABSENT:
        conflict["seen"] = seen.value
    if current is not ABSENT:
        conflict["current"] = current
    raise EditConflict(conflict, revision=head.revision)

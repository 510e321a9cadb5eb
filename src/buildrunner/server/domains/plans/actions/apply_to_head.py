"""Operations on the stored document, without a merge and without a full lint."""

from __future__ import annotations

from dataclasses import dataclass

from buildrunner.server.domains.plans.errors import InvalidOperations
from buildrunner.server.domains.plans.models import PlanHead
from buildrunner.server.domains.plans.rules import validity
from buildrunner.server.domains.plans.rules.parts import Document, Excerpt
from buildrunner.server.domains.plans.types import Operation, Plan
from buildrunner.spec.diff import OperationError, apply
from buildrunner.spec.document import UNHASHED, CollectorPaused


@dataclass(frozen=True, slots=True)
class Step:
    """The document after operations; `changed` is false where they changed nothing."""

    document: Document
    document_hash: str
    changed: bool


def apply_to_head(
    head: PlanHead, operations: list[Operation], stands: tuple[Document, Plan] | None = None
) -> Step:
    """What operations make of the head's document.

    `stands` is that document with its plan, if both are at hand; otherwise no more of it is
    decoded than the operations need. Raises InvalidOperations where they do not fit, PlanInvalid
    where the outcome is no valid plan.
    """
    document = Document.unpack(head.packed) if stands is None else stands[0]
    excerpt = Excerpt.of(document, operations) if stands is None else None
    if excerpt is not None:
        after = apply_operations(excerpt.plan, operations)
        following, document_hash = excerpt.put_back(after)
    else:
        before = document.plan() if stands is None else stands[1]
        after = apply_operations(before, operations)
        following = document.following(before, after)
        document_hash = following.hash()
    step = Step(
        following, document_hash, not same(following, document_hash, document, head.document_hash)
    )
    if step.changed:
        validity.check_change(after, operations, text=following.text)
    return step


def apply_operations(plan: Plan, operations: list[Operation]) -> Plan:
    """`spec.diff.apply`, refusing as this room does."""
    try:
        with CollectorPaused():
            return apply(plan, operations)
    except OperationError as error:
        hint = f"; {error.hint}" if error.hint else ""
        raise InvalidOperations(f"{error.message}{hint}", index=error.position) from None


def same(left: Document, left_hash: str, right: Document, right_hash: str) -> bool:
    """Whether two documents are equal, what lies outside the hash included."""
    return left_hash == right_hash and all(
        left.root.get(name, "") == right.root.get(name, "") for name in UNHASHED
    )

"""Operations on the stored document, without a merge and without a full lint."""

from __future__ import annotations

from dataclasses import dataclass

from buildrunner.server.domains.plans.errors import InvalidOperations
from buildrunner.server.domains.plans.models import PlanHead
from buildrunner.server.domains.plans.rules import documents, validity
from buildrunner.server.domains.plans.types import Operation, Plan
from buildrunner.spec.diff import OperationError, apply
from buildrunner.spec.document import UNHASHED


@dataclass(frozen=True, slots=True)
class Step:
    """The document after operations; `changed` is false where they changed nothing."""

    plan: Plan
    document_hash: str
    changed: bool


def head_plan(head: PlanHead) -> Plan:
    """The document of the head."""
    return documents.decode(documents.unpack(head.packed))


def apply_to_head(head: PlanHead, operations: list[Operation], before: Plan | None = None) -> Step:
    """What operations make of the head's document (`before`, if it is at hand).

    Raises InvalidOperations where they do not fit, PlanInvalid where the outcome is no valid
    plan.
    """
    before = head_plan(head) if before is None else before
    plain = documents.is_plain(before, head.document_hash)
    plan = apply_operations(before, operations)
    document_hash = documents.seal_after(plan, operations, plain_before=plain)
    changed = not same_document(plan, document_hash, before, head.document_hash)
    if changed:
        validity.check_change(plan, operations)
    return Step(plan, document_hash, changed)


def apply_operations(plan: Plan, operations: list[Operation]) -> Plan:
    """`spec.diff.apply`, refusing as this room does."""
    try:
        return apply(plan, operations)
    except OperationError as error:
        hint = f"; {error.hint}" if error.hint else ""
        raise InvalidOperations(f"{error.message}{hint}", index=error.position) from None


def same_document(left: Plan, left_hash: str, right: Plan, right_hash: str) -> bool:
    """Whether two documents are equal, what lies outside the hash included."""
    return left_hash == right_hash and all(
        left.get(name, "") == right.get(name, "") for name in UNHASHED
    )

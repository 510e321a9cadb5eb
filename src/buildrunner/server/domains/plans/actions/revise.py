"""Write the next revision of a plan whose head is locked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from buildrunner.server.domains.plans import events
from buildrunner.server.domains.plans.models import PlanHead, Revision
from buildrunner.server.domains.plans.rules import documents
from buildrunner.server.domains.plans.rules.parts import Document
from buildrunner.server.domains.plans.types import Operation
from buildrunner.server.domains.tenancy.facade import ProjectAccess, record_head, take_storage
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.events.emit import emit

SNAPSHOT_EVERY = 25


@dataclass(frozen=True, slots=True)
class Change:
    """The document after a change and what led to it.

    `base_number` is the revision its author had seen. `key`, `request_hash` and `answer` are
    those of a sync that may be repeated. `warnings` tell of what became done without proof or against the rules.
    """

    document: Document
    document_hash: str
    operations: list[Operation]
    base_number: int
    message: str = ""
    key: str | None = None
    request_hash: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)


def lock_head(access: ProjectAccess) -> PlanHead:
    """The head of the project's plan, locked until the transaction ends; made when absent.

    Whoever writes a revision holds this lock, so revisions of one project follow one another.
    """
    rows = PlanHead.objects.select_for_update().filter(
        org_id=access.org_id, project_id=access.project_id
    )
    head = rows.first()
    if head is None:
        PlanHead.objects.bulk_create(
            [PlanHead(org_id=access.org_id, project_id=access.project_id)], ignore_conflicts=True
        )
        head = rows.get()
    return head


def revise(actor: Actor, access: ProjectAccess, head: PlanHead, *, change: Change) -> Revision:
    """Append the revision, move the head to it and emit `plan.revised`."""
    packed = change.document.pack()
    growth = len(packed) - len(head.packed or b"")
    number = head.revision + 1
    revision = Revision.objects.create(
        org_id=access.org_id,
        project_id=access.project_id,
        number=number,
        base_number=change.base_number,
        operations=documents.encode(change.operations).decode(),
        operations_count=len(change.operations),
        previous_hash=head.document_hash,
        document_hash=change.document_hash,
        snapshot=packed if number == 1 or number % SNAPSHOT_EVERY == 0 else None,
        author=actor.record(),
        person_id=actor.person_id,
        message=change.message,
        idempotency_key=change.key,
        request_hash=change.request_hash,
        answer=documents.encode(change.answer).decode() if change.key else "",
    )
    head.revision = number
    head.packed = packed
    head.document_hash = change.document_hash
    head.save(update_fields=["revision", "packed", "document_hash", "updated_at"])
    record_head(access, revision=number, document_hash=change.document_hash)
    emit(
        events.PLAN_REVISED,
        actor=actor,
        org_id=access.org_id,
        project_id=access.project_id,
        subject=str(number),
        data=events.revised(
            number,
            change.document_hash,
            change.operations,
            change.warnings,
        ),
    )
    # What makes the plan smaller is let through, though its history grows.
    if growth > 0:
        take_storage(access.org_id, growth + len(revision.operations))
    return revision

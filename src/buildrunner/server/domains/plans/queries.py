"""Reads of stored plans. Each runs in the tenant scope that made its `ProjectAccess`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from buildrunner.server.domains.plans.errors import PlanAbsent, RevisionAbsent
from buildrunner.server.domains.plans.models import Claim, PlanHead, Revision
from buildrunner.server.domains.plans.rules import documents
from buildrunner.server.domains.plans.rules.authorship import Authorship, Touch, trace
from buildrunner.server.domains.plans.rules.independence import (
    added_entities,
    last_edits,
    touched_fields,
)
from buildrunner.server.domains.plans.rules.parts import Document
from buildrunner.server.domains.plans.types import (
    ClaimView,
    Comparison,
    HeadSummary,
    Operation,
    Plan,
    RevisionDetail,
    RevisionSummary,
    StoredPlan,
)
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.spec.diff import apply, diff

# A client far behind is better served with the net difference than with every single edit.
MAX_REPLAYED = 1_000


def read_head(access: ProjectAccess) -> HeadSummary:
    """Where the plan stands, without reading its document."""
    access.require("plan.read")
    head = (
        PlanHead.objects.filter(org_id=access.org_id, project_id=access.project_id)
        .only("revision", "document_hash", "updated_at")
        .first()
    )
    if head is None or head.revision == 0:
        return HeadSummary()
    return HeadSummary(head.revision, head.document_hash, head.updated_at)


def read_plan(access: ProjectAccess) -> StoredPlan:
    """The plan as it stands; raises PlanAbsent before the first push."""
    access.require("plan.read")
    head = PlanHead.objects.filter(org_id=access.org_id, project_id=access.project_id).first()
    if head is None or head.revision == 0:
        raise PlanAbsent
    return stored(head)


def stored(head: PlanHead) -> StoredPlan:
    """A head row as a plan with its text."""
    return StoredPlan(
        revision=head.revision,
        document_hash=head.document_hash,
        document=Document.unpack(head.packed).text(),
        updated_at=head.updated_at,
    )


def document_at(access: ProjectAccess, number: int) -> Plan:
    """The document at a revision: the nearest snapshot and the operations after it.

    Raises RevisionAbsent, and RuntimeError if the outcome does not have the stored hash.
    """
    access.require("plan.read")
    rows = Revision.objects.filter(org_id=access.org_id, project_id=access.project_id)
    target = rows.filter(number=number).only("number", "document_hash").first()
    if target is None:
        raise RevisionAbsent(number, read_head(access).revision)
    base = (
        rows.filter(number__lte=number, snapshot__isnull=False)
        .only("number", "snapshot")
        .order_by("-number")
        .first()
    )
    if base is None or base.snapshot is None:
        raise RuntimeError(f"project {access.project_id} has no snapshot before {number}")
    plan = Document.unpack(base.snapshot).plan()
    later = rows.filter(number__gt=base.number, number__lte=number).order_by("number")
    operations: list[Operation] = []
    for text in later.values_list("operations", flat=True):
        operations.extend(documents.decode_operations(text))
    if operations:
        plan = apply(plan, operations)
    if not documents.has_hash(plan, target.document_hash):
        raise RuntimeError(
            f"revision {number} of project {access.project_id} does not hash to what was stored"
        )
    return plan


def revision_hash(access: ProjectAccess, number: int) -> str | None:
    """The document hash of a revision; None where there is no such revision."""
    return (
        Revision.objects.filter(org_id=access.org_id, project_id=access.project_id, number=number)
        .values_list("document_hash", flat=True)
        .first()
    )


def operations_between(access: ProjectAccess, after: int, upto: int) -> list[Operation]:
    """Everything done by the revisions after `after` up to and with `upto`, in order."""
    operations: list[Operation] = []
    rows = Revision.objects.filter(
        org_id=access.org_id, project_id=access.project_id, number__gt=after, number__lte=upto
    ).order_by("number")
    for text in rows.values_list("operations", flat=True):
        operations.extend(documents.decode_operations(text))
    return operations


def dated_operations(access: ProjectAccess) -> Iterator[tuple[datetime, list[Operation]]]:
    """When each revision was made and what it did, in order; read a few at a time. The first one
    sets the milestones of its document, which it kept whole."""
    access.require("plan.read")
    rows = Revision.objects.filter(org_id=access.org_id, project_id=access.project_id)
    found = rows.order_by("number").values_list("number", "created_at", "operations")
    for number, at, text in found.iterator(500):
        operations = documents.decode_operations(text)
        if number == 1 and not operations:
            value = document_at(access, 1).get("milestones")
            operations = [{"op": "set", "id": "", "field": "milestones", "value": value}]
        yield at, operations


def finished_since(
    org_id: UUID, project_id: UUID, since: datetime
) -> list[tuple[datetime, str, dict[str, Any]]]:
    """When a microstep became done, which, and by whom (as an actor is kept), oldest first; in the
    organization's scope. Microsteps that came done with their plan count for nobody."""
    rows = Revision.objects.filter(
        org_id=org_id,
        project_id=project_id,
        created_at__gte=since,
        operations__contains='"done"',
    ).order_by("number")
    return [
        (at, str(operation["id"]), author)
        for at, text, author in rows.values_list("created_at", "operations", "author")
        for operation in documents.decode_operations(text)
        if operation.get("op") == "set"
        and operation.get("field") == "status"
        and operation.get("value") == "done"
    ]


def steps_between(
    access: ProjectAccess, after: int, upto: int
) -> list[tuple[list[Operation], list[dict[str, str]]]]:
    """For each revision after `after` up to and with `upto`: what it did, and which entities of
    the plan before it got another id by its merge. What `spec.lineage.trace` follows."""
    rows = Revision.objects.filter(
        org_id=access.org_id, project_id=access.project_id, number__gt=after, number__lte=upto
    ).order_by("number")
    steps: list[tuple[list[Operation], list[dict[str, str]]]] = []
    for operations, answer in rows.values_list("operations", "answer"):
        told = documents.decode(answer).get("renames", []) if answer else []
        renames = [rename for rename in told if rename.get("side") == "theirs"]
        steps.append((documents.decode_operations(operations), renames))
    return steps


def missing_operations(access: ProjectAccess, base: int, head: int) -> list[Operation]:
    """What leads from one revision to a later one, without field edits that others overtook."""
    operations = operations_between(access, base, head)
    if touched_fields(operations) is not None or len(operations) <= MAX_REPLAYED:
        return last_edits(operations)
    return diff(document_at(access, base), document_at(access, head))


def authorship_since(access: ProjectAccess, after: int) -> Authorship:
    """Who last touched what in the revisions after `after`."""
    rows = Revision.objects.filter(
        org_id=access.org_id, project_id=access.project_id, number__gt=after
    ).order_by("number")
    return trace(
        (
            Touch(public_author(row.author), row.created_at, row.number),
            documents.decode_operations(row.operations),
        )
        for row in rows.only("number", "author", "created_at", "operations")
    )


def public_author(author: dict[str, Any]) -> dict[str, Any]:
    """What a history tells of an actor; the id of a key stays inside."""
    return {name: author.get(name) for name in ("id", "name", "kind", "label") if name in author}


def list_revisions(
    access: ProjectAccess, *, before: int | None = None, limit: int = 50
) -> list[RevisionSummary]:
    """The history, newest first: at most `limit` revisions, older than `before`."""
    access.require("plan.read")
    rows = Revision.objects.filter(org_id=access.org_id, project_id=access.project_id)
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = rows.order_by("-number").defer("operations", "snapshot", "answer")[:limit]
    return [_summary(row) for row in found]


def read_revision(access: ProjectAccess, number: int, *, document: bool = False) -> RevisionDetail:
    """One revision with its operations, with its document if asked for."""
    access.require("plan.read")
    row = (
        Revision.objects.filter(org_id=access.org_id, project_id=access.project_id, number=number)
        .defer("snapshot", "answer")
        .first()
    )
    if row is None:
        raise RevisionAbsent(number, read_head(access).revision)
    return RevisionDetail(
        summary=_summary(row),
        previous_hash=row.previous_hash or None,
        operations=documents.decode_operations(row.operations),
        document=document_at(access, number) if document else None,
    )


def compare_revisions(access: ProjectAccess, first: int, second: int) -> Comparison:
    """What leads from the document of one revision to that of another, later or earlier.

    Raises RevisionAbsent.
    """
    low, high = sorted((first, second))
    old = document_at(access, low)
    if revision_hash(access, high) is None:
        raise RevisionAbsent(high, read_head(access).revision)
    new = apply(old, operations_between(access, low, high))
    before, after = (old, new) if first <= second else (new, old)
    return Comparison(first, second, before, after, diff(before, after))


def summaries_between(access: ProjectAccess, after: int, upto: int) -> list[RevisionSummary]:
    """The revisions after `after` up to and with `upto`, newest first."""
    access.require("plan.read")
    rows = Revision.objects.filter(
        org_id=access.org_id, project_id=access.project_id, number__gt=after, number__lte=upto
    )
    found = rows.order_by("-number").defer("operations", "snapshot", "answer")
    return [_summary(row) for row in found]


def touching(
    access: ProjectAccess, ids: Sequence[str], *, before: int | None = None, limit: int = 30
) -> list[tuple[RevisionSummary, list[Operation]]]:
    """The revisions that touched an entity, newest first, each with what it did to it.

    `ids` are its id and its former ones. The first push is stored whole and is not among them.
    """
    access.require("plan.read")
    rows = Revision.objects.filter(org_id=access.org_id, project_id=access.project_id)
    if before is not None:
        rows = rows.filter(number__lt=before)
    named = Q()
    for entity_id in ids:
        # As `documents.encode` writes it; what only contains the id in a text is left out below.
        named |= Q(operations__contains=f'"id":{documents.encode(entity_id).decode()}')
    found = rows.filter(named).order_by("-number").defer("snapshot", "answer")[:limit]
    wanted = set(ids)
    touched = []
    for row in found:
        operations = [
            operation
            for operation in documents.decode_operations(row.operations)
            if not wanted.isdisjoint(_names(operation))
        ]
        if operations:
            touched.append((_summary(row), operations))
    return touched


def small_operations(
    access: ProjectAccess, numbers: Sequence[int], *, most: int
) -> dict[int, list[Operation]]:
    """The operations of those revisions that have at most `most` of them."""
    access.require("plan.read")
    rows = Revision.objects.filter(
        org_id=access.org_id,
        project_id=access.project_id,
        number__in=list(numbers),
        operations_count__lte=most,
    )
    return {
        number: documents.decode_operations(text)
        for number, text in rows.values_list("number", "operations")
    }


def _names(operation: Operation) -> Iterator[str]:
    """The ids of the entities that an operation is about."""
    if operation["op"] == "add":
        for entity in added_entities(operation["value"]):
            yield str(entity.get("id"))
    else:
        yield operation["id"]


def list_claims(access: ProjectAccess) -> list[ClaimView]:
    """The leases in force now."""
    access.require("plan.read")
    rows = Claim.objects.filter(
        org_id=access.org_id,
        project_id=access.project_id,
        released_at__isnull=True,
        expires_at__gt=timezone.now(),
    ).order_by("microstep_id")
    return [claim_view(row) for row in rows]


def lapsed_claims(access: ProjectAccess) -> list[ClaimView]:
    """Of each microstep the newest lease, where it ran out without being given back."""
    access.require("plan.read")
    rows = Claim.objects.filter(org_id=access.org_id, project_id=access.project_id)
    newest = rows.order_by("microstep_id", "-created_at", "-id").distinct("microstep_id")
    now = timezone.now()
    return [
        claim_view(row)
        for row in newest
        if row.expires_at <= now and (row.released_at is None or row.released_at >= row.expires_at)
    ]


def claimants(access: ProjectAccess, names: Sequence[str]) -> set[UUID]:
    """Everybody who ever held the lease on a microstep; `names` are its id and former ones."""
    access.require("plan.read")
    rows = Claim.objects.filter(
        org_id=access.org_id,
        project_id=access.project_id,
        microstep_id__in=list(names),
        person_id__isnull=False,
    )
    return {person for person in rows.values_list("person_id", flat=True) if person}


def claim_view(row: Claim) -> ClaimView:
    """A claim as others see it."""
    return ClaimView(
        row.id,
        row.microstep_id,
        row.holder,
        row.person_id,
        row.expires_at,
        row.actor.get("kind") == "service",
    )


def _summary(row: Revision) -> RevisionSummary:
    return RevisionSummary(
        revision=row.number,
        document_hash=row.document_hash,
        author=public_author(row.author),
        message=row.message,
        operations_count=row.operations_count,
        created_at=row.created_at,
    )

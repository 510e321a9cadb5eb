"""Bring a clone and the stored plan to the same document."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from prometheus_client import Counter

from buildrunner.server.domains.plans import queries
from buildrunner.server.domains.plans.actions.apply_to_head import apply_to_head
from buildrunner.server.domains.plans.actions.merge_sync import merge_sync
from buildrunner.server.domains.plans.actions.pending_sync import PendingSync
from buildrunner.server.domains.plans.actions.revise import lock_head
from buildrunner.server.domains.plans.errors import BaseUnknown, PlanAbsent, SyncConflict
from buildrunner.server.domains.plans.rules import documents, limits, validity
from buildrunner.server.domains.plans.rules.operations import check_operations
from buildrunner.server.domains.plans.rules.parts import Document
from buildrunner.server.domains.plans.types import SyncOutcome, SyncRequest
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.diff import diff

_SYNCS = Counter(
    "buildrunner_plan_syncs",
    "Syncs of clones, by outcome: pulled, pushed (the first plan), forward (nobody wrote since), "
    "merged, repeated (a known idempotency key), conflict, refused.",
    ["outcome"],
)


def sync_plan(actor: Actor, project_id: UUID, *, request: SyncRequest) -> SyncOutcome:
    """Take a clone's operations in, and answer with what the clone lacks.

    Syncs of one project follow one another. Where the clone's base is the head, its operations
    are applied as they are; where others wrote meanwhile, the three documents are merged. A
    conflict raises SyncConflict and writes nothing. Nothing new writes no revision. The same
    idempotency key with the same request is answered as it was the first time. A clone without
    operations only reads, for which `plan.read` is enough. A microstep that would become done
    without proof stays as it is and is `refused`; all else goes through.

    Raises BaseUnknown, InvalidOperations, PlanInvalid, IdempotencyKeyReused, PlanAbsent.
    """
    outcome = "refused"
    try:
        found, outcome = _sync(actor, project_id, request)
    except SyncConflict:
        outcome = "conflict"
        raise
    finally:
        _SYNCS.labels(outcome).inc()
    return found


def _sync(actor: Actor, project_id: UUID, request: SyncRequest) -> tuple[SyncOutcome, str]:
    check_operations(request.operations)
    request = _cleaned(request)
    with project_scope(actor, project_id, "plan.read") as access:
        if not request.operations and request.document is None:
            return _pull(access, request), "pulled"
        access.require("plan.write")
        sync = PendingSync(
            actor,
            access,
            lock_head(access),
            request,
            _digest(request),
        )
        told = sync.told_before()
        if told is not None:
            return told, "repeated"
        if request.document is not None:
            return _push(sync), "pushed"
        if sync.head.revision == 0:
            raise PlanAbsent
        sync.check_base()
        if request.base_revision == sync.head.revision:
            return _forward(sync), "forward"
        return merge_sync(sync), "merged"


def _cleaned(request: SyncRequest) -> SyncRequest:
    key = request.idempotency_key
    if key is not None:
        key = limits.line(key, "idempotency_key", limits.MAX_KEY)
        if not key:
            raise Invalid("idempotency_key is empty", field="idempotency_key")
    if request.document is not None and request.operations:
        raise Invalid("send either a document or operations", field="document")
    message = limits.line(request.message, "message", limits.MAX_MESSAGE)
    return replace(request, idempotency_key=key, message=message)


def _digest(request: SyncRequest) -> str:
    """What makes two requests the same; a message and what is only checked may differ."""
    return documents.request_digest(
        [
            request.base_revision,
            request.operations,
            request.document_hash,
            request.resolutions,
            request.resolves_revision,
            request.document,
        ]
    )


def _push(sync: PendingSync) -> SyncOutcome:
    """The first plan of a project, whole."""
    plan = sync.request.document or {}
    limits.check_depth(plan, "the plan")
    document = Document.of(plan)
    document_hash = document.hash()
    validity.check_document(plan)
    sync.check_claim(document_hash)
    if sync.head.revision == 0:
        return sync.write(document, document_hash, [], answer=[])
    if document_hash == sync.head.document_hash:
        return sync.unchanged(diff(plan, Document.unpack(sync.head.packed).plan()))
    raise sync.base_unknown(
        f"the project has a plan already (revision {sync.head.revision}); pull it first"
    )


def _forward(sync: PendingSync) -> SyncOutcome:
    """Nobody wrote since: the operations apply as they are, without a merge."""
    operations = sync.request.operations
    step = apply_to_head(sync.head, operations)
    sync.check_claim(step.document_hash)
    return sync.take(step, operations, answer=[])


def _pull(access: ProjectAccess, request: SyncRequest) -> SyncOutcome:
    """What others did since the clone's base. Writes nothing and takes no lock."""
    head = queries.read_head(access)
    if head.document_hash is None:
        raise PlanAbsent
    base = request.base_revision
    known = queries.revision_hash(access, base) if 1 <= base <= head.revision else None
    if known is None or not {request.base_hash, request.document_hash} <= {None, known}:
        raise BaseUnknown(
            f"revision {base} is not known here with that content; pull the whole plan",
            revision=head.revision,
            document_hash=head.document_hash,
        )
    return SyncOutcome(
        head.revision, head.document_hash, queries.missing_operations(access, base, head.revision)
    )

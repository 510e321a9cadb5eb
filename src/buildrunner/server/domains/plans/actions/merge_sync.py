"""A sync whose base is no longer the head: join what both sides did, or say what collides."""

from __future__ import annotations

from typing import Any

from buildrunner.server.domains.plans import queries
from buildrunner.server.domains.plans.actions.apply_to_head import (
    apply_operations,
    apply_to_head,
)
from buildrunner.server.domains.plans.actions.pending_sync import PendingSync
from buildrunner.server.domains.plans.errors import InvalidOperations, SyncConflict
from buildrunner.server.domains.plans.rules.authorship import Authorship
from buildrunner.server.domains.plans.rules.independence import independent, last_edits
from buildrunner.server.domains.plans.rules.parts import Document
from buildrunner.server.domains.plans.types import Operation, Plan, SyncOutcome
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.conflicts import EVERYTHING, Conflict, resolutions_from_json
from buildrunner.spec.document import document_hash
from buildrunner.spec.errors import SpecError
from buildrunner.spec.lineage import trace
from buildrunner.spec.merge import merge

Resolutions = dict[tuple[str, str], Any]


def merge_sync(sync: PendingSync) -> SyncOutcome:
    """Join the clone's operations with those of the revisions since its base."""
    request = sync.request
    steps = queries.steps_between(sync.access, request.base_revision, sync.head.revision)
    theirs = [operation for operations, _ in steps for operation in operations]
    # The clone's own document is not rebuilt here, so its hash could not be compared.
    proven = request.base_hash is not None or request.document_hash is None
    if proven and independent(request.operations, theirs):
        try:
            return _rebase(sync, theirs)
        except InvalidOperations:
            pass  # Theirs removed what ours edit, or ours never fitted: the merge tells which.
    base = queries.document_at(sync.access, request.base_revision)
    ours = apply_operations(base, request.operations)
    sync.check_claim(document_hash(ours))
    # Made from the base, the head shares with it what nobody touched, and the merge need not look.
    head = apply_operations(base, theirs)
    document = Document.unpack(sync.head.packed)
    lineage = trace(base, steps)
    resolutions = _resolutions(sync, base, ours, head, lineage)
    result = merge(base, ours, head, resolutions, lineage=lineage)
    if result.conflicts:
        raise _refusal(sync, result.conflicts, base)
    answer, operations = result.operations("ours"), result.operations("theirs")
    stands = (document, head)
    step = apply_to_head(sync.head, operations, stands)
    return sync.take(step, operations, answer=answer, renames=list(result.renames), stands=stands)


def _rebase(sync: PendingSync, theirs: list[Operation]) -> SyncOutcome:
    """The two sides cannot meet: ours on top of theirs is the merge."""
    operations = sync.request.operations
    step = apply_to_head(sync.head, operations)
    return sync.take(step, operations, answer=last_edits(theirs))


def _resolutions(
    sync: PendingSync, base: Plan, ours: Plan, head: Plan, lineage: dict[str, str]
) -> Resolutions:
    """The client's answers to conflicts, without those to a question that has changed since.

    A client that saw the conflicts of revision N must not overwrite what was written to the same
    fields after N: it has not seen that.
    """
    try:
        given: Resolutions = resolutions_from_json(sync.request.resolutions)
    except SpecError as error:
        raise Invalid(f"{error.message}; {error.hint}", code=error.code) from None
    seen = sync.request.resolves_revision
    if not given or seen is None or seen >= sync.head.revision:
        return given
    later = queries.authorship_since(sync.access, seen)
    everything = given.pop(EVERYTHING, None)
    if everything is not None:
        for conflict in merge(base, ours, head, given, lineage=lineage).conflicts:
            given[conflict.id, conflict.field] = everything
    return {
        (identifier, field): value
        for (identifier, field), value in given.items()
        if later.of(identifier, field) is None
    }


def _refusal(sync: PendingSync, conflicts: list[Conflict], base: Plan) -> SyncConflict:
    since = sync.request.base_revision
    authorship = queries.authorship_since(sync.access, since)
    return SyncConflict(
        [_told(conflict, authorship, base) for conflict in conflicts],
        revision=sync.head.revision,
        document_hash=sync.head.document_hash,
        operations_since_base=queries.missing_operations(sync.access, since, sync.head.revision),
    )


def _told(conflict: Conflict, authorship: Authorship, base: Plan) -> dict[str, Any]:
    """A conflict with who wrote "theirs", and when."""
    touch = authorship.of(conflict.id, conflict.field) or authorship.around(base, conflict.id)
    return {
        **conflict.as_dict(),
        "author": touch.author if touch else None,
        "time": touch.time.isoformat() if touch else None,
        "revision": touch.revision if touch else None,
    }

"""Checkpoints, and proofs against them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from buildrunner.ledger import merkle
from buildrunner.server.domains.audit.models import Checkpoint
from buildrunner.server.domains.audit.queries import tree
from buildrunner.server.domains.audit.types import CheckpointView, Consistency, Inclusion
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Conflict, Invalid, NotFound

READ: Final = "audit.read"


def checkpoints(
    actor: Actor, org_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[CheckpointView]:
    """The checkpoints of an organization, newest first. Needs `audit.read`."""
    with organization_scope(actor, org_id, READ):
        rows = Checkpoint.objects.order_by("-id")
        if before:
            rows = rows.filter(id__lt=before)
        return [checkpoint_view(row) for row in rows[:limit]]


def consistency(
    actor: Actor, org_id: UUID, *, from_size: int | None = None, size: int | None = None
) -> Consistency:
    """That the ledger of `size` records (all, unless told) begins with that of `from_size` (the
    newest checkpoint's). Needs `audit.read`."""
    with organization_scope(actor, org_id, READ):
        most = tree.size_of(org_id)
        size = most if size is None else size
        if from_size is None:
            noted = Checkpoint.objects.filter(org_id=org_id, size__lte=size).order_by("-size")
            from_size = noted.values_list("size", flat=True).first() or 0
        if not 0 <= from_size <= size <= most:
            raise Invalid(
                f"Ask for 0 ≤ from ≤ to ≤ {most}, which is how many records there are.",
                code="range",
                field="to",
            )
        node = tree.node_of(org_id)
        try:
            path = merkle.consistency_proof(node, from_size, size)
            roots = tree.root_at(node, from_size), tree.root_at(node, size)
        except LookupError as gone:
            raise Conflict(
                f"Records that the proof needs were removed by retention: {gone}.",
                code="records_removed",
            ) from None
        return Consistency(
            from_size, roots[0].hex(), size, roots[1].hex(), [part.hex() for part in path]
        )


def inclusion(org_id: UUID, seq: int, *, size: int | None = None) -> Inclusion | None:
    """A record's proof against the checkpoint of `size` records, or against the newest that covers
    it; `None` where no checkpoint does yet. The scope is set."""
    rows = Checkpoint.objects.filter(org_id=org_id, size__gte=seq).order_by("-id")
    row = rows.filter(size=size).first() if size else rows.first()
    if row is None:
        if size:
            raise NotFound(
                f"No checkpoint of {size} records covers record {seq}.",
                code="checkpoint_not_found",
            )
        return None
    path = merkle.inclusion_proof(tree.node_of(org_id), seq - 1, row.size)
    return Inclusion(checkpoint_view(row), seq - 1, [part.hex() for part in path])


def checkpoint_view(row: Checkpoint) -> CheckpointView:
    """A row."""
    return CheckpointView(
        id=row.id,
        org_id=row.org_id,
        size=row.size,
        root=bytes(row.root).hex(),
        last_hash=bytes(row.last_hash).hex(),
        key_id=row.key_id,
        note=row.note,
        created_at=row.created_at,
        requested_by=row.requested_by,
    )

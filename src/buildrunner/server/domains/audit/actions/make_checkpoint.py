"""A signed statement of how far a ledger has come."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from buildrunner.ledger import checkpoint as notes
from buildrunner.server.domains.audit import events
from buildrunner.server.domains.audit.actions.append import lock
from buildrunner.server.domains.audit.actions.seal_events import seal_committed
from buildrunner.server.domains.audit.actions.signing_keys import PERMISSION, ledger_key
from buildrunner.server.domains.audit.models import Checkpoint
from buildrunner.server.domains.audit.queries import tree
from buildrunner.server.domains.audit.queries.checkpoints import checkpoint_view
from buildrunner.server.domains.audit.types import CheckpointView
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit


def make_checkpoint(actor: Actor, org_id: UUID) -> CheckpointView:
    """Seal what is committed, then sign how far the ledger has come. Needs `audit.manage`.

    Where nothing was sealed since the last checkpoint, that one is the answer.
    """
    with organization_scope(actor, org_id, PERMISSION):
        row, made = _checkpoint(org_id, actor)
        if made:
            emit(
                events.CHECKPOINTED,
                actor=actor,
                org_id=org_id,
                subject=str(row.id),
                data={"size": row.size, "root": bytes(row.root).hex(), "key_id": row.key_id},
            )
        return checkpoint_view(row)


def checkpoint_grown() -> int:
    """Every hour: a checkpoint for each ledger that has grown since its last; how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_grown()")
        grown = [row[0] for row in cursor.fetchall()]
    for org_id in grown:
        with tenant_scope(org_id):
            _checkpoint(org_id, None)
    return len(grown)


def _checkpoint(org_id: UUID, actor: Actor | None) -> tuple[Checkpoint, bool]:
    """The checkpoint, and whether it is new."""
    with connection.cursor() as cursor:
        lock(org_id, cursor)
    seal_committed(org_id)
    last = tree.head(org_id)
    secret, public = ledger_key(org_id)
    told = notes.Checkpoint(
        org=str(org_id),
        size=last.seq,
        root=tree.root_at(tree.node_of(org_id), last.seq),
        last_hash=last.hash,
        at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        public_key=public,
    )
    found = Checkpoint.objects.filter(org_id=org_id, size=told.size, key_id=told.key_id).first()
    if found:
        return found, False
    row = Checkpoint.objects.create(
        org_id=org_id,
        size=told.size,
        root=told.root,
        last_hash=told.last_hash,
        key_id=told.key_id,
        note=notes.sign(told, secret),
        requested_by=_nameless(actor) if actor else None,
    )
    return row, True


def _nameless(actor: Actor) -> dict[str, object]:
    """The actor without a name: this row can never be changed."""
    told = actor.record()
    return {name: told[name] for name in ("kind", "id", "key") if name in told}

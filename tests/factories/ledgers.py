"""Events of a tenant, sealed without a worker, and a row in each table of the room."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from buildrunner.ledger import merkle
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.models import Checkpoint, Destination, Erasure, LedgerRecord
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.events.models import Event
from buildrunner.server.platform.events.stream import Record
from factories.reviews import make_review
from factories.tenants import Tenant
from factories.webhooks import record_of


def events_of(org_id: UUID) -> list[Record]:
    """Every event of an organization in the order of the stream, as a subscriber is given them."""
    with tenant_scope(org_id):
        rows = Event.objects.filter(org_id=org_id, epoch__gte=0)
        return [record_of(row) for row in rows.order_by("epoch", "transaction", "id")]


def emit_many(
    org_id: UUID, count: int, *, actor: Actor = SYSTEM, kind: str = "plan.revised", **data: Any
) -> None:
    """So many events in one transaction."""
    with tenant_scope(org_id):
        for number in range(count):
            emit(kind, actor=actor, org_id=org_id, subject=f"m1.s{number}", data=data)


def seal(tenant: Tenant) -> int:
    """The sealer's turn for one organization; how many records its ledger has."""
    audit.seal_events(events_of(tenant.org_id))
    with tenant_scope(tenant.org_id):
        return audit.size_of(tenant.org_id)


def make_ledger(tenant: Tenant) -> None:
    """A row in each of the room's tables that actions write."""
    seal(tenant)
    audit.make_checkpoint(tenant.actor, tenant.org_id)
    audit.change_settings(tenant.actor, tenant.org_id, redact=["name"])
    with tenant_scope(tenant.org_id):
        Erasure.objects.create(org_id=tenant.org_id, person_id=uuid4(), people=[], erased_by={})
        Destination.objects.create(
            org_id=tenant.org_id, kind="siem", name="SIEM", url="", secret=""
        )
    make_review(tenant)
    audit.schedule_access_reviews(tenant.actor, tenant.org_id, quarterly=True)


def make_first_checkpoint(tenant: Tenant) -> None:
    """A checkpoint of the ledger's first record, as if it had been asked for that early."""
    seal(tenant)
    with tenant_scope(tenant.org_id):
        first = LedgerRecord.objects.get(seq=1)
        Checkpoint.objects.create(
            org_id=tenant.org_id,
            size=1,
            root=merkle.leaf_hash(bytes(first.hash)),
            last_hash=first.hash,
            key_id="0" * 16,
            note="a note",
        )

"""The subscriber's handler, and sealing on demand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db.models import Q

from buildrunner.server.domains.audit.actions.append import append
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.models import Cursor, Event
from buildrunner.server.platform.events.stream import START, Position, Record

SUBSCRIBER: Final = "audit.seal"
_AT_ONCE: Final = 1_000


def seal_events(records: Sequence[Record]) -> None:
    """Seal a batch of events of any organizations, each organization's in one transaction.

    Records are in the order of the stream. A batch that comes again, whole or in part, is sealed
    once.
    """
    by_organization: dict[UUID, list[Record]] = defaultdict(list)
    for record in records:
        by_organization[record.org_id].append(record)
    for org_id, own in by_organization.items():
        with tenant_scope(org_id):
            append(org_id, own)


def seal_committed(org_id: UUID) -> int:
    """Seal what is committed of an organization and was not sealed yet; how many records.

    Runs in the organization's scope. Does not wait for older transactions, as the subscriber has
    to: what such a one commits later is sealed behind these.
    """
    behind = Cursor.objects.filter(subscriber=SUBSCRIBER).first()
    last = Position(behind.epoch, behind.transaction, behind.event_id) if behind else START
    sealed = 0
    while True:
        rows = Event.objects.filter(org_id=org_id).filter(_after(last))
        found = [_record(row) for row in rows.order_by("epoch", "transaction", "id")[:_AT_ONCE]]
        if not found:
            return sealed
        sealed += append(org_id, found)
        last = found[-1].position


def _after(place: Position) -> Q:
    epoch, transaction, id_ = place
    return (
        Q(epoch__gt=epoch)
        | Q(epoch=epoch, transaction__gt=transaction)
        | Q(epoch=epoch, transaction=transaction, id__gt=id_)
    )


def _record(row: Event) -> Record:
    return Record(
        Position(row.epoch, row.transaction, row.id), row.kind, row.org_id, row.project_id,
        row.subject, row.actor, row.data, row.created_at,
    )  # fmt: skip

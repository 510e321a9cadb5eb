"""Where a ledger is sent, and how far it has come there."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from buildrunner.server.domains.audit.models import Destination
from buildrunner.server.domains.audit.queries import tree
from buildrunner.server.domains.audit.types import DestinationView
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import NotFound

SEAL: Final = "audit.destination"


def destinations(actor: Actor, org_id: UUID) -> list[DestinationView]:
    """All of an organization, the oldest first. Needs `audit.manage`."""
    with organization_scope(actor, org_id, "audit.manage"):
        last = tree.head(org_id).seq
        return [view_of(row, last) for row in Destination.objects.order_by("id")]


def get_destination(actor: Actor, org_id: UUID, destination_id: UUID) -> DestinationView:
    """One; raises `NotFound`. Needs `audit.manage`."""
    with organization_scope(actor, org_id, "audit.manage"):
        return view_of(find_destination(destination_id), tree.head(org_id).seq)


def find_destination(destination_id: UUID, *, lock: bool = False) -> Destination:
    """A row of the organization in scope; raises `NotFound`."""
    rows = Destination.objects.select_for_update() if lock else Destination.objects.all()
    found = rows.filter(id=destination_id).first()
    if found is None:
        raise NotFound(f"No destination {destination_id} here.", code="destination_not_found")
    return found


def view_of(row: Destination, last: int) -> DestinationView:
    """Without the secret; `last` is the number of the ledger's last record."""
    return DestinationView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        url=row.url,
        settings=row.settings,
        redact=row.redact,
        enabled=row.enabled,
        next_seq=row.next_seq,
        waiting=max(last - row.next_seq + 1, 0),
        failures=row.failures,
        failing_since=row.failing_since,
        retry_at=row.retry_at,
        last_error=row.last_error,
        sent_at=row.sent_at,
        created_at=row.created_at,
    )

"""Retention: records that are too old give way to a signed segment, and the ledger still verifies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from buildrunner.ledger import merkle
from buildrunner.ledger import record as ledger
from buildrunner.ledger import segment as segments
from buildrunner.server.domains.audit import events
from buildrunner.server.domains.audit.actions.append import lock
from buildrunner.server.domains.audit.actions.signing_keys import ledger_key
from buildrunner.server.domains.audit.models import (
    Checkpoint,
    Destination,
    LedgerRecord,
    Segment,
)
from buildrunner.server.domains.audit.queries import tree
from buildrunner.server.domains.audit.queries.privacy import settings_of
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import emit


def retain_all() -> int:
    """Every night: each ledger lets go of what its organization does not keep; how many records."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_retention_due()")
        due = [row[0] for row in cursor.fetchall()]
    return sum(retain(org_id) for org_id in due)


def retain(org_id: UUID) -> int:
    """Remove the records from the beginning to the last checkpoint before which everything is too
    old and has arrived at every destination; how many."""
    with tenant_scope(org_id):
        with connection.cursor() as cursor:
            lock(org_id, cursor)
        days = settings_of(org_id).audit_retention_days
        limit = timezone.now() - timedelta(days=days)
        first, last = _span(org_id, limit)
        if last < first:
            return 0
        header = _segment(org_id, first, last)
        Segment.objects.create(
            org_id=org_id,
            first_seq=first,
            last_seq=last,
            header=segments.sign(header, ledger_key(org_id)[0]).decode(),
            events_before=_newest(org_id, last),
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_remove_segment(%s)", [first])
            gone: int = cursor.fetchone()[0]
        emit(
            events.RECORDS_REMOVED,
            actor=SYSTEM,
            org_id=org_id,
            subject=str(org_id),
            data={"first_seq": first, "last_seq": last, "days": days},
        )
        return gone


def _span(org_id: UUID, limit: datetime) -> tuple[int, int]:
    """The first and last record to remove; the last one before the first where there is none."""
    rows = LedgerRecord.objects.filter(org_id=org_id)
    gone = tree.removed(org_id)
    first = gone[-1].last_seq + 1 if gone else 1
    young = rows.filter(created_at__gte=limit).aggregate(seq=Min("seq"))["seq"]
    unsent = Destination.objects.filter(org_id=org_id, enabled=True).aggregate(seq=Min("next_seq"))
    ends = [seq - 1 for seq in (young, unsent["seq"]) if seq is not None]
    most = min([*ends, tree.head(org_id).seq])
    anchors = Checkpoint.objects.filter(org_id=org_id, size__gte=first, size__lte=most)
    last = anchors.order_by("-size").values_list("size", flat=True).first()
    return first, last or 0


def _newest(org_id: UUID, last: int) -> datetime | None:
    rows = LedgerRecord.objects.filter(org_id=org_id, seq__lte=last)
    newest: datetime | None = rows.aggregate(at=Max("created_at"))["at"]
    return newest


def _segment(org_id: UUID, first: int, last: int) -> segments.Segment:
    edges = dict(
        LedgerRecord.objects.filter(org_id=org_id, seq__in=(first, last)).values_list("seq", "hash")
    )
    gone = tree.removed(org_id)
    node = tree.node_of(org_id)
    return segments.Segment(
        org=str(org_id),
        first_seq=first,
        last_seq=last,
        prev=gone[-1].last_hash if gone else ledger.GENESIS,
        first_hash=bytes(edges[first]),
        last_hash=bytes(edges[last]),
        nodes=[node(*place) for place in merkle.ranges(first - 1, last)],
        root=tree.root_at(node, last),
        reason="retention",
        at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    )

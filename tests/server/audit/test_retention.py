"""Old records give way to signed segments; what stays verifies, against old checkpoints too."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import psycopg
import pytest
from django.db import ProgrammingError, connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildrunner.ledger import checkpoint, merkle
from buildrunner.ledger.verify import verify
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.actions import make_checkpoint as module
from buildrunner.server.domains.audit.models import Destination, LedgerRecord, Segment
from buildrunner.server.domains.audit.queries.records import piece_of
from buildrunner.server.domains.audit.rules import proofs
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import NotFound
from buildrunner.server.platform.events.stream import Position, Record
from factories import Tenant, make_tenant

NOW = datetime.now(UTC)


def seal_old(tenant: Tenant, count: int, days: int, start: int = 1) -> None:
    """So many events of so many days ago, sealed."""
    actor = {"kind": "person", "id": "p", "name": "Ada"}
    records = [
        Record(
            Position(0, 1, start + number), "plan.revised", tenant.org_id, None, "m1", actor,
            {"note": "x"}, NOW - timedelta(days=days),
        )
        for number in range(count)
    ]  # fmt: skip
    audit.seal_events(records)


def note(tenant: Tenant) -> checkpoint.Checkpoint:
    """A checkpoint of what is sealed now; events that are not are left alone."""
    with patch.object(module, "seal_committed"), tenant_scope(tenant.org_id):
        row, _ = module._checkpoint(tenant.org_id, None)
    return checkpoint.read(row.note)


def lines_of(tenant: Tenant) -> list[bytes]:
    with tenant_scope(tenant.org_id):
        return piece_of(tenant.org_id).lines.splitlines(keepends=True)


def seqs(tenant: Tenant) -> list[int]:
    with tenant_scope(tenant.org_id):
        rows = LedgerRecord.objects.filter(org_id=tenant.org_id).order_by("seq")
        return list(rows.values_list("seq", flat=True))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=3), young=st.integers(0, 9))
def test_what_survives_verifies(db: None, sizes: list[int], young: int) -> None:
    tenant = make_tenant()
    notes, start = [], 1
    for age, size in zip((900, 700, 500), sizes, strict=False):
        seal_old(tenant, size, days=age, start=start)
        start += size
        notes.append(note(tenant))
        audit.retain(tenant.org_id)  # one segment behind the other
    seal_old(tenant, young, days=3, start=start)
    notes.append(note(tenant))
    total = sum(sizes)
    assert seqs(tenant) == list(range(total + 1, total + young + 1))
    lines = lines_of(tenant)
    report = verify(lines, checkpoints=notes)
    assert report.ok, report.finding
    assert {anchor.state for anchor in report.anchors} == {"holds"}
    assert report.last_seq == total + young
    for place in range(1, len(lines) - 1):
        changed = lines[place].replace(b"a", b"b", 1)
        assert not verify([*lines[:place], changed, *lines[place + 1 :]], checkpoints=notes).ok
        assert not verify([*lines[:place], *lines[place + 1 :]], checkpoints=notes).ok
    first, last = notes[0], notes[-1]
    found = audit.consistency(tenant.actor, tenant.org_id, from_size=first.size, size=last.size)
    path = [bytes.fromhex(part) for part in found.path]
    assert merkle.verify_consistency(first.size, last.size, path, first.root, last.root)
    for seq in range(total + 1, total + young + 1):
        entry, proof = audit.get_record(tenant.actor, tenant.org_id, seq)
        assert proof
        assert proofs.inclusion_holds(entry, proof)


def test_only_what_is_old_and_behind_a_checkpoint_goes(tenant: Tenant) -> None:
    seal_old(tenant, 5, days=400)
    assert audit.retain(tenant.org_id) == 0, "no checkpoint yet"
    note(tenant)
    seal_old(tenant, 3, days=390, start=6)
    seal_old(tenant, 2, days=300, start=9)
    note(tenant)
    assert audit.retain(tenant.org_id) == 5
    assert seqs(tenant) == [6, 7, 8, 9, 10]
    with pytest.raises(NotFound, match="removed by retention"):
        audit.get_record(tenant.actor, tenant.org_id, 2)
    audit.change_settings(tenant.actor, tenant.org_id, audit_retention_days=200)
    assert audit.retain(tenant.org_id) == 5
    assert audit.retain(tenant.org_id) == 0
    seal_old(tenant, 10, days=400)
    assert seqs(tenant) == [], "what was removed comes back with no batch"
    seal_old(tenant, 1, days=0, start=50)
    assert seqs(tenant) == [11]


def test_a_destination_that_lacks_records_holds_them(tenant: Tenant) -> None:
    seal_old(tenant, 4, days=400)
    note(tenant)
    with tenant_scope(tenant.org_id):
        row = Destination.objects.create(
            org_id=tenant.org_id, kind="siem", name="SIEM", url="https://x", secret="", next_seq=3
        )
    assert audit.retain(tenant.org_id) == 0
    with tenant_scope(tenant.org_id):
        row.next_seq = 5
        row.save()
    assert audit.retain(tenant.org_id) == 4


def test_every_night_for_every_ledger(tenant: Tenant) -> None:
    seal_old(tenant, 4, days=400)
    note(tenant)
    assert audit.retain_all() == 4
    assert audit.retain_all() == 0


def test_a_segment_that_lies_takes_nothing(tenant: Tenant) -> None:
    seal_old(tenant, 4, days=400)
    note(tenant)
    header = json.dumps({"org": str(tenant.org_id), "first_seq": 1, "last_seq": 4})

    def lie() -> None:
        with tenant_scope(tenant.org_id), connection.cursor() as cursor:
            Segment.objects.create(org_id=tenant.org_id, first_seq=1, last_seq=4, header=header)
            cursor.execute("SELECT audit_remove_segment(1)")

    with pytest.raises(ProgrammingError, match="may not be removed"):
        lie()
    assert seqs(tenant) == [1, 2, 3, 4]


def test_the_web_role_still_cannot_delete(tenant: Tenant, web_sql: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        web_sql.execute("DELETE FROM audit_ledger")


def test_beside_the_sealer(commits: None) -> None:
    tenant = make_tenant()
    seal_old(tenant, 60, days=400)
    note(tenant)

    def sealing(number: int) -> None:
        try:
            seal_old(tenant, 10, days=1, start=100 + 10 * number)
        finally:
            connections.close_all()

    def retaining(_: int) -> int:
        try:
            return audit.retain(tenant.org_id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(sealing, number) for number in range(4)]
        gone = sum(pool.map(retaining, range(2)))
        for one in writing:
            one.result()
    assert gone == 60
    assert seqs(tenant) == list(range(61, 101))
    report = verify(lines_of(tenant), checkpoints=[note(tenant)])
    assert report.ok, report.finding

"""Events become records: once, in order, and the database agrees with the library on each."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import psycopg
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildrunner.ledger import merkle, record
from buildrunner.server.domains.audit import facade as audit
from buildrunner.server.domains.audit.models import LedgerNode, LedgerRecord
from buildrunner.server.domains.audit.models.ledger import compute_audit_hash
from buildrunner.server.domains.audit.queries import tree
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.events.emit import PLATFORM
from buildrunner.server.platform.events.stream import Position, Record
from factories import Tenant, make_person, make_tenant
from factories.ledgers import emit_many, events_of, seal

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def rows_of(tenant: Tenant) -> list[LedgerRecord]:
    rows = LedgerRecord.objects.filter(org_id=tenant.org_id).order_by("seq")
    return list(rows.annotate(told=compute_audit_hash()))


def sealed_bytes(row: LedgerRecord) -> bytes:
    return record.assemble(
        row.id, row.actor.encode(), row.action, row.payload.encode(), bytes(row.prev_hash),
        row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    )  # fmt: skip


def check(tenant: Tenant) -> list[LedgerRecord]:
    """The chain holds, and SQL, the columns and the library agree."""
    prev = record.GENESIS
    with tenant_scope(tenant.org_id):
        rows = rows_of(tenant)
    for seq, row in enumerate(rows, 1):
        assert (row.seq, bytes(row.prev_hash)) == (seq, prev)
        data = sealed_bytes(row)
        found = record.read(data)
        assert found["payload"]["seq"] == seq
        assert found["payload"]["org"] == str(tenant.org_id)
        assert record.sealable(found) == data, "not RFC 8785"
        prev = bytes(row.hash)
        assert prev == bytes(row.told) == sha256(data).digest()
    return rows


def test_every_event_is_sealed_in_order(tenant: Tenant) -> None:
    emit_many(tenant.org_id, 5, actor=tenant.actor, revision=3)
    events = events_of(tenant.org_id)
    assert seal(tenant) == len(events)
    rows = check(tenant)
    assert [row.id for row in rows] == [event.position.token() for event in events]
    assert [row.action for row in rows] == [event.kind for event in events]
    assert [row.created_at for row in rows] == [event.time for event in events]
    assert {row.actor_id for row in rows} >= {str(tenant.person.id)}


def test_sealed_twice_is_sealed_once(tenant: Tenant) -> None:
    emit_many(tenant.org_id, 3)
    count = seal(tenant)
    assert seal(tenant) == count
    audit.seal_events(events_of(tenant.org_id)[1:3])
    emit_many(tenant.org_id, 2)
    assert seal(tenant) == count + 2
    check(tenant)


def test_names_stand_in_no_sealed_byte(db: None) -> None:
    tenant = make_tenant(name="Grace Hopper")
    emit_many(
        tenant.org_id, 1, actor=tenant.actor, kind="member.invited",
        email="ada@example.test", role="member", note="ask Ada", more=[{"name": "Ada"}],
    )  # fmt: skip
    seal(tenant)
    rows = check(tenant)
    stored = json.dumps([[row.actor, row.payload, row.disclosures, row.entity] for row in rows])
    for name in ("Grace", "ada@", "Ada"):
        assert name not in stored
    assert '"role":"member"' in rows[-1].payload
    assert len(record.read(sealed_bytes(rows[-1]))["payload"]["sd"]) == 4


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=5), values, max_size=4), st.text(max_size=20), values)
def test_sql_and_python_agree_on_everything(
    owner_sql: psycopg.Connection, data: dict[str, Any], entity: str, odd: Any
) -> None:
    draft = record.Draft(
        "id", "2026-03-01T09:00:00.000123Z", "a.b", {"id": "x", "odd": odd}, entity, None, data
    )
    sealed = record.seal(draft, org="o", seq=7, prev=bytes(range(32)))
    row = owner_sql.execute(
        "SELECT compute_audit_hash(%s, %s::json, %s, %s::json, %b, %s::timestamptz)",
        [draft.id, sealed.actor.decode(), draft.action, sealed.payload.decode(), sealed.prev,
         draft.at],
    ).fetchone()  # fmt: skip
    assert row == (sealed.hash,)


def test_any_tampering_with_a_row_shows(owner_sql: psycopg.Connection, commits: None) -> None:
    """Whoever can switch triggers off still cannot fit the hash to the row."""
    tenant = make_tenant()
    seal(tenant)
    owner_sql.execute("ALTER TABLE audit_ledger DISABLE TRIGGER USER")
    try:
        owner_sql.execute(
            "UPDATE audit_ledger SET action = 'plan.deleted' WHERE org_id = %s AND seq = 2",
            [tenant.org_id],
        )
    finally:
        owner_sql.execute("ALTER TABLE audit_ledger ENABLE TRIGGER USER")
    found = owner_sql.execute(
        "SELECT seq, hash = compute_audit_hash(id, actor, action, payload, prev_hash, created_at)"
        " FROM audit_ledger WHERE org_id = %s ORDER BY seq",
        [tenant.org_id],
    ).fetchall()
    assert [seq for seq, valid in found if not valid] == [2]


def test_many_sealers_seal_once(commits: None) -> None:
    tenant = make_tenant()
    emit_many(tenant.org_id, 400)
    events = events_of(tenant.org_id)

    def work(start: int) -> None:
        for at in range(start, len(events), 37):
            audit.seal_events(events[at : at + 60])
        connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, (0, 0, 11, 20)))
    assert seal(tenant) == len(events)
    rows = check(tenant)
    assert {row.id for row in rows} == {event.position.token() for event in events}


def test_kept_nodes_are_those_of_the_tree(tenant: Tenant) -> None:
    for count in (100, 150, 5, 1, 300, 220):
        emit_many(tenant.org_id, count)
        seal(tenant)
    with tenant_scope(tenant.org_id):
        leaves = [merkle.leaf_hash(bytes(row.hash)) for row in rows_of(tenant)]
        nodes = {(one.level, one.index): bytes(one.hash) for one in LedgerNode.objects.all()}
        whole = merkle.kept(leaves)
        assert nodes == {(8, at): whole(8, at) for at in range(len(leaves) >> 8)}
        node = tree.node_of(tenant.org_id)
        size = len(leaves)
        assert tree.root_at(node, size) == merkle.root_of(leaves)
        for index in (0, 255, 256, 511, 700, size - 1):
            proof = merkle.inclusion_proof(node, index, size)
            assert proof == merkle.inclusion_proof(whole, index, size)
        for old in (1, 255, 256, 300, 512, size):
            assert merkle.consistency_proof(node, old, size) == merkle.consistency_proof(
                whole, old, size
            )


def test_what_concerns_accounts_is_sealed_for_the_platform(db: None) -> None:
    person = make_person(name="Nobody Else")
    audit.seal_events(events_of(PLATFORM))
    with tenant_scope(PLATFORM):
        found = LedgerRecord.objects.filter(entity=str(person.id)).get()
        assert found.action == "account.created"


def test_a_restore_is_on_the_record(tenant: Tenant) -> None:
    """Positions behind a restore have a later epoch; the chain goes on, and says so."""
    count = seal(tenant)
    last = events_of(tenant.org_id)[-1]
    for number in (1, 2):
        audit.seal_events(
            [last._replace(position=Position(900, number, 10**9 + number), kind="plan.revised")]
        )
    rows = check(tenant)[count:]
    assert [row.action for row in rows] == ["ledger.epoch_begun", "plan.revised", "plan.revised"]
    assert json.loads(rows[0].payload)["data"] == {"before": last.position.epoch, "epoch": 900}


def test_an_organization_that_is_gone_is_not_sealed(db: None) -> None:
    org_id = uuid4()
    place, at = Position(1, 1, 10**12), datetime.now(UTC)
    gone = Record(place, "plan.revised", org_id, None, "", SYSTEM.record(), {}, at)
    audit.seal_events([gone])
    with tenant_scope(org_id):
        assert audit.size_of(org_id) == 0

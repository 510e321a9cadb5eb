"""The tables refuse what a ledger must refuse, whoever asks."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest

from buildrunner.server.platform.db.scope import SETTING

ROW: LiteralString = (
    "INSERT INTO audit_ledger (org_id, seq, id, created_at, actor, action, payload, prev_hash, hash)"
    " VALUES (%s, %s, %s, now(), '{}', 'a.b', '{}', '', '')"
)
SEGMENT: LiteralString = (
    "INSERT INTO audit_segment (id, org_id, created_at, first_seq, last_seq, header)"
    " VALUES (gen_random_uuid(), %s, now(), 1, 1, '')"
)


@pytest.fixture
def row(owner_sql: psycopg.Connection) -> UUID:
    """An organization with two rows in its ledger."""
    org_id = uuid4()
    for seq in (1, 2):
        owner_sql.execute(ROW, [org_id, seq, uuid4().hex])
    return org_id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_ledger SET action = 'x.y' WHERE org_id = %s",
        "DELETE FROM audit_ledger WHERE org_id = %s",
        "TRUNCATE audit_ledger",
        "TRUNCATE audit_node, audit_checkpoint, audit_segment",
    ],
)
def test_not_even_the_owner_changes_it(
    owner_sql: psycopg.Connection, row: UUID, statement: LiteralString
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        owner_sql.execute(statement, [row] if "%s" in statement else [])


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
@pytest.mark.parametrize(
    "table", ["audit_ledger", "audit_node", "audit_checkpoint", "audit_segment"]
)
def test_the_web_role_lacks_the_right(web_sql: psycopg.Connection, table: str, verb: str) -> None:
    held = web_sql.execute(
        "SELECT has_table_privilege(current_user, %s, %s)", [table, verb]
    ).fetchone()
    assert held == (False,)


def test_the_web_role_cannot_talk_its_way_in(web_sql: psycopg.Connection, row: UUID) -> None:
    web_sql.execute("SELECT set_config(%s, %s, false)", [SETTING, str(row)])
    web_sql.execute("SET buildrunner.ledger_removal = 'organization'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        web_sql.execute("DELETE FROM audit_ledger")


def test_retention_takes_only_what_a_segment_covers(
    owner_sql: psycopg.Connection, row: UUID
) -> None:
    owner_sql.execute(SEGMENT, [row])
    with owner_sql.transaction():
        owner_sql.execute("SET LOCAL buildrunner.ledger_removal = 'segment'")
        gone = owner_sql.execute("DELETE FROM audit_ledger WHERE org_id = %s AND seq = 1", [row])
        assert gone.rowcount == 1
    owner_sql.execute("SET buildrunner.ledger_removal = 'segment'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner_sql.execute("DELETE FROM audit_ledger WHERE org_id = %s", [row])

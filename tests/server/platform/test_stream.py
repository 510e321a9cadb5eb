"""The order of the event stream: complete behind every position, whoever commits when."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.events import stream
from buildrunner.server.platform.events.stream import Batch, Position

pytestmark = pytest.mark.usefixtures("commits")


def insert(connection: psycopg.Connection, org_id: UUID, subject: str) -> None:
    connection.execute("SELECT set_config('buildrunner.org_id', %s, true)", [str(org_id)])
    connection.execute(
        "INSERT INTO events_event (org_id, kind, subject, actor, data, created_at)"
        " VALUES (%s, 'plan.revised', %s, '{}', '{}', now())",
        [org_id, subject],
    )


def read(databases: Databases, after: Position, org_id: UUID, **more: object) -> Batch:
    async def ask() -> Batch:
        connection = await psycopg.AsyncConnection.connect(databases.reader, autocommit=True)
        async with connection:
            return await stream.read(connection, after, org_ids=[org_id], **more)  # type: ignore[arg-type]

    return asyncio.run(ask())


def subjects(batch: Batch) -> list[str]:
    return [record.subject for record in batch.records]


def test_a_transaction_that_commits_late_is_not_passed_over(databases: Databases) -> None:
    org_id = uuid4()
    with psycopg.connect(databases.web) as early, psycopg.connect(databases.web) as late:
        insert(early, org_id, "began first")
        insert(late, org_id, "committed first")
        late.commit()
        waiting = read(databases, stream.START, org_id)
        assert subjects(waiting) == []
        assert waiting.held_back
        early.commit()
    both = read(databases, stream.START, org_id)
    assert subjects(both) == ["began first", "committed first"]
    assert not both.held_back


def test_a_rollback_sets_the_others_free(databases: Databases) -> None:
    org_id = uuid4()
    with psycopg.connect(databases.web) as early, psycopg.connect(databases.web) as late:
        insert(early, org_id, "never")
        insert(late, org_id, "kept")
        late.commit()
        assert read(databases, stream.START, org_id).held_back
        early.rollback()
    assert subjects(read(databases, stream.START, org_id)) == ["kept"]


def test_reading_goes_on_after_a_position_and_stops_at_another(databases: Databases) -> None:
    org_id = uuid4()
    with psycopg.connect(databases.web) as connection:
        for number in range(5):
            insert(connection, org_id, str(number))
            connection.commit()
    first = read(databases, stream.START, org_id, limit=2)
    assert first.more
    rest = read(databases, first.records[-1].position, org_id)
    assert subjects(first) + subjects(rest) == ["0", "1", "2", "3", "4"]
    until = read(databases, stream.START, org_id, until=rest.records[0].position)
    assert subjects(until) == ["0", "1", "2"]


def test_a_restore_begins_a_new_epoch_that_comes_after(
    databases: Databases, owner_sql: psycopg.Connection
) -> None:
    """After a restore transaction ids start again; the epoch keeps the order."""
    org_id = uuid4()
    with psycopg.connect(databases.web) as connection:
        insert(connection, org_id, "before")
        connection.commit()
        (before,) = read(databases, stream.START, org_id).records
        # The restored row carries an id that the new cluster has not reached yet.
        owner_sql.execute(
            "UPDATE events_event SET transaction = transaction + 1000000 WHERE org_id = %s",
            [org_id],
        )
        assert read(databases, stream.START, org_id).held_back
        owner_sql.execute(
            "CREATE OR REPLACE FUNCTION events_epoch() RETURNS integer LANGUAGE sql STABLE"
            " AS 'SELECT 2'"
        )
        try:
            insert(connection, org_id, "after")
            connection.commit()
            found = read(databases, stream.START, org_id)
            assert subjects(found) == ["before", "after"]
            assert found.records[1].position > before.position
        finally:
            owner_sql.execute("DELETE FROM events_event WHERE org_id = %s", [org_id])
            owner_sql.execute(
                "CREATE OR REPLACE FUNCTION events_epoch() RETURNS integer LANGUAGE sql STABLE"
                " AS 'SELECT 1'"
            )


def test_the_reader_may_read_and_nothing_else(databases: Databases) -> None:
    with psycopg.connect(databases.reader, autocommit=True) as connection:
        connection.execute("SELECT count(*) FROM events_event")
        for statement in (
            "DELETE FROM events_event",
            "UPDATE events_event SET kind = 'x'",
            "SELECT * FROM identity_person",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


numbers = st.integers(0, 2**63 - 1)


@given(st.tuples(numbers, numbers, numbers))
def test_a_token_names_its_position(place: tuple[int, int, int]) -> None:
    position = Position(*place)
    token = position.token()
    assert Position.from_token(token) == position
    assert token.isascii()
    assert not set(token) & set("=\n\r ,")


@given(st.text(max_size=40))
def test_anything_else_is_refused(text: str) -> None:
    try:
        position = Position.from_token(text)
    except ValueError:
        return
    assert Position.from_token(position.token()) == position

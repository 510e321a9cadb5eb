"""The event table as a stream: an order in which nothing that commits late is passed over.

Rows are ordered by `(epoch, transaction, id)`. A transaction that began earlier may commit later,
so a reader stops at the first row whose transaction is not older than every one still running
(`txid_snapshot_xmin`): what lies before it is complete. The connection belongs to the reader role.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

Connection = psycopg.AsyncConnection[TupleRow]


class Position(NamedTuple):
    """A place in the stream; positions compare in stream order."""

    epoch: int
    transaction: int
    id: int

    def token(self) -> str:
        """The opaque event id that clients send back as `Last-Event-ID`."""
        plain = b"%d.%d.%d" % self
        return base64.urlsafe_b64encode(plain).decode().rstrip("=")

    @classmethod
    def from_token(cls, token: str) -> Position:
        """The place a token names. Raises `ValueError` for anything that is not our token."""
        try:
            plain = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4)).decode()
            numbers = [int(part) for part in plain.split(".")]
        except (binascii.Error, UnicodeError, ValueError):
            numbers = []
        if len(numbers) != 3 or not all(0 <= number < 2**63 for number in numbers):
            raise ValueError("not an event id of this server")
        return cls(*numbers)


START = Position(0, 0, 0)


class Record(NamedTuple):
    """One event as readers see it."""

    position: Position
    kind: str
    org_id: UUID
    project_id: UUID | None
    subject: str
    actor: dict[str, Any]
    data: dict[str, Any]
    time: datetime


class Batch(NamedTuple):
    """Events in order. `more`: the limit was reached. `held_back`: committed events exist that
    have to wait for an older transaction to end; nobody notifies when it does, so ask again soon.
    """

    records: list[Record]
    more: bool
    held_back: bool


_COLUMNS = "epoch, transaction, id, kind, org_id, project_id, subject, actor, data, created_at"
_READ = f"""
    SELECT {_COLUMNS},
           epoch = events_epoch() AND transaction >= txid_snapshot_xmin(txid_current_snapshot())
    FROM events_event
    WHERE (epoch, transaction, id) > (%(epoch)s, %(transaction)s, %(id)s) {{filters}}
    ORDER BY epoch, transaction, id
    LIMIT %(limit)s
"""  # noqa: S608 (constants)
_UNTIL = "AND (epoch, transaction, id) <= (%(u_epoch)s, %(u_transaction)s, %(u_id)s)"
_OF_ORGANIZATIONS = "AND org_id = ANY(%(org_ids)s)"
_OF_PROJECT = "AND project_id = %(project_id)s"


async def read(
    connection: Connection,
    after: Position,
    *,
    until: Position | None = None,
    org_ids: Sequence[UUID] | None = None,
    project_id: UUID | None = None,
    limit: int = 500,
) -> Batch:
    """The events after one position, up to `until` (included) where given, at most `limit`.

    `org_ids` and `project_id` narrow the rows; without them every tenant's are read.
    """
    filters = []
    values: dict[str, Any] = {**after._asdict(), "limit": limit}
    if until is not None:
        filters.append(_UNTIL)
        values.update({f"u_{name}": value for name, value in until._asdict().items()})
    if org_ids is not None:
        filters.append(_OF_ORGANIZATIONS)
        values["org_ids"] = list(org_ids)
    if project_id is not None:
        filters.append(_OF_PROJECT)
        values["project_id"] = project_id
    cursor = await connection.execute(_READ.format(filters=" ".join(filters)).encode(), values)
    rows = await cursor.fetchall()
    ready = [row for row in rows if not row[-1]]
    return Batch(
        [_record(row) for row in ready],
        more=len(ready) == limit,
        held_back=len(ready) < len(rows),
    )


def _record(row: TupleRow) -> Record:
    return Record(Position(*row[:3]), *row[3:-1])


async def head(connection: Connection) -> Position:
    """The position behind which everything is complete: where a reader of new events begins."""
    cursor = await connection.execute(
        """
        SELECT epoch, transaction, id FROM events_event
        WHERE epoch < events_epoch()
           OR transaction < txid_snapshot_xmin(txid_current_snapshot())
        ORDER BY epoch DESC, transaction DESC, id DESC LIMIT 1
        """
    )
    row = await cursor.fetchone()
    return Position(*row) if row else START

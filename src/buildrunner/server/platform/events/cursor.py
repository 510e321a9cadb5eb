"""Subscribers that read the event table at their own pace and remember where they are.

At least once, in order: a handler that fails is tried again with the same event until it succeeds,
and the subscriber waits there; the others go on. Handlers are idempotent for that reason. Work that
is slow or may fail for long belongs into a job that the handler defers. That a subscriber fails, and
since when, stands with its cursor: `lag.cursor_lag`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
from django.db import DatabaseError, InterfaceError
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from buildrunner.server.platform.events.emit import CHANNEL
from buildrunner.server.platform.events.models import Cursor
from buildrunner.server.platform.events.stream import START, Connection, Position, Record, read
from buildrunner.server.platform.observe import traces

logger = logging.getLogger("buildrunner.events")

Handler = Callable[[Record], None]
BatchHandler = Callable[[Sequence[Record]], None]
# Runs a synchronous function in a thread that may use Django's connection.
InThread = Callable[..., Awaitable[Position]]

_SILENCE = 20.0  # seconds without news after which the connection is tried
_OTHERS_TURN = 5.0  # seconds until a subscriber that another process runs is asked for again
_LONGEST_PAUSE = 60.0  # seconds between two tries of a failing handler
_LONGEST_TROUBLE = 500
_BEGINNING = {"epoch": START.epoch, "transaction": START.transaction, "event_id": START.id}


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A name that never changes (its cursor's), and the handler of each event kind (`*`: all), or
    one `batch` handler, which is given many events at once and deals with all of them or none.
    """

    name: str
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    batch: BatchHandler | None = None

    def handler(self, kind: str) -> Handler | None:
        """What deals with this kind, if anything does."""
        return self.handlers.get(kind) or self.handlers.get("*")


@dataclass(slots=True)
class _Reading:
    """One subscriber of this process: its place, and when to try next after a failure."""

    subscriber: Subscriber
    position: Position | None = None
    failures: int = 0
    resume_at: float = field(default=0.0)


class Follower:
    """Runs subscribers on one connection of the reader role.

    Each subscriber runs in one process of all at a time: whoever holds its advisory lock.
    """

    def __init__(self, url: str, subscribers: Sequence[Subscriber], in_thread: InThread) -> None:
        self._url = url
        self._readings = [_Reading(subscriber) for subscriber in subscribers]
        self._in_thread = in_thread

    async def run(self) -> None:
        """Follow until cancelled; a lost connection is made again."""
        pause = 0.2
        while self._readings:
            for reading in self._readings:
                reading.position = None  # locks and places are the lost connection's
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=5, application_name="buildrunner"
                )
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    pause = 0.2
                    await self._follow(connection)
            except (psycopg.Error, DatabaseError, InterfaceError, OSError) as problem:
                logger.warning("subscribers lost their database, trying again: %s", problem)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _follow(self, connection: Connection) -> None:
        while True:
            patience = _SILENCE
            for reading in self._readings:
                patience = min(patience, await self._advance(connection, reading))
            if patience > 0:
                async for _ in connection.notifies(timeout=patience, stop_after=1):
                    pass

    async def _advance(self, connection: Connection, reading: _Reading) -> float:
        """Deal with one batch; the seconds after which there may be more to do."""
        wait = reading.resume_at - time.monotonic()
        if wait > 0:
            return wait
        if reading.position is None:
            if not await _lock(connection, reading.subscriber.name):
                reading.resume_at = time.monotonic() + _OTHERS_TURN
                return _OTHERS_TURN
            reading.position = await self._in_thread(_load, reading.subscriber.name)
        batch = await read(connection, reading.position, limit=200)
        if not batch.records:
            return 0.1 if batch.held_back else _SILENCE
        reached = await self._in_thread(
            _handle, reading.subscriber, reading.position, batch.records
        )
        reading.position = reached
        if reached < batch.records[-1].position:
            reading.failures += 1
            pause = min(2.0**reading.failures, _LONGEST_PAUSE)
            reading.resume_at = time.monotonic() + pause
            return pause
        reading.failures = 0
        return 0.0 if batch.more else (0.1 if batch.held_back else _SILENCE)


async def _lock(connection: Connection, name: str) -> bool:
    cursor = await connection.execute(
        "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"buildrunner subscriber {name}"]
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


def _load(name: str) -> Position:
    """A new subscriber begins with the first event."""
    cursor, _ = Cursor.objects.get_or_create(subscriber=name, defaults=_BEGINNING)
    return Position(cursor.epoch, cursor.transaction, cursor.event_id)


def _handle(subscriber: Subscriber, after: Position, records: Sequence[Record]) -> Position:
    """Run the handlers in order and save how far they came, or that and why one failed."""
    reached, trouble = after, ""
    try:
        if subscriber.batch is not None:
            with traces.subscriber(subscriber.name, "batch"):
                subscriber.batch(records)
            reached = records[-1].position
        else:
            for record in records:
                handler = subscriber.handler(record.kind)
                if handler is not None:
                    with traces.subscriber(subscriber.name, record.kind):
                        handler(record)
                reached = record.position
    except Exception as problem:
        trouble = f"{type(problem).__name__}: {problem}"[:_LONGEST_TROUBLE]
        logger.exception(
            "subscriber %s failed after event %s and will try again",
            subscriber.name,
            reached.token(),
        )
    _save(subscriber.name, reached, trouble)
    return reached


def _save(name: str, reached: Position, trouble: str) -> None:
    place = {"epoch": reached.epoch, "transaction": reached.transaction, "event_id": reached.id}
    cursors = Cursor.objects.filter(subscriber=name)
    now = timezone.now()
    if trouble:
        cursors.update(
            **place,
            updated_at=now,
            failures=F("failures") + 1,
            failing_since=Coalesce("failing_since", now),
            last_error=trouble,
        )
    else:
        cursors.update(**place, updated_at=now, failures=0, failing_since=None, last_error="")

"""One listening connection a process: committed events to everyone here who may see them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg

from buildrunner.server.platform.events.emit import CHANNEL as EVENTS
from buildrunner.server.platform.events.revocations import CHANNEL as REVOCATIONS
from buildrunner.server.platform.events.stream import Connection, Position, Record, head, read
from buildrunner.server.platform.realtime import frames
from buildrunner.server.platform.realtime.audience import Audience
from buildrunner.server.platform.realtime.murmur import Murmur
from buildrunner.server.platform.realtime.whispers import CHANNEL as WHISPERS
from buildrunner.server.platform.realtime.whispers import heard

logger = logging.getLogger("buildrunner.realtime")

# Changes after which what a reader may see is asked again at once, by the first part of the kind.
_CHANGES_RIGHTS = frozenset({"key", "member", "membership", "organization", "project", "session"})
# Of these, what leaves every right as it was: a crowd of readers need not be judged for a new name.
_KEEPS_RIGHTS = frozenset(
    f"{what}.{happened}"
    for what in ("organization", "project")
    for happened in ("renamed", "exported")
)
_SILENCE = 20.0  # seconds without news after which the connection is tried
_FAREWELL = 3.0  # seconds that the listening connection has to end
_REPLAYS = 4  # connections that catch up at the same time


class Ended(Exception):
    """The subscription is over; `grace` seconds later a reader stuck in sending is cut off."""

    grace = 1.0


class Slow(Ended):
    """The reader does not keep up; it reconnects and is served from the table."""

    grace = 30.0


class Closing(Ended):
    """The server stops."""


class Subscription:
    """The queue of one reader. `get` gives `(position, frame)` pairs in stream order.

    `whispers` are the kinds of passing news that the reader asked for.
    """

    def __init__(
        self,
        audience: Audience,
        since: Position,
        capacity: int,
        whispers: frozenset[str] = frozenset(),
    ) -> None:
        self.audience = audience
        self.since = since
        self.whispers = whispers
        self.recheck = asyncio.Event()
        self._queue: asyncio.Queue[tuple[Position | None, bytes]] = asyncio.Queue(capacity)
        self._end: Ended | None = None
        self._reader: asyncio.Task[object] | None = None
        self._has_news = False
        self._waiting: asyncio.Future[None] | None = None

    def offer(self, position: Position | None, frame: bytes) -> None:
        """Called by the hub, without a position for passing news; a full queue ends it all."""
        try:
            self._queue.put_nowait((position, frame))
        except asyncio.QueueFull:
            self.end(Slow())
        self._tell()

    def end(self, reason: Ended) -> None:
        """Let the reader stop after what it has been given."""
        self._end = self._end or reason
        self._tell()
        asyncio.get_running_loop().call_later(reason.grace, self._cut_off)

    def read_by_this_task(self) -> None:
        """Name the task to cut off when its client takes nothing any more."""
        self._reader = asyncio.current_task()

    def forget_reader(self) -> None:
        """The reader has gone by itself."""
        self._reader = None

    def _cut_off(self) -> None:
        if self._reader is not None:
            self._reader.cancel()

    def ask_again(self) -> None:
        """Make the reader's rights be resolved anew before it is given anything more."""
        self.recheck.set()
        self._tell()

    async def wait(self, timeout: float) -> None:
        """Until there is news of any kind, or `timeout` seconds.

        A future and a timer: `asyncio.wait_for` makes a task each time, which for hundreds of
        readers costs more than telling them.
        """
        if not self._has_news:
            loop = asyncio.get_running_loop()
            self._waiting = loop.create_future()
            timer = loop.call_later(max(0.0, timeout), self._wake)
            try:
                await self._waiting
            finally:
                timer.cancel()
                self._waiting = None
        self._has_news = False

    def _tell(self) -> None:
        self._has_news = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def take(self) -> list[tuple[Position | None, bytes]]:
        """What has come. Raises `Slow` or `Closing` once the subscription has ended."""
        if isinstance(self._end, Slow):
            raise self._end
        taken = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        if not taken and self._end is not None:
            raise self._end
        return taken


class Hub:
    """Follows the event table with the reader role and fans out."""

    def __init__(self, url: str, *, capacity: int = 256) -> None:
        self._url = url
        self._capacity = capacity
        self._by_organization: dict[UUID, set[Subscription]] = defaultdict(set)
        self._all: set[Subscription] = set()
        self._position: Position | None = None
        self._ready = asyncio.Event()
        self._deserted = asyncio.Event()
        self._replays = asyncio.Semaphore(_REPLAYS)
        self._task: asyncio.Task[None] | None = None
        self._murmur = Murmur(self._pass_on)
        self.connected = False

    @property
    def readers(self) -> int:
        """How many subscriptions there are."""
        return len(self._all)

    async def start(self) -> None:
        """Begin to listen. Returns at once; `connected` tells the state."""
        self._task = asyncio.create_task(self._run(), name="realtime")

    async def close(self) -> None:
        """End every subscription, let the readers say goodbye, and stop listening."""
        for subscription in list(self._all):
            subscription.end(Closing())
        if self._all:
            self._deserted.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._deserted.wait(), Closing.grace + 0.2)
        if self._task is not None:
            self._task.cancel()
            # Bounded: a database that says nothing holds up no stop.
            await asyncio.wait([self._task], timeout=_FAREWELL)

    async def subscribe(
        self,
        audience: Audience,
        *,
        whispers: frozenset[str] = frozenset(),
        patience: float = 10.0,
    ) -> Subscription:
        """A subscription to what comes after `since`. Raises `TimeoutError` without a database."""
        await asyncio.wait_for(self._ready.wait(), patience)
        assert self._position is not None  # noqa: S101
        subscription = Subscription(audience, self._position, self._capacity, whispers)
        self._all.add(subscription)
        self._enlist(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a reader that has gone."""
        subscription.forget_reader()
        self._delist(subscription)
        self._all.discard(subscription)
        if not self._all:
            self._deserted.set()

    async def replay(self, subscription: Subscription, after: Position) -> AsyncIterator[bytes]:
        """The frames between a position and the beginning of the subscription."""
        async with self._replays, await self._connect() as connection:
            while after < subscription.since:
                audience = subscription.audience
                batch = await read(
                    connection,
                    after,
                    until=subscription.since,
                    org_ids=list(audience.homes()),
                    project_id=audience.only,
                )
                for record in batch.records:
                    if audience.sees(record):
                        yield frames.event(record)
                if not batch.more:
                    return
                after = batch.records[-1].position

    def _enlist(self, subscription: Subscription) -> None:
        for org_id in subscription.audience.homes():
            self._by_organization[org_id].add(subscription)

    def _delist(self, subscription: Subscription) -> None:
        for org_id in subscription.audience.homes():
            readers = self._by_organization.get(org_id)
            if readers is not None:
                readers.discard(subscription)
                if not readers:
                    del self._by_organization[org_id]

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=5, application_name="buildrunner-realtime"
        )

    async def _run(self) -> None:
        pause = 0.2
        while True:
            try:
                async with await self._connect() as connection:
                    for channel in (EVENTS, REVOCATIONS, WHISPERS):
                        await connection.execute(f"LISTEN {channel}".encode())
                    if self._position is None:
                        self._position = await head(connection)
                    self.connected = True
                    self._ready.set()
                    pause = 0.2
                    # What was revoked while nobody listened is not told again.
                    for subscription in self._all:
                        subscription.ask_again()
                        for kind in subscription.whispers:
                            subscription.offer(None, frames.lost(kind))
                    await self._follow(connection)
            except (psycopg.Error, OSError) as problem:
                logger.warning("the event stream lost its database, trying again: %s", problem)
            finally:
                self.connected = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _follow(self, connection: Connection) -> None:
        patience = 0.02
        while True:
            assert self._position is not None  # noqa: S101
            # Less at a time than a queue takes, so that readers can keep up with a burst.
            batch = await read(connection, self._position, limit=max(1, self._capacity // 2))
            for record in batch.records:
                self._publish(record)
                self._position = record.position
            if batch.more:
                continue
            patience = min(patience * 2, 1.0) if batch.held_back else 0.02
            await self._listen(connection, patience if batch.held_back else _SILENCE)

    async def _listen(self, connection: Connection, timeout: float) -> None:
        """Until there may be events to read, or `timeout` seconds. Whispers are no reason."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        while (left := until - loop.time()) > 0:
            events = False
            async for note in connection.notifies(timeout=left, stop_after=1):
                if note.channel == WHISPERS:
                    said = heard(note.payload)
                    if said is not None and self._by_organization.get(said.org_id):
                        self._murmur.add(said)
                elif note.channel == REVOCATIONS:
                    self._revoke(note.payload)
                else:
                    events = True
            if events:
                return

    def _publish(self, record: Record) -> None:
        readers = self._by_organization.get(record.org_id)
        if not readers:
            return
        changes_rights = (
            record.kind.partition(".")[0] in _CHANGES_RIGHTS and record.kind not in _KEEPS_RIGHTS
        )
        frame = b""
        for subscription in list(readers):
            if changes_rights:
                subscription.ask_again()
            if subscription.audience.sees(record):
                frame = frame or frames.event(record)
                subscription.offer(record.position, frame)

    def _pass_on(self, kind: str, org_id: UUID, project_id: UUID, frame: bytes) -> None:
        """Passing news of a project to those who asked for it and may read there."""
        for subscription in list(self._by_organization.get(org_id, ())):
            if kind in subscription.whispers and subscription.audience.reads(org_id, project_id):
                subscription.offer(None, frame)

    def _revoke(self, payload: str) -> None:
        """Judge anew every reader whose rights rest on one of the named ids."""
        try:
            named = frozenset(map(str, json.loads(payload).values()))
        except (ValueError, AttributeError):
            logger.warning("a revocation could not be read: %.200s", payload)
            return
        for subscription in self._all:
            if named & subscription.audience.principals:
                subscription.ask_again()

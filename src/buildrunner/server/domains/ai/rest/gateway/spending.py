"""What calls may spend and what they used, without a commit for each of them.

A call holds the most it can cost against a lease of this process (`metering.LeaseBook`); leases are
taken from the budgets in the database. Usage is written in groups, by COPY, every `GATHER` seconds,
and a lease is settled in a transaction that holds all usage it paid for. A process that dies has
not settled its leases, and they count as spent: no cap is passed, and no call is free.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.db.outage import is_outage
from buildrunner.server.platform.db.pool import Pool
from buildrunner.server.platform.db.rows import uuid7
from buildrunner.server.platform.db.scope import SETTING
from buildrunner.server.platform.http.answers import Overloaded

logger = logging.getLogger("buildrunner.gateway")

GATHER: Final = 0.2
LOOK: Final = 1.0  # seconds between looks for leases that are due
LEASE_SECONDS: Final = 30.0
CALLS_A_LEASE: Final = 16
LEAST_LEASE: Final = Decimal("0.5")
MOST_WAITING: Final = 20_000
GROUP: Final = 2_000
HARD_SECONDS: Final = 5.0

Attribution = metering.Attribution


@dataclass(slots=True)
class Held:
    """What one call holds; nothing where nobody knows its price."""

    cause: Attribution
    hold: metering.LeaseHold | None = None


class Spending:
    """Of one process and event loop."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._book: metering.LeaseBook[Attribution] = metering.LeaseBook()
        self._homes: dict[UUID, UUID] = {}
        self._locks: dict[Attribution, asyncio.Lock] = {}
        self._waiting: list[metering.Usage] = []
        self._hard: dict[Attribution, tuple[float, bool]] = {}
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Write what waits and give back every lease."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        for _ in range(3):
            if await self.flush(everything=True):
                return
            await asyncio.sleep(0.2)

    async def is_capped(self, cause: Attribution) -> bool:
        """Whether a hard budget applies; what is new is known after `HARD_SECONDS`."""
        known = self._hard.get(cause)
        now = time.monotonic()
        if known is not None and known[0] > now:
            return known[1]
        name = uuid7()
        try:
            await metering.reserve_async(self._pool, cause, None, id=name)
        except metering.Unpriced:
            capped = True
        else:
            await metering.release_async(self._pool, cause.org_id, name)
            capped = False
        if len(self._hard) > MOST_WAITING:
            self._hard.clear()
        self._hard[cause] = (now + HARD_SECONDS, capped)
        return capped

    async def begin(self, cause: Attribution, most: Decimal | None) -> Held:
        """Hold the most a call can cost; None: nobody knows. Raises BudgetExceeded, Unpriced."""
        if len(self._waiting) >= MOST_WAITING:
            raise Overloaded("The database does not keep up with the usage.", retry_after=2)
        if most is None:
            if await self.is_capped(cause):
                # Once more, for the refusal that names the budget.
                await metering.reserve_async(self._pool, cause, None, id=uuid7())
            return Held(cause)
        hold = self._book.hold(cause, most, datetime.now(UTC))
        if hold is not None:
            return Held(cause, hold)
        lock = self._locks.setdefault(cause, asyncio.Lock())
        async with lock:
            hold = self._book.hold(cause, most, datetime.now(UTC))
            if hold is None:
                await self._lease(cause, most)
                hold = self._book.hold(cause, most, datetime.now(UTC))
        if hold is None:
            raise Overloaded("The budgets move too fast; try again.", retry_after=1)
        return Held(cause, hold)

    async def _lease(self, cause: Attribution, most: Decimal) -> None:
        wanted = max(most * CALLS_A_LEASE, LEAST_LEASE)
        try:
            lease = await self._take(cause, wanted, most)
        except metering.BudgetExceeded:
            # What lies idle in this process may be what is missing.
            if not await self.flush(everything=True):
                raise
            lease = await self._take(cause, wanted, most)
        self._homes[lease.id] = cause.org_id
        self._book.add(cause, lease)

    async def _take(self, cause: Attribution, wanted: Decimal, least: Decimal) -> metering.Lease:
        return await metering.take_lease_async(
            self._pool, cause, wanted, id=uuid7(), least=least, ttl=LEASE_SECONDS
        )

    def end(self, held: Held, usage: metering.Usage | None, cost: Decimal | None) -> None:
        """A call is over: `cost` is what it came to, None where nobody knows (then it counts as
        all that was held); without `usage` nothing was called."""
        if held.hold is not None:
            paid = held.hold.amount if cost is None else cost
            self._book.finish(held.hold, Decimal(0) if usage is None else paid)
        if usage is not None:
            self._waiting.append(usage)
            self._news.set()

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._news.wait()
            await asyncio.sleep(GATHER)
            self._news.clear()
            if not await self.flush():
                await asyncio.sleep(LOOK)
                self._news.set()

    async def flush(self, *, everything: bool = False) -> bool:
        """Write what waits and settle what is due; whether all of it could be."""
        async with self._writing:
            usages, self._waiting = self._waiting, []
            due = self._book.due(datetime.now(UTC), everything=everything)
            by_home: dict[UUID, list[metering.Usage]] = defaultdict(list)
            ended: dict[UUID, list[tuple[UUID, Decimal]]] = defaultdict(list)
            for usage in usages:
                by_home[usage.attribution.org_id].append(usage)
            for lease_id, spent in due.settle:
                ended[self._homes[lease_id]].append((lease_id, spent))
            whole = True
            for org_id in {*by_home, *ended}:
                whole &= await self._write(org_id, by_home[org_id], ended[org_id])
            for lease_id in due.renew:
                whole &= await self._renew(lease_id)
            if not len(self._book):
                self._locks = {cause: one for cause, one in self._locks.items() if one.locked()}
            return whole

    async def _write(
        self, org_id: UUID, usages: list[metering.Usage], ended: list[tuple[UUID, Decimal]]
    ) -> bool:
        done = 0
        try:
            while len(usages) - done > GROUP:
                part = usages[done : done + GROUP]
                await metering.record_usage_async(self._pool, None, org_id, part)
                done += GROUP
            async with self._pool.connection() as connected, connected.transaction():
                await connected.execute(b"SELECT set_config(%s, %s, true)", [SETTING, str(org_id)])
                outcomes = await metering.record_usage_on(connected, None, org_id, usages[done:])
                for lease_id, spent in ended:
                    with suppress(metering.HoldClosed, metering.HoldAbsent):
                        await metering.settle_on(connected, org_id, lease_id, spent)
        except Exception as problem:
            # Everything again later: what was written under its name counts once.
            self._waiting[:0] = usages[done:]
            if is_outage(problem):
                logger.warning("usage waits for the database: %s", type(problem).__name__)
            else:
                logger.exception("usage was not written")
            return False
        for lease_id, _ in ended:
            self._book.forget(lease_id)
            self._homes.pop(lease_id, None)
        for outcome in outcomes:
            if outcome.status == "rejected":
                logger.error("usage was refused: %s %s", outcome.code, outcome.detail)
        return True

    async def _renew(self, lease_id: UUID) -> bool:
        try:
            lease = await metering.renew_lease_async(
                self._pool, self._homes[lease_id], lease_id, ttl=LEASE_SECONDS
            )
        except metering.HoldClosed:
            self._book.close(lease_id)
        except Exception as problem:
            logger.warning("a lease was not renewed: %s", type(problem).__name__)
            return False
        else:
            self._book.renewed(lease)
        return True

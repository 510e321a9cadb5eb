"""Hold money against every budget that applies, and settle or release what is held.

One statement each, in a transaction of their own or in the one that is open; the `_async` twins
run on a psycopg connection. Whoever holds and records usage in one transaction settles last.
"""

from __future__ import annotations

import asyncio
from decimal import ROUND_UP, Decimal
from typing import Any
from uuid import UUID

import psycopg
from django.db import close_old_connections, connection
from psycopg.rows import TupleRow

from buildrunner.server.domains.metering.errors import HoldAbsent, HoldClosed
from buildrunner.server.domains.metering.queries.refusals import refusal_of
from buildrunner.server.domains.metering.rules import budgets as rules
from buildrunner.server.domains.metering.types.attribution import Attribution
from buildrunner.server.domains.metering.types.budgets import Lease, Reservation
from buildrunner.server.platform.db.pool import Pool
from buildrunner.server.platform.db.scope import SETTING, tenant_scope
from buildrunner.server.platform.errors import Invalid

TTL = 600.0  # seconds in which a call is over
LEASE_TTL = 60.0
LONGEST_TTL = 24 * 3600.0
Connection = psycopg.AsyncConnection[TupleRow]

RESERVE = "SELECT * FROM metering_reserve(%s, %s, %s, %s, %s, %s, %s, %s, NULL)"
SETTLE = "SELECT * FROM metering_settle(%s, %s, %s, %s)"
RENEW = """
UPDATE metering_hold SET expires_at = clock_timestamp() + make_interval(secs => %s)
 WHERE org_id = %s AND id = %s AND state = 'open' RETURNING amount, expires_at
"""


def reserve(
    cause: Attribution, amount: Decimal | None, *, id: UUID, ttl: float = TTL
) -> Reservation:
    """Hold the most that a call can cost (USD; None: nobody knows).

    `id` is new for each call; the same once more is the same reservation. After `ttl` seconds it
    counts as spent. Raises BudgetExceeded or Unpriced (402, naming the budget), Invalid.
    """
    values = _wanted(cause, amount, id=id, how="reservation", least=None, ttl=ttl)
    with tenant_scope(cause.org_id):
        row = _one(RESERVE, values)
    # The refusal is on the record by now, also where the caller's transaction is taken back.
    _refuse(cause, amount, row)
    return Reservation(id, cause.org_id, None if amount is None else row[1], row[2])


def settle(org_id: UUID, id: UUID, actual: Decimal | None) -> None:
    """A call cost so much, which is no more than was reserved unless a provider broke its word;
    None: nobody knows what it cost (only where no hard budget applied: it counts as nothing).

    The same once more changes nothing. A late one corrects what was counted when time was up.
    Raises HoldAbsent, HoldClosed (settled before with another amount), Invalid.
    """
    _end(org_id, id, _money(actual or Decimal(0)), "settled")


def release(org_id: UUID, id: UUID) -> None:
    """The call was not made. Raises as `settle` does."""
    _end(org_id, id, Decimal(0), "released")


def take_lease(
    cause: Attribution,
    amount: Decimal,
    *,
    id: UUID,
    least: Decimal = Decimal(0),
    ttl: float = LEASE_TTL,
) -> Lease:
    """An amount that this process may spend for one cause: `amount`, or less where a hard budget
    has little left (at most a quarter of that, but `least`). Raises as `reserve` does."""
    values = _wanted(cause, amount, id=id, how="lease", least=least, ttl=ttl)
    with tenant_scope(cause.org_id):
        row = _one(RESERVE, values)
    _refuse(cause, least, row)
    return Lease(id, cause.org_id, row[1], row[2])


def renew_lease(org_id: UUID, id: UUID, *, ttl: float = LEASE_TTL) -> Lease:
    """A lease lives on. Raises HoldClosed: its time was up before, and it counts as spent."""
    with tenant_scope(org_id), connection.cursor() as cursor:
        cursor.execute(RENEW, [_seconds(ttl), org_id, id])
        row = cursor.fetchone()
    return _renewed(org_id, id, row)


def settle_lease(org_id: UUID, id: UUID, spent: Decimal) -> None:
    """A process is done with a lease and spent so much of it. As `settle`."""
    settle(org_id, id, spent)


def expire_hold(org_id: UUID, id: UUID) -> bool:
    """Count what was held past its time as spent; whether it was."""
    with tenant_scope(org_id):
        before, _, actual = _one(SETTLE, [org_id, id, Decimal(0), "expired"])
        return before == "open" and actual is not None


async def reserve_async(
    pool: Pool, cause: Attribution, amount: Decimal | None, *, id: UUID, ttl: float = TTL
) -> Reservation:
    """`reserve` on a pool of the web role."""
    values = _wanted(cause, amount, id=id, how="reservation", least=None, ttl=ttl)
    row = await _one_async(pool, cause.org_id, RESERVE, values)
    await _refuse_async(cause, amount, row)
    return Reservation(id, cause.org_id, None if amount is None else row[1], row[2])


async def settle_async(pool: Pool, org_id: UUID, id: UUID, actual: Decimal | None) -> None:
    """`settle` on a pool of the web role."""
    paid = _money(actual or Decimal(0))
    row = await _one_async(pool, org_id, SETTLE, [org_id, id, paid, "settled"])
    _ended(id, row, paid, "settled")


async def settle_on(connected: Connection, org_id: UUID, id: UUID, actual: Decimal | None) -> None:
    """`settle` in a transaction that the caller has opened in the scope of the organization, after
    everything else that it does."""
    paid = _money(actual or Decimal(0))
    cursor = await connected.execute(SETTLE.encode(), [org_id, id, paid, "settled"])
    _ended(id, await cursor.fetchone() or (), paid, "settled")


async def release_async(pool: Pool, org_id: UUID, id: UUID) -> None:
    """`release` on a pool of the web role."""
    row = await _one_async(pool, org_id, SETTLE, [org_id, id, Decimal(0), "released"])
    _ended(id, row, Decimal(0), "released")


async def take_lease_async(
    pool: Pool,
    cause: Attribution,
    amount: Decimal,
    *,
    id: UUID,
    least: Decimal = Decimal(0),
    ttl: float = LEASE_TTL,
) -> Lease:
    """`take_lease` on a pool of the web role."""
    values = _wanted(cause, amount, id=id, how="lease", least=least, ttl=ttl)
    row = await _one_async(pool, cause.org_id, RESERVE, values)
    await _refuse_async(cause, least, row)
    return Lease(id, cause.org_id, row[1], row[2])


async def renew_lease_async(pool: Pool, org_id: UUID, id: UUID, *, ttl: float = LEASE_TTL) -> Lease:
    """`renew_lease` on a pool of the web role."""
    row = await _one_async(pool, org_id, RENEW, [_seconds(ttl), org_id, id])
    return _renewed(org_id, id, row)


def _wanted(
    cause: Attribution,
    amount: Decimal | None,
    *,
    id: UUID,
    how: str,
    least: Decimal | None,
    ttl: float,
) -> list[Any]:
    if amount is not None:
        amount = _money(amount)
    if least is not None:
        least = _money(least)
        if amount is not None and least > amount:
            raise Invalid("A lease cannot be smaller than what it must hold.", field="least")
    return [
        cause.org_id,
        id,
        how,
        cause.project_id,
        amount,
        least,
        rules.targets(cause),
        _seconds(ttl),
    ]


def _money(amount: Decimal) -> Decimal:
    """To 10 places, never less than what was meant: what is held is an upper bound."""
    if amount.is_finite() and 0 <= amount <= rules.MOST:
        return amount.quantize(rules.PLACES, rounding=ROUND_UP)
    raise Invalid(rules.amount_problem(amount), field="amount")


def _seconds(ttl: float) -> float:
    if not 0 < ttl <= LONGEST_TTL:
        raise Invalid("A reservation lives for up to a day.", field="ttl")
    return ttl


def _one(statement: str, values: list[Any]) -> TupleRow:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: TupleRow = cursor.fetchone() or ()
        return row


async def _one_async(pool: Pool, org_id: UUID, statement: str, values: list[Any]) -> TupleRow:
    async with pool.connection() as connected, connected.transaction():
        await connected.execute(b"SELECT set_config(%s, %s, true)", [SETTING, str(org_id)])
        cursor = await connected.execute(statement.encode(), values)
        return await cursor.fetchone() or ()


def _refuse(cause: Attribution, amount: Decimal | None, row: TupleRow) -> None:
    state, _, _, causes, budget_id, start = row
    if state in ("refused", "unpriced"):
        with tenant_scope(cause.org_id):
            raise refusal_of(budget_id, start, amount)
    _expect_open(cause, state, causes)


async def _refuse_async(cause: Attribution, amount: Decimal | None, row: TupleRow) -> None:
    if row[0] in ("refused", "unpriced"):
        await asyncio.to_thread(_in_thread, cause, amount, row)
    _expect_open(cause, row[0], row[3])


def _in_thread(cause: Attribution, amount: Decimal | None, row: TupleRow) -> None:
    close_old_connections()
    try:
        _refuse(cause, amount, row)
    finally:
        close_old_connections()


def _expect_open(cause: Attribution, state: str, causes: list[str] | None) -> None:
    if state != "open" or causes != rules.targets(cause):
        raise HoldClosed("This reservation was made before, and is closed or for something else.")


def _end(org_id: UUID, id: UUID, paid: Decimal, ending: str) -> None:
    with tenant_scope(org_id):
        row = _one(SETTLE, [org_id, id, paid, ending])
        _ended(id, row, paid, ending)


def _ended(id: UUID, row: TupleRow, paid: Decimal, ending: str) -> None:
    """`row` tells the state before."""
    state, _, actual = row
    if state == "absent":
        raise HoldAbsent(f"There is no reservation {id} here.")
    if state in ("settled", "released") and (state != ending or actual != paid):
        raise HoldClosed(f"Reservation {id} was {state} before, at {actual} USD.")


def _renewed(org_id: UUID, id: UUID, row: TupleRow | tuple[Any, ...] | None) -> Lease:
    if not row:
        raise HoldClosed(f"Lease {id} is over, and counts as spent until it is settled.")
    return Lease(id, org_id, row[0], row[1])

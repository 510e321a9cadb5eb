"""Take usage events: each counts once, is charged, summed and kept in one transaction.

The statements are written once, as a generator: Django's connection runs them for the rooms
(`record_usage`), psycopg's pool for the native routes (`record_usage_async`).
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.rows import TupleRow

from buildrunner.server.domains.metering.actions import budget_charges
from buildrunner.server.domains.metering.actions import usage_statements as statements
from buildrunner.server.domains.metering.rules import booking, own
from buildrunner.server.domains.metering.rules.booking import Booked
from buildrunner.server.domains.metering.types.prices import Price
from buildrunner.server.domains.metering.types.usage import Outcome, Usage
from buildrunner.server.platform.actor import SYSTEM, Actor
from buildrunner.server.platform.db.pool import Pool
from buildrunner.server.platform.db.scope import SETTING, tenant_scope


class Run(NamedTuple):
    """A statement; its rows are sent back."""

    text: str
    values: Any = None


class Attempt(NamedTuple):
    """A statement that may meet a name that is taken: then nothing has happened, and no rows are
    sent back."""

    text: str
    values: Any


class Last(NamedTuple):
    """The last statement. It locks what others wait for: whoever owns the transaction sends it
    together with its end, so that they wait for the database alone."""

    text: str
    values: Any


class Copy(NamedTuple):
    """Rows in PostgreSQL's text format."""

    text: str
    payload: list[bytes]


# So many names are nearly always new. Where they are not, it costs a line in PostgreSQL's log.
_MANY = 50

Step = Run | Attempt | Copy | Last
Steps = Generator[Step, list[TupleRow], list[Outcome]]


def record_usage(actor: Actor | None, org_id: UUID, usages: Sequence[Usage]) -> list[Outcome]:
    """Count events of one organization, in one transaction or in the one that is open.

    The caller has judged who may report. An event whose name is known counts as a duplicate if it
    says the same, and is rejected (`usage_conflict`) otherwise; outcomes come in the order of the
    events.
    """
    if not usages:
        return []
    with tenant_scope(org_id):
        raw: psycopg.Connection[TupleRow] = connection.connection
        steps = _steps(actor, org_id, usages, datetime.now(UTC))
        with raw.cursor() as cursor:
            answer: list[TupleRow] | None = None
            while True:
                step = _go_on(steps, answer)
                if isinstance(step, list):
                    return step
                answer = []
                if isinstance(step, Copy):
                    with cursor.copy(step.text.encode()) as copy:
                        for part in step.payload:
                            copy.write(part)
                elif isinstance(step, Attempt):
                    with suppress(psycopg.errors.UniqueViolation), raw.transaction():
                        answer = cursor.execute(step.text.encode(), step.values).fetchall()
                else:
                    cursor.execute(step.text.encode(), step.values)
                    answer = cursor.fetchall() if cursor.description else []


async def record_usage_async(
    pool: Pool,
    actor: Actor | None,
    org_id: UUID,
    usages: Sequence[Usage],
    *,
    wrong: Sequence[Outcome | None] = (),
    beside: Executor | None = None,
) -> list[Outcome]:
    """The same on a pool of the web role; what is returned is durable.

    `wrong` says of each usage why it must not be counted (None: it may); its receipt is kept.
    `beside` takes the work between the statements off the loop: it pays for large batches.
    """
    if not usages:
        return []
    async with pool.connection() as connected:
        steps = _steps(actor, org_id, usages, datetime.now(UTC), wrong)
        outcomes = await _run(connected, org_id, steps, beside=beside, commits=True)
        await connected.commit()
        return outcomes


async def record_usage_on(
    connected: psycopg.AsyncConnection[TupleRow],
    actor: Actor | None,
    org_id: UUID,
    usages: Sequence[Usage],
    *,
    wrong: Sequence[Outcome | None] = (),
    beside: Executor | None = None,
) -> list[Outcome]:
    """The same in a transaction that the caller has opened and commits; sets its scope."""
    if not usages:
        return []
    steps = _steps(actor, org_id, usages, datetime.now(UTC), wrong)
    return await _run(connected, org_id, steps, beside=beside, commits=False)


async def _run(
    connected: psycopg.AsyncConnection[TupleRow],
    org_id: UUID,
    steps: Steps,
    *,
    beside: Executor | None,
    commits: bool,
) -> list[Outcome]:
    """`commits`: the transaction is begun here and, if nothing goes wrong, ended here."""
    async with connected.cursor() as cursor:
        scope = f"SET LOCAL {SETTING} = '{org_id}'"
        await cursor.execute((f"BEGIN; {scope}" if commits else scope).encode())
        answer: list[TupleRow] | None = None
        while True:
            go_on = functools.partial(_go_on, steps, answer)
            loop = asyncio.get_running_loop()
            step = await loop.run_in_executor(beside, go_on) if beside else go_on()
            answer = []
            if isinstance(step, list):
                return step
            if isinstance(step, Copy):
                async with cursor.copy(step.text.encode()) as copy:
                    for part in step.payload:
                        await copy.write(part)
            elif isinstance(step, Attempt):
                with suppress(psycopg.errors.UniqueViolation):
                    async with connected.transaction():
                        await cursor.execute(step.text.encode(), step.values)
                        answer = await cursor.fetchall()
            elif isinstance(step, Last) and commits:
                async with connected.pipeline():
                    await cursor.execute(step.text.encode(), step.values)
                    await connected.commit()
            else:
                await cursor.execute(step.text.encode(), step.values)
                answer = await cursor.fetchall() if cursor.description else []


def _go_on(steps: Steps, answer: list[TupleRow] | None) -> Step | list[Outcome]:
    """The next statement, or the outcomes after the last."""
    try:
        return next(steps) if answer is None else steps.send(answer)
    except StopIteration as end:
        outcomes: list[Outcome] = end.value
        return outcomes


def _steps(
    actor: Actor | None,
    org_id: UUID,
    usages: Sequence[Usage],
    now: datetime,
    wrong: Sequence[Outcome | None] = (),
) -> Steps:
    outcomes: list[Outcome | None] = list(wrong) or [None] * len(usages)
    months = booking.months_of([now, *(usage.time or now for usage in usages)])
    ((own_rows, closed, budgeted, places, _),) = yield Run(
        statements.OPENING, [org_id, org_id, org_id, months, org_id, months]
    )
    entries = [_entry(row) for row in json.loads(own_rows)] if own_rows else []
    booked = _book(usages, outcomes, entries, frozenset(closed or ()), now)
    fresh, charged = yield from _name(org_id, booked, outcomes)
    if fresh:
        yield from _write(actor, org_id, fresh, charged, json.loads(places))
    lost = [
        (usage, outcome)
        for usage, outcome in zip(usages, outcomes, strict=True)
        if outcome is not None and outcome.status != "accepted"
    ]
    if lost:
        yield Run(statements.RECEIPTS, statements.receipts(org_id, lost, now))
    if budgeted and fresh:
        yield Run(budget_charges.CHARGE, budget_charges.charges(org_id, fresh))
    if fresh:
        hours = booking.sums(fresh)
        yield Last(statements.SUMS, statements.sums(org_id, hours, booking.by_day(hours)))
    return [outcome for outcome in outcomes if outcome is not None]


def _book(
    usages: Sequence[Usage],
    outcomes: list[Outcome | None],
    entries: Sequence[own.Entry],
    shut: frozenset[date],
    now: datetime,
) -> dict[tuple[str, str], tuple[int, Booked]]:
    """What can be counted, by its name, and its place; `outcomes` has the others."""
    causes: dict[int, bytes] = {}
    prices: dict[tuple[Any, ...], Price | None] = {}
    found: dict[tuple[str, str], tuple[int, Booked]] = {}
    for place, usage in enumerate(usages):
        if outcomes[place] is not None:
            continue
        against = booking.refusal(usage, now)
        if against is not None:
            outcomes[place] = _rejected(usage, *against)
            continue
        # Each at a moment of its own, where the event names none: by its time it is found.
        time = occurred = usage.time or now + timedelta(microseconds=place)
        stamp = booking.stamp(time)
        price = None
        if usage.charged is None:
            # List prices change at full minutes only, those of an organization at any moment.
            sold = (usage.type, usage.provider, usage.model, stamp if entries else stamp[:16])
            if sold in prices:
                price = prices[sold]
            else:
                price = own.price(entries, usage.type, usage.provider, usage.model, occurred)
                prices[sold] = price
        cost = booking.cost_of(usage, price)
        if cost is not None and cost >= booking.MOST_COST:
            outcomes[place] = _rejected(usage, "quantity_invalid", "It would cost too much.")
            continue
        if shut and booking.month_of(occurred) in shut:
            time = now + timedelta(microseconds=place)
            stamp = booking.stamp(time)
        cause = causes.get(id(usage.attribution))
        if cause is None:
            cause = booking.cause_digest(usage.attribution)
            causes[id(usage.attribution)] = cause
        said = booking.digest(usage, cause)
        name = (usage.source, usage.id)
        if name not in found:
            found[name] = (place, Booked(usage, said, time, stamp, occurred, price, cost))
        elif found[name][1].digest == said:
            outcomes[place] = Outcome(usage.id, usage.source, "duplicate")
        else:
            outcomes[place] = _conflict(usage)
    return found


def _name(
    org_id: UUID,
    booked: dict[tuple[str, str], tuple[int, Booked]],
    outcomes: list[Outcome | None],
) -> Generator[Step, list[TupleRow], tuple[list[Booked], frozenset[str]]]:
    """Enter the names; what was there before is a duplicate or a conflict.

    What is new, and the versions of prices that nothing may have been charged by before.
    """
    if not booked:
        return [], frozenset()
    # In one order, whatever batch they come in: no two transactions wait for each other.
    rows = [booked[name][1] for name in sorted(booked)]
    values = statements.names(org_id, rows)
    versions = sorted({one.price.version for one in rows if one.price and one.cost is not None})
    known: dict[tuple[str, str], TupleRow] = {}
    entered: list[TupleRow] = []
    if len(rows) > _MANY:
        entered = yield Attempt(statements.ENTER_ALL, [*values, versions, org_id])
    if entered:
        ((versions,),) = entered
    else:
        new = set((yield Run(statements.ENTER_SOME, values)))
        others = [one.usage for one in rows if (one.usage.source, one.usage.id) not in new]
        if others:
            found = yield Run(
                statements.KNOWN,
                [[one.source for one in others], [one.id for one in others], org_id, org_id],
            )
            known = {(row[0], row[1]): row[2:] for row in found}
    fresh = []
    for name, (place, one) in booked.items():
        usage = one.usage
        earlier = known.get(name) if known else None
        if earlier is None:
            fresh.append(one)
            version = one.price.version if one.price and one.cost is not None else None
            outcomes[place] = Outcome(usage.id, usage.source, "accepted", one.cost, "USD", version)
        elif bytes(earlier[0]) == one.digest:
            outcomes[place] = Outcome(usage.id, usage.source, "duplicate", *earlier[1:])
        else:
            outcomes[place] = _conflict(usage)
    return fresh, frozenset(versions or ())


def _write(
    actor: Actor | None,
    org_id: UUID,
    fresh: list[Booked],
    charged: frozenset[str],
    places: dict[str, str],
) -> Steps:
    """Rows, the prices that were charged first, and what a later reader must be told."""
    months = booking.months_of(one.time for one in fresh)
    for month in months:
        part = fresh
        if len(months) > 1:
            part = [one for one in fresh if booking.month_of(one.time) == month]
        place = places[month.isoformat()]
        yield Copy(statements.copy_into(place), statements.lines(org_id, part))
    if charged:
        prices = {one.price.version: one.price for one in fresh if one.price}
        first = [price for version, price in prices.items() if version in charged]
        if first:
            yield Run(statements.VERSIONS, statements.versions(org_id, first))
    late = [one for one in fresh if one.time != one.occurred_at]
    if late:
        yield Run(statements.ADJUSTMENTS, statements.adjustments(org_id, late))
    unpriced = [one for one in fresh if one.unpriced]
    if unpriced:
        found = yield Run(statements.UNPRICED, statements.unpriced(org_id, unpriced))
        for row in found:
            yield Run(statements.ALERT, statements.alert(org_id, actor or SYSTEM, row, unpriced))
    return []


def _entry(row: dict[str, Any]) -> own.Entry:
    ended = row["withdrawn_at"]
    return own.Entry(
        id=UUID(row["id"]),
        type=row["type"],
        provider=row["provider"],
        model=row["model"],
        valid_from=datetime.fromisoformat(row["valid_from"]),
        withdrawn_at=datetime.fromisoformat(ended) if ended else None,
        kept=row["kept"],
    )


def _rejected(usage: Usage, code: str, detail: str) -> Outcome:
    return Outcome(usage.id, usage.source, "rejected", code=code, detail=detail)


def _conflict(usage: Usage) -> Outcome:
    return _rejected(
        usage,
        "usage_conflict",
        f"An event {usage.id!r} of {usage.source!r} was counted before, with another payload. "
        "Give what is new an id of its own.",
    )

"""Charge events anew, by the prices that hold for them now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.metering import events
from buildrunner.server.domains.metering.actions import usage_statements as statements
from buildrunner.server.domains.metering.actions.close_period import lock_period
from buildrunner.server.domains.metering.models import Adjustment, ClosedPeriod, UsageEvent
from buildrunner.server.domains.metering.queries.prices import entries_of
from buildrunner.server.domains.metering.rules import booking, own
from buildrunner.server.domains.metering.rules.booking import Dimensions, Sum
from buildrunner.server.domains.metering.types.attribution import Attribution
from buildrunner.server.domains.metering.types.costs import Repricing
from buildrunner.server.domains.metering.types.prices import Price
from buildrunner.server.domains.metering.types.usage import Tokens, Usage
from buildrunner.server.domains.tenancy.facade import organization_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit

SOURCE = "//buildrunner/repricing"
_CHUNK = 2000
_CHARGE = """
UPDATE metering_usage u SET cost = v.cost, price_version = v.version
  FROM unnest(%s::timestamptz[], %s::bigint[], %s::numeric[], %s::text[])
    AS v (time, id, cost, version)
 WHERE u.org_id = %s AND u.time = v.time AND u.id = v.id
"""


@dataclass(slots=True)
class _Tally:
    events: int = 0
    unpriced: int = 0
    before: Decimal = Decimal(0)
    after: Decimal = Decimal(0)
    # (row, its charge before, price, new charge) of what changes, by whether its month is open
    changes: list[tuple[UsageEvent, Decimal | None, Price, Decimal]] = field(default_factory=list)


def reprice(
    actor: Actor,
    org_id: UUID,
    *,
    since: datetime,
    until: datetime,
    model: str | None = None,
    apply: bool = False,
) -> Repricing:
    """Compare every charge of a time with what the prices that hold say now, and with `apply`
    write it. The same events and prices always give the same; a second run changes nothing.

    Charges of closed months stay: the difference is booked now, as an adjustment. A price that is
    no longer known takes no charge away. Needs `budget.manage`.
    """
    if not since < until:
        raise Invalid("`from` lies before `until`.", field="from")
    with organization_scope(actor, org_id) as access:
        access.require("budget.manage")
        lock_period(org_id, alone=True)
        tally = _compare(org_id, since, until, model)
        adjustments = 0
        if apply and tally.changes:
            adjustments = _apply(actor, org_id, tally)
        told = Repricing(
            events=tally.events,
            changed=len(tally.changes),
            before=tally.before,
            after=tally.after,
            unpriced=tally.unpriced,
            adjustments=adjustments,
            applied=apply,
        )
        if apply:
            emit(
                events.REPRICED,
                actor=actor,
                org_id=org_id,
                subject=model or "",
                data={
                    "from": since.isoformat(),
                    "until": until.isoformat(),
                    "model": model,
                    "events": told.events,
                    "changed": told.changed,
                    "difference": str(told.difference),
                },
            )
        return told


def _compare(org_id: UUID, since: datetime, until: datetime, model: str | None) -> _Tally:
    entries = entries_of(org_id)
    adjusted = _adjusted(org_id)
    tally = _Tally()
    for row in _rows(org_id, since, until, model):
        usage = usage_of(row)
        charged, version = adjusted.get((row.source, row.event_id), (row.cost, row.price_version))
        price = own.price(entries, usage.type, usage.provider, usage.model, row.occurred_at)
        cost = booking.cost_of(usage, price)
        tally.events += 1
        tally.before += charged or 0
        # A cost without a price is the provider's own: an invoice is not repriced.
        if price is None or cost is None or (charged is not None and version is None):
            tally.after += charged or 0
            tally.unpriced += charged is None and usage.type not in booking.UNSOLD
            continue
        tally.after += cost
        if cost != charged or price.version != version:
            tally.changes.append((row, charged, price, cost))
    return tally


def _rows(
    org_id: UUID, since: datetime, until: datetime, model: str | None
) -> Iterator[UsageEvent]:
    rows = UsageEvent.objects.filter(org_id=org_id, occurred_at__gte=since, occurred_at__lt=until)
    # Booked when it happened, or later: never before.
    rows = rows.filter(time__gte=since).exclude(source=SOURCE)
    if model:
        rows = rows.filter(model=model)
    return rows.order_by("time", "id").iterator(chunk_size=_CHUNK)


def _adjusted(org_id: UUID) -> dict[tuple[str, str], tuple[Decimal | None, str | None]]:
    """The charges that adjustments have left, by event."""
    rows = Adjustment.objects.filter(org_id=org_id, reason="repriced").order_by("id")
    kept = rows.values_list("source", "event_id", "cost_after", "version_after")
    return {(source, name): (cost, version) for source, name, cost, version in kept}


def _apply(actor: Actor, org_id: UUID, tally: _Tally) -> int:
    closed = set(ClosedPeriod.objects.filter(org_id=org_id).values_list("month", flat=True))
    prices = {price.version: price for _, _, price, _ in tally.changes}
    _run(statements.VERSIONS, statements.versions(org_id, prices.values()))
    here = [one for one in tally.changes if booking.month_of(one[0].time) not in closed]
    shut = [one for one in tally.changes if booking.month_of(one[0].time) in closed]
    hours: dict[tuple[datetime, Dimensions], Sum] = {}
    for start in range(0, len(here), _CHUNK):
        part = here[start : start + _CHUNK]
        _run(
            _CHARGE,
            [
                [row.time for row, *_ in part],
                [row.id for row, *_ in part],
                [cost for *_, cost in part],
                [price.version for _, _, price, _ in part],
                org_id,
            ],
        )
    for row, charged, _, cost in here:
        hour = row.time.replace(minute=0, second=0, microsecond=0)
        part_sum = hours.setdefault((hour, booking.dimensions(usage_of(row))), Sum())
        part_sum.cost = (part_sum.cost or Decimal(0)) + cost - (charged or 0)
        part_sum.unpriced -= charged is None and row.type not in booking.UNSOLD
    if hours:
        _run(statements.SUMS, statements.sums(org_id, hours, booking.by_day(hours)))
    for row, charged, price, cost in shut:
        _adjust(actor, org_id, row, charged, price, cost, booking.month_of(row.time))
    return len(shut)


def _adjust(
    actor: Actor,
    org_id: UUID,
    row: UsageEvent,
    charged: Decimal | None,
    price: Price,
    cost: Decimal,
    month: date,
) -> None:
    """Book the difference now, as a row without a quantity."""
    now = datetime.now(UTC)
    made = Adjustment.objects.create(
        org_id=org_id,
        project_id=row.project_id,
        month=month,
        reason="repriced",
        source=row.source,
        event_id=row.event_id,
        type=row.type,
        provider=row.provider,
        model=row.model,
        quantity=Decimal(0),
        cost_before=charged,
        cost_after=cost,
        version_before=row.price_version,
        version_after=price.version,
        booked_at=now,
    )
    difference = cost - (charged or 0)
    booked = UsageEvent.objects.create(
        **{name: getattr(row, name) for name in _COPIED},
        time=now,
        occurred_at=row.occurred_at,
        source=SOURCE,
        event_id=str(made.id),
        quantity=Decimal(0),
        cost=difference,
        price_version=price.version,
        data={"adjusts": row.event_id, "month": f"{month:%Y-%m}", "by": actor.name},
    )
    hour = now.replace(minute=0, second=0, microsecond=0)
    hours = {(hour, booking.dimensions(usage_of(booked))): Sum(events=1, cost=difference)}
    _run(statements.SUMS, statements.sums(org_id, hours, booking.by_day(hours)))


_COPIED = (
    *("org_id", "project_id", "team_id", "type", "unit", "provider", "model", "milestone", "step"),
    *("microstep", "pr", "run", "person_id", "key_id", "agent_id"),
)


def usage_of(row: UsageEvent) -> Usage:
    """A row as the event it was."""
    tokens = None
    if row.input is not None:
        tokens = Tokens(
            row.input,
            row.cache_read or 0,
            row.cache_write or 0,
            row.output or 0,
            row.reasoning or 0,
            batch=bool(row.batch),
        )
    causes: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            *("org_id", "team_id", "project_id", "milestone", "step", "microstep", "pr", "run"),
            *("agent_id", "person_id", "key_id"),
        )
    }
    return Usage(
        id=row.event_id,
        source=row.source,
        type=row.type,  # type: ignore[arg-type]  # judged when it was taken
        time=row.occurred_at,
        quantity=row.quantity,
        model=row.model,
        provider=row.provider,
        tokens=tokens,
        attribution=Attribution(**causes),
        data=row.data or {},
    )


def _run(text: str, values: Sequence[Any]) -> None:
    raw = connection.connection
    with raw.cursor() as cursor:
        cursor.execute(text.encode(), values)

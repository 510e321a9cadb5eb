"""Sums as they are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """What one group used of one unit.

    `cost` is None where the price of a part is not known; `known_cost` is what the rest costs and
    `unpriced_events` how many events that part has. Usage that nobody sells (API calls and storage
    of this server, unless the organization prices them) has no cost and is no such part.
    """

    group: str | None
    type: str
    unit: str
    quantity: Decimal
    cost: Decimal | None
    currency: str
    known_cost: Decimal | None
    unpriced_events: int
    events: int
    input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int


@dataclass(frozen=True, slots=True)
class EventView:
    """A usage event, whatever became of it.

    `status` is `aggregated` for what counts: it is in the sums from the moment it is accepted.
    """

    id: str
    source: str
    type: str
    status: str
    time: datetime
    occurred_at: datetime | None
    received_at: datetime
    project_id: UUID | None
    quantity: Decimal | None
    unit: str | None
    provider: str | None
    model: str | None
    tokens: dict[str, Any] | None
    cost: Decimal | None
    currency: str | None
    price_version: str | None
    attribution: dict[str, Any]
    data: dict[str, Any]
    code: str
    detail: str
    row: str  # for paging


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """What an organization used of one type in a month, against its limit.

    `overage` is what went beyond; where the organization lets it through it is `billed`, at
    `overage_price` USD a unit, and costs `overage_cost`. Both are None where it is refused.
    """

    type: str
    unit: str
    quantity: Decimal
    limit: int | None
    remaining: Decimal | None
    overage: Decimal
    billed: bool
    overage_price: Decimal | None
    overage_cost: Decimal | None
    percent: float | None
    cost: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class PeriodUsage:
    """A month of an organization. `closed` months change only by adjustments. `overage_cost` is
    what the organization owes beside its tier; `cost` is what models and providers cost it."""

    org_id: UUID
    tier: str
    month: date
    starts_at: datetime
    ends_at: datetime
    closed: bool
    lines: list[PeriodLine]
    cost: Decimal | None
    overage_cost: Decimal


@dataclass(frozen=True, slots=True)
class AdjustmentView:
    """A correction to a closed month."""

    id: UUID
    month: date
    reason: str
    project_id: UUID | None
    source: str
    event_id: str
    type: str
    provider: str | None
    model: str | None
    quantity: Decimal
    cost_before: Decimal | None
    cost_after: Decimal | None
    version_before: str | None
    version_after: str | None
    booked_at: datetime

"""What is used and what it costs. Amounts are decimal strings, `None` where a price is unknown."""

from __future__ import annotations

from typing import Any

import msgspec


class UsageOutcome(msgspec.Struct, frozen=True):
    """What became of one event: `accepted`, `duplicate` or `rejected`, then with a code."""

    id: str
    source: str
    status: str
    cost: str | None = None
    currency: str = "USD"
    price_version: str | None = None
    code: str = ""
    detail: str = ""
    http_status: int | None = None


class UsageBatch(msgspec.Struct, frozen=True):
    """A batch: how many of each, and every event in its order."""

    accepted: int
    duplicates: int
    rejected: int
    events: list[UsageOutcome]


class RecordedUsage(msgspec.Struct, frozen=True):
    """One number that was reported."""

    id: str
    source: str
    status: str
    org_id: str
    project_id: str
    event_type: str
    quantity: float
    unit: str
    model_name: str | None
    cost: str | None
    currency: str
    price_version: str | None


class UsageSum(msgspec.Struct, frozen=True):
    """What a group used of one type; `cost` is `None` where a part has no known price."""

    group: str | None
    quantity: float
    cost: str | None
    currency: str
    type: str
    unit: str
    events: int = 0
    known_cost: str | None = None
    unpriced_events: int = 0
    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0


class UsageEvent(msgspec.Struct, frozen=True):
    """An event and what became of it."""

    id: str
    source: str
    type: str
    status: str
    time: str
    received_at: str
    occurred_at: str | None = None
    project_id: str | None = None
    quantity: float | None = None
    unit: str | None = None
    provider: str | None = None
    model_name: str | None = None
    tokens: dict[str, Any] | None = None
    cost: str | None = None
    currency: str | None = None
    price_version: str | None = None
    attribution: dict[str, Any] = {}
    data: dict[str, Any] = {}
    code: str = ""
    detail: str = ""


class UsageLimit(msgspec.Struct, frozen=True):
    """One type in a month; without `limit` nothing limits it. `overage` is `billed` where the
    organization lets it through, at `overage_price` USD a unit."""

    type: str
    unit: str
    quantity: float
    limit: int | None
    remaining: float | None
    overage: float
    percent: float | None
    cost: str | None
    currency: str
    billed: bool = False
    overage_price: str | None = None
    overage_cost: str | None = None


class UsagePeriod(msgspec.Struct, frozen=True):
    """A month of an organization against its limits."""

    org_id: str
    plan: str
    month: str
    starts_at: str
    ends_at: str
    closed: bool
    cost: str | None
    usage: list[UsageLimit]
    overage_cost: str = "0.000000"


class UsageAdjustment(msgspec.Struct, frozen=True):
    """A correction to a closed month: `late` or `repriced`."""

    id: str
    month: str
    reason: str
    source: str
    event_id: str
    type: str
    quantity: float
    booked_at: str
    project_id: str | None = None
    provider: str | None = None
    model_name: str | None = None
    cost_before: str | None = None
    cost_after: str | None = None
    version_before: str | None = None
    version_after: str | None = None


class Price(msgspec.Struct, frozen=True):
    """An entry of an organization's own price list; `rates` are for a million tokens."""

    id: str
    version: str
    event_type: str
    provider: str
    model_name: str
    rates: dict[str, Any]
    per_request: str
    valid_from: str
    created_at: str
    batch_rates: dict[str, Any] | None = None
    per_unit: str | None = None
    currency: str = "USD"
    withdrawn_at: str | None = None
    note: str = ""
    actor: dict[str, Any] = {}


class PriceQuote(msgspec.Struct, frozen=True):
    """What a model's tokens cost now; `known` is false where nobody knows."""

    model_name: str
    provider: str | None
    known: bool
    version: str | None
    currency: str
    rates: dict[str, Any]
    batch_rates: dict[str, Any] | None = None
    per_request: str | None = None


class Repricing(msgspec.Struct, frozen=True):
    """What charging events anew comes to."""

    events: int
    changed: int
    before: str
    after: str
    difference: str
    unpriced: int
    adjustments: int
    applied: bool


class ReconciledModel(msgspec.Struct, frozen=True):
    """A model on an invoice against the meter; `difference` is invoiced − metered."""

    provider: str | None
    model_name: str
    invoiced: str | None
    metered: str | None
    difference: str | None
    percent: float | None
    invoiced_quantity: float | None
    metered_quantity: float | None
    events: int
    note: str


class Reconciliation(msgspec.Struct, frozen=True):
    """An invoice against the meter."""

    since: str
    until: str
    currency: str
    invoiced: str
    metered: str
    difference: str
    lines: list[ReconciledModel]

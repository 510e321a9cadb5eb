"""Budgets, quotas and savings; amounts are USD as text."""

from __future__ import annotations

from typing import Any

import msgspec


class Budget(msgspec.Struct, frozen=True):
    """A budget and its current period. `cap_usd` is the amount and what was approved beyond it;
    `reserved_usd` is held for calls that run; `used` is a part of 1."""

    id: str
    org_id: str
    project_id: str | None
    scope: str
    subject: str
    name: str
    period: str
    amount_usd: str
    monthly_usd: str | None
    hard_cap: bool
    alert_threshold: float
    locked: bool
    enabled: bool
    origin: str
    period_start: str
    period_end: str | None
    cap_usd: str
    spent_usd: str
    reserved_usd: str
    left_usd: str
    used: float
    created_at: str


class BudgetApproval(msgspec.Struct, frozen=True):
    """A recorded approval to spend beyond a budget in one period."""

    id: str
    budget_id: str
    period_start: str
    amount_usd: str
    reason: str
    actor: dict[str, Any]
    created_at: str


class Quota(msgspec.Struct, frozen=True):
    """A limit of the tier in this month; `limit` is `None` where there is none."""

    type: str
    unit: str
    limit: int | None
    used: float
    beyond: float
    overage: bool
    tier: str
    tier_with_more: str | None
    overage_price: str = "0.000000"
    overage_cost: str = "0.000000"


class Saving(msgspec.Struct, frozen=True):
    """A way to spend less; `query` finds the rows by `usage.events`."""

    kind: str
    title: str
    detail: str
    model: str
    events: int
    cost_usd: str
    saving_usd: str | None
    query: dict[str, str]

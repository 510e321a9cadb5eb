"""Budgets, what is held against them, and what a process may spend by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

Scope = Literal[
    "organization",
    "team",
    "project",
    "milestone",
    "step",
    "microstep",
    "pr",
    "run",
    "agent",
    "person",
    "key",
]
Period = Literal["month", "day", "total"]


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A budget and its current period (UTC); amounts are USD.

    `subject` is what `scope` is counted for: an id of the plan, a reference, or the id of a team,
    agent, person or key. `cap` is `amount` and what was approved beyond it for this period
    (`lifted`). `reserved` is held for calls that are not settled. `origin` is `policy` where the
    project's policy sets it.
    """

    id: UUID
    org_id: UUID
    project_id: UUID | None
    scope: Scope
    subject: str
    name: str
    period: Period
    amount: Decimal
    hard: bool
    alert_threshold: Decimal
    locked: bool
    enabled: bool
    origin: str
    created_at: datetime
    period_start: datetime
    period_end: datetime | None
    spent: Decimal
    reserved: Decimal
    lifted: Decimal

    @property
    def cap(self) -> Decimal:
        """What may be spent in this period."""
        return self.amount + self.lifted

    @property
    def left(self) -> Decimal:
        """What can still be reserved; below zero where more was spent than planned."""
        return self.cap - self.spent - self.reserved

    @property
    def used(self) -> Decimal:
        """The part that is spent, 1 being all of it; of nothing at all, 1 once anything is."""
        if self.cap > 0:
            return self.spent / self.cap
        return Decimal(1) if self.spent > 0 else Decimal(0)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is held against every budget that applies, until it is settled, released or its time
    is up (then it counts as spent). `amount` is USD; None where nobody knows the price."""

    id: UUID
    org_id: UUID
    amount: Decimal | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """An amount that one process may spend without asking for each call."""

    id: UUID
    org_id: UUID
    amount: Decimal
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LiftView:
    """A recorded approval to spend `amount` beyond a budget in one period."""

    id: UUID
    budget_id: UUID
    period_start: datetime
    amount: Decimal
    reason: str
    actor: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class QuotaView:
    """What the organization's tier includes in a month and what is used of it.

    `limit` None: not limited. `overage` says whether more is let through and billed at
    `overage_price` USD a unit; `beyond` is what was used past the limit. `tier_with_more` names the
    tier that has more, if any.
    """

    type: str
    unit: str
    limit: int | None
    used: Decimal
    overage: bool
    tier: str
    tier_with_more: str | None
    overage_price: Decimal

    @property
    def overage_cost(self) -> Decimal:
        """USD for what is beyond, so far; nothing where it is refused."""
        return self.beyond * self.overage_price if self.overage else Decimal(0)

    @property
    def beyond(self) -> Decimal:
        """Past the limit."""
        return Decimal(0) if self.limit is None else max(Decimal(0), self.used - self.limit)

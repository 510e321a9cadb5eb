"""Budgets and quotas as the API takes and answers them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.domains.metering.rest.schemas import Money, Quantity
from buildrunner.server.platform.http.bodies import Body

_ID = "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77"
_TIME = "2026-11-01T00:00:00Z"
Usd = Annotated[Decimal, Field(ge=0, le=10**9, max_digits=20, decimal_places=10)]
Part = Annotated[Decimal, Field(gt=0, le=1, max_digits=8, decimal_places=4)]
Subject = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]
ScopeName = Literal[
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


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class BudgetIn(Body):
    """A budget. `monthly_usd` is `amount_usd` with `period` month; without `scope` it is the
    project's, or with `org_id` alone the organization's."""

    project_id: UUID | None = None
    org_id: UUID | None = None
    scope: ScopeName | None = None
    subject: Subject = ""
    period: Literal["month", "day", "total"] = "month"
    monthly_usd: Usd | None = None
    amount_usd: Usd | None = None
    hard_cap: bool = False
    alert_threshold: Part = Decimal("0.8")
    name: Subject = ""
    locked: bool = False
    enabled: bool = True

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config,
        **_example(
            {
                "project_id": _ID,
                "monthly_usd": 1000.00,
                "hard_cap": True,
                "alert_threshold": 0.8,
            }
        ),
    )


class BudgetChangeIn(Body):
    """What changes; what is left out stays."""

    monthly_usd: Usd | None = None
    amount_usd: Usd | None = None
    hard_cap: bool | None = None
    alert_threshold: Part | None = None
    name: Subject | None = None
    locked: bool | None = None
    enabled: bool | None = None

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config, **_example({"monthly_usd": 1500})
    )


class BudgetOut(Schema):
    """A budget and its current period; amounts are USD. `cap_usd` is the amount and what was
    approved beyond it for this period."""

    id: UUID
    org_id: UUID
    project_id: UUID | None
    scope: str
    subject: str
    name: str
    period: str
    amount_usd: Money
    monthly_usd: Money | None
    hard_cap: bool
    alert_threshold: float
    locked: bool
    enabled: bool
    origin: str
    period_start: datetime
    period_end: datetime | None
    cap_usd: Money
    spent_usd: Money
    reserved_usd: Money
    left_usd: Money
    used: float
    created_at: datetime

    model_config: ClassVar[ConfigDict] = _example(
        {
            "id": _ID,
            "org_id": _ID,
            "project_id": _ID,
            "scope": "project",
            "subject": "",
            "name": "",
            "period": "month",
            "amount_usd": "1000.000000",
            "monthly_usd": "1000.000000",
            "hard_cap": True,
            "alert_threshold": 0.8,
            "locked": False,
            "enabled": True,
            "origin": "",
            "period_start": _TIME,
            "period_end": "2026-12-01T00:00:00Z",
            "cap_usd": "1000.000000",
            "spent_usd": "412.080000",
            "reserved_usd": "0.120000",
            "left_usd": "587.800000",
            "used": 0.4121,
            "created_at": _TIME,
        }
    )

    @classmethod
    def of(cls, view: metering.BudgetView) -> BudgetOut:
        """From the room's own type."""
        return cls(
            id=view.id,
            org_id=view.org_id,
            project_id=view.project_id,
            scope=view.scope,
            subject=view.subject,
            name=view.name,
            period=view.period,
            amount_usd=view.amount,
            monthly_usd=view.amount if view.period == "month" else None,
            hard_cap=view.hard,
            alert_threshold=float(view.alert_threshold),
            locked=view.locked,
            enabled=view.enabled,
            origin=view.origin,
            period_start=view.period_start,
            period_end=view.period_end,
            cap_usd=view.cap,
            spent_usd=view.spent,
            reserved_usd=view.reserved,
            left_usd=view.left,
            used=round(float(view.used), 4),
            created_at=view.created_at,
        )


class BudgetApprovalIn(Body):
    """More for the current period, and why."""

    amount_usd: Usd
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config, **_example({"amount_usd": 25, "reason": "Release week"})
    )


class BudgetApprovalOut(Schema):
    """A recorded approval to spend beyond a budget."""

    id: UUID
    budget_id: UUID
    period_start: datetime
    amount_usd: Money = Field(alias="amount")
    reason: str
    actor: dict[str, Any]
    created_at: datetime

    model_config: ClassVar[ConfigDict] = _example(
        {
            "id": _ID,
            "budget_id": _ID,
            "period_start": _TIME,
            "amount_usd": "25.000000",
            "reason": "Release week",
            "actor": {"kind": "person", "name": "Ada"},
            "created_at": _TIME,
        }
    )


class QuotaOut(Schema):
    """What the tier includes in a month; `limit` null: not limited. `beyond` is what was used past
    it: where `overage` is true an overage line, at `overage_price` USD a unit."""

    type: str
    unit: str
    limit: int | None
    used: Quantity
    beyond: Quantity
    overage: bool
    tier: str
    tier_with_more: str | None
    overage_price: Money
    overage_cost: Money

    model_config: ClassVar[ConfigDict] = _example(
        {
            "overage_price": "0.000005",
            "overage_cost": "0.000000",
            "type": "tokens",
            "unit": "tokens",
            "limit": 1000000,
            "used": 830112,
            "beyond": 0,
            "overage": False,
            "tier": "Pro",
            "tier_with_more": "Team",
        }
    )


class QuotaIn(Body):
    """Whether usage beyond the limit is let through, to be billed."""

    overage: bool

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config, **_example({"overage": True})
    )


class HintOut(Schema):
    """A way to spend less; `saving_usd` is for the last 30 days, `query` finds the rows by
    `GET /api/usage/events`."""

    kind: str
    title: str
    detail: str
    model: str
    events: int
    cost_usd: Money = Field(alias="cost")
    saving_usd: Money | None = Field(alias="saving")
    query: dict[str, str]

    model_config: ClassVar[ConfigDict] = _example(
        {
            "kind": "cache_prompts",
            "title": "Let gpt-4o read its prompts from the cache",
            "detail": "4 % of what is sent is cached.",
            "model": "gpt-4o",
            "events": 1204,
            "cost_usd": "14.400000",
            "saving_usd": "3.120000",
            "query": {"model_name": "gpt-4o"},
        }
    )

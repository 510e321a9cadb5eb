"""What the API takes and answers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, PlainSerializer, StringConstraints

from buildrunner.server.domains.metering import facade as metering
from buildrunner.server.platform.http.bodies import Body

_ID = "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77"
_ORG = "019aa0f2-1111-7d10-9a51-6f0c2b1e4d77"
_TIME = "2026-11-10T12:00:00Z"

Money = Annotated[Decimal, PlainSerializer(metering.money, return_type=str)]
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000)]
Short = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]
UsageTypeName = Literal["tokens", "api_calls", "storage", "compute", "integrations"]


def plain(value: Decimal) -> int | float:
    """A quantity as a number."""
    return int(value) if value == value.to_integral_value() else float(value)


Quantity = Annotated[Decimal, PlainSerializer(plain, return_type=float)]


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


# What an event tells beside its own members: texts, numbers, yes or no.
Told = (
    Annotated[str, StringConstraints(max_length=2000)]
    | bool
    | Annotated[int, Field(ge=-(2**53), le=2**53)]
    | Annotated[float, Field(ge=-1e15, le=1e15)]
    | None
)


class UsageIn(Body):
    """Usage of a project; the unit is that of its type. `data` is kept as it is, and may name
    `run`, `pr`, `team_id`, `milestone_id` and `step_id` as causes; integrations tell `calls` and
    `deployment_minutes` there."""

    project_id: UUID
    event_type: UsageTypeName
    quantity: Decimal = Field(ge=0, le=10**15, max_digits=21, decimal_places=6)
    model_name: Short | None = None
    provider: Short | None = None
    microstep_id: Short | None = None
    data: Annotated[dict[Short, Told], Field(max_length=50)] = Field(default_factory=dict)

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config,
        **_example(
            {
                "project_id": _ID,
                "event_type": "tokens",
                "quantity": 1000,
                "model_name": "gpt-4",
            }
        ),
    )


class UsageOut(Schema):
    """What became of the event; `cost` is null where no price is known."""

    id: str
    source: str
    status: str
    org_id: UUID
    project_id: UUID
    event_type: str
    quantity: Quantity
    unit: str
    model_name: str | None
    cost: Money | None
    currency: str
    price_version: str | None

    model_config: ClassVar[ConfigDict] = _example(
        {
            "id": _ID,
            "source": "billing",
            "status": "accepted",
            "org_id": _ORG,
            "project_id": _ID,
            "event_type": "tokens",
            "quantity": 1000,
            "unit": "tokens",
            "model_name": "gpt-4",
            "cost": "0.030000",
            "currency": "USD",
            "price_version": "genai-prices/0.2.3/openai/gpt-4#1f0c2b1e",
        }
    )


class UsageLimitOut(Schema):
    """One type in a month; without `limit` nothing limits it. Storage is what is held. What goes
    beyond is `billed` at `overage_price` USD a unit where the organization lets it through."""

    type: str
    unit: str
    quantity: Quantity
    limit: int | None
    remaining: Quantity | None
    overage: Quantity
    billed: bool
    overage_price: Money | None
    overage_cost: Money | None
    percent: float | None
    cost: Money | None
    currency: str


class UsagePeriodOut(Schema):
    """A month of an organization against its limits; `cost` is null where a price is unknown,
    `overage_cost` is what went beyond limits and is billed, in USD."""

    org_id: UUID
    plan: str
    month: str
    starts_at: datetime
    ends_at: datetime
    closed: bool
    cost: Money | None
    overage_cost: Money
    usage: list[UsageLimitOut]

    model_config: ClassVar[ConfigDict] = _example(
        {
            "org_id": _ORG,
            "plan": "pro",
            "month": "2026-11",
            "starts_at": "2026-11-01T00:00:00Z",
            "ends_at": "2026-12-01T00:00:00Z",
            "closed": False,
            "cost": "0.030000",
            "overage_cost": "0.000000",
            "usage": [
                {
                    "type": "tokens",
                    "unit": "tokens",
                    "quantity": 1000,
                    "limit": 1000000,
                    "remaining": 999000,
                    "overage": 0,
                    "billed": True,
                    "overage_price": "0.000005",
                    "overage_cost": "0.000000",
                    "percent": 0.1,
                    "cost": "0.030000",
                    "currency": "USD",
                }
            ],
        }
    )

    @classmethod
    def of(cls, period: metering.PeriodUsage) -> UsagePeriodOut:
        """From the room's own type."""
        return cls(
            org_id=period.org_id,
            plan=period.tier,
            month=f"{period.month:%Y-%m}",
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            closed=period.closed,
            cost=period.cost,
            overage_cost=period.overage_cost,
            usage=[UsageLimitOut.from_orm(line) for line in period.lines],
        )


class UsageSummaryOut(Schema):
    """What a group used of one type. `cost` is null where a part has no known price; `known_cost`
    is what the rest costs, `unpriced_events` counts that part."""

    group: str | None
    quantity: Quantity
    cost: Money | None
    currency: str
    type: str
    unit: str
    events: int
    known_cost: Money | None
    unpriced_events: int
    input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int

    model_config: ClassVar[ConfigDict] = _example(
        {
            "group": "gpt-4o",
            "quantity": 4400,
            "cost": "0.014000",
            "currency": "USD",
            "type": "tokens",
            "unit": "tokens",
            "events": 3,
            "known_cost": "0.014000",
            "unpriced_events": 0,
            "input": 4000,
            "cache_read": 0,
            "cache_write": 0,
            "output": 400,
            "reasoning": 0,
        }
    )


class UsageEventOut(Schema):
    """An event and what became of it: `aggregated` counts, `duplicate` and `rejected` do not."""

    id: str
    source: str
    type: str
    status: Literal["accepted", "duplicate", "rejected", "aggregated"]
    time: datetime
    occurred_at: datetime | None
    received_at: datetime
    project_id: UUID | None
    quantity: Quantity | None
    unit: str | None
    provider: str | None
    model_name: str | None
    tokens: dict[str, Any] | None
    cost: Money | None
    currency: str | None
    price_version: str | None
    attribution: dict[str, Any]
    data: dict[str, Any]
    code: str
    detail: str

    model_config: ClassVar[ConfigDict] = _example(
        {
            "id": "call-17",
            "source": "//ci/agents",
            "type": "tokens",
            "status": "aggregated",
            "time": _TIME,
            "occurred_at": _TIME,
            "received_at": _TIME,
            "project_id": _ID,
            "quantity": 1000,
            "unit": "tokens",
            "provider": "openai",
            "model_name": "gpt-4o",
            "tokens": None,
            "cost": "0.002500",
            "currency": "USD",
            "price_version": "genai-prices/0.2.3/openai/gpt-4o#1f0c2b1e",
            "attribution": {"microstep": "m1.s1.ms1"},
            "data": {},
            "code": "",
            "detail": "",
        }
    )

    @staticmethod
    def resolve_model_name(view: metering.EventView) -> str | None:
        """Called `model` inside."""
        return view.model


class UsageAdjustmentOut(Schema):
    """A correction to a closed month: `late`, or `repriced`."""

    id: UUID
    month: str
    reason: str
    project_id: UUID | None
    source: str
    event_id: str
    type: str
    provider: str | None
    model_name: str | None
    quantity: Quantity
    cost_before: Money | None
    cost_after: Money | None
    version_before: str | None
    version_after: str | None
    booked_at: datetime

    model_config: ClassVar[ConfigDict] = _example(
        {
            "id": _ID,
            "month": "2026-10",
            "reason": "late",
            "project_id": _ID,
            "source": "//ci/agents",
            "event_id": "call-16",
            "type": "tokens",
            "provider": "openai",
            "model_name": "gpt-4o",
            "quantity": 1000,
            "cost_before": None,
            "cost_after": "0.002500",
            "version_before": None,
            "version_after": "genai-prices/0.2.3/openai/gpt-4o#1f0c2b1e",
            "booked_at": _TIME,
        }
    )

    @staticmethod
    def resolve_model_name(view: metering.AdjustmentView) -> str | None:
        """Called `model` inside."""
        return view.model

    @staticmethod
    def resolve_month(view: metering.AdjustmentView) -> str:
        """`2026-10`."""
        return f"{view.month:%Y-%m}"


def month_of(text: str) -> date:
    """`2026-10` as its first day; raises ValueError."""
    return date.fromisoformat(f"{text}-01")


class UsagePeriodIn(Body):
    """A month that is over."""

    month: Annotated[str, StringConstraints(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]

    model_config: ClassVar[ConfigDict] = ConfigDict(
        **Body.model_config, **_example({"month": "2026-10"})
    )

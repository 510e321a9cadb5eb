"""Prices, repricing and invoices by API."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from buildrunner.server.domains.metering.rest.schemas import (
    Amount,
    Money,
    Quantity,
    Short,
    UsageTypeName,
)
from buildrunner.server.platform.http.bodies import Body

_ID = "019aa0f2-7c5e-7d10-9a51-6f0c2b1e4d77"
_TIME = "2026-11-10T12:00:00Z"


def _body(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(**Body.model_config, json_schema_extra={"examples": [value]})


class RatesIn(Body):
    """USD for a million tokens. Kinds that are left out cost what `input` or `output` does."""

    input: Amount | None = None
    cache_read: Amount | None = None
    cache_write: Amount | None = None
    output: Amount | None = None
    reasoning: Amount | None = None

    def given(self) -> dict[str, Decimal]:
        """Those that were."""
        return {name: rate for name, rate in self.dict().items() if rate is not None}


class PriceIn(Body):
    """An entry of the organization's own price list, in USD. Tokens have `rates`, everything else
    `per_unit`."""

    model_name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    provider: Short = ""
    event_type: UsageTypeName = "tokens"
    rates: RatesIn | None = None
    batch_rates: RatesIn | None = None
    per_request: Amount = Decimal(0)
    per_unit: Amount | None = None
    valid_from: datetime | None = Field(None, description="Else from now on")
    note: Short = ""

    model_config: ClassVar[ConfigDict] = _body(
        {"model_name": "llama-70b", "provider": "vllm", "rates": {"input": "0.4", "output": "0.8"}}
    )


class PriceOut(Schema):
    """An entry; `version` is how charges name it."""

    id: UUID
    version: str
    event_type: str
    provider: str
    model_name: str
    rates: dict[str, Any]
    batch_rates: dict[str, Any] | None
    per_request: Money
    per_unit: Money | None
    currency: str
    valid_from: datetime
    withdrawn_at: datetime | None
    note: str
    actor: dict[str, Any]
    created_at: datetime

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "version": f"own/{_ID}",
                    "event_type": "tokens",
                    "provider": "vllm",
                    "model_name": "llama-70b",
                    "rates": {"input": "0.4", "output": "0.8"},
                    "batch_rates": None,
                    "per_request": "0.000000",
                    "per_unit": None,
                    "currency": "USD",
                    "valid_from": _TIME,
                    "withdrawn_at": None,
                    "note": "",
                    "actor": {"kind": "person", "id": _ID, "name": "Ada"},
                    "created_at": _TIME,
                }
            ]
        }
    )

    @staticmethod
    def resolve_model_name(view: Any) -> str:
        """Called `model` inside."""
        return str(view.model)

    @staticmethod
    def resolve_event_type(view: Any) -> str:
        """Called `type` inside."""
        return str(view.type)


class QuoteOut(Schema):
    """What a model's tokens cost now, by the million; null rates where no price is known."""

    model_name: str
    provider: str | None
    known: bool
    version: str | None
    currency: str
    rates: dict[str, Any]
    batch_rates: dict[str, Any] | None
    per_request: Money | None

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model_name": "gpt-4o",
                    "provider": "openai",
                    "known": True,
                    "version": "genai-prices/0.2.3/openai/gpt-4o#1f0c2b1e",
                    "currency": "USD",
                    "rates": {"cache_read": "1.25", "input": "2.5", "output": "10"},
                    "batch_rates": {"input": "1.25", "output": "5"},
                    "per_request": "0.000000",
                }
            ]
        }
    )


class RepriceIn(Body):
    """Which charges; without `apply` they are only compared."""

    since: datetime = Field(alias="from")
    until: datetime
    model_name: Short | None = None
    apply: bool = False

    model_config: ClassVar[ConfigDict] = _body(
        {"from": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z", "apply": True}
    )


class RepriceOut(Schema):
    """What charging anew comes to; `unpriced` events still have no price. Budgets do not follow:
    they keep what was held and settled when the calls were made."""

    events: int
    changed: int
    before: Money
    after: Money
    difference: Money
    unpriced: int
    adjustments: int
    applied: bool

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "events": 120,
                    "changed": 3,
                    "before": "1.200000",
                    "after": "1.230000",
                    "difference": "0.030000",
                    "unpriced": 0,
                    "adjustments": 0,
                    "applied": True,
                }
            ]
        }
    )


class InvoiceIn(Body):
    """A CSV file with a header; columns of model and cost are found by their names."""

    invoice: str = Field(min_length=1, max_length=8_000_000)
    provider: Short | None = None
    since: datetime | None = Field(None, alias="from", description="Else the file's first day")
    until: datetime | None = Field(None, description="Else the day after its last")

    model_config: ClassVar[ConfigDict] = _body(
        {"invoice": "date,model,cost\n2026-11-10,gpt-4o,0.02\n", "provider": "openai"}
    )


class ReconciledOut(Schema):
    """One model: invoiced − metered, null where a price is not known."""

    provider: str | None
    model_name: str
    invoiced: Money | None
    metered: Money | None
    difference: Money | None
    percent: float | None
    invoiced_quantity: Quantity | None
    metered_quantity: Quantity | None
    events: int
    note: str

    @staticmethod
    def resolve_model_name(line: Any) -> str:
        """Called `model` inside."""
        return str(line.model)


class ReconciliationOut(Schema):
    """An invoice against the meter."""

    since: datetime
    until: datetime
    currency: str
    invoiced: Money
    metered: Money
    difference: Money
    lines: list[ReconciledOut]

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "since": "2026-11-10T00:00:00Z",
                    "until": "2026-11-11T00:00:00Z",
                    "currency": "USD",
                    "invoiced": "0.020000",
                    "metered": "0.014000",
                    "difference": "0.006000",
                    "lines": [
                        {
                            "provider": "openai",
                            "model_name": "gpt-4o",
                            "invoiced": "0.020000",
                            "metered": "0.014000",
                            "difference": "0.006000",
                            "percent": 42.86,
                            "invoiced_quantity": None,
                            "metered_quantity": 4400,
                            "events": 3,
                            "note": "",
                        }
                    ],
                }
            ]
        }
    )

"""Own prices, repricing and invoices as they are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PriceView:
    """An entry of an organization's own price list."""

    id: UUID
    type: str
    provider: str
    model: str
    rates: dict[str, Any]
    batch_rates: dict[str, Any] | None
    per_request: Decimal
    per_unit: Decimal | None
    currency: str
    valid_from: datetime
    withdrawn_at: datetime | None
    note: str
    actor: dict[str, Any]
    created_at: datetime

    @property
    def version(self) -> str:
        """How charges name it."""
        return f"own/{self.id}"


@dataclass(frozen=True, slots=True)
class Repricing:
    """What charging events anew comes to. `applied` False: nothing was written."""

    events: int
    changed: int
    before: Decimal
    after: Decimal
    unpriced: int
    adjustments: int
    applied: bool

    @property
    def difference(self) -> Decimal:
        """What is charged more."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class ReconciledLine:
    """A model on an invoice against what was metered. `difference` is invoiced − metered, None
    where one side is not known."""

    provider: str | None
    model: str
    invoiced: Decimal | None
    metered: Decimal | None
    difference: Decimal | None
    percent: float | None
    invoiced_quantity: Decimal | None
    metered_quantity: Decimal | None
    events: int
    note: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """An invoice against the meter, by model."""

    since: datetime
    until: datetime
    currency: str
    lines: list[ReconciledLine]
    invoiced: Decimal
    metered: Decimal
    difference: Decimal

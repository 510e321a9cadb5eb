"""Usage as it is reported, and what became of it.

Structs of msgspec: thousands are made in one request, and these cost a tenth of dataclasses. None
can be part of a cycle, so the garbage collector need not look at them (`gc=False`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from buildrunner.server.domains.metering.types.attribution import Attribution

UsageType = Literal["tokens", "api_calls", "storage", "compute", "integrations"]
Status = Literal["accepted", "duplicate", "rejected", "aggregated"]


class Tokens(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Tokens of one call, each counted once: `input` is what no cache held, `output` is without
    `reasoning`. `batch` says that the provider's batch interface was used.
    """

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    batch: bool = False

    @property
    def total(self) -> int:
        """All of them."""
        return self.input + self.cache_read + self.cache_write + self.output + self.reasoning


class Usage(msgspec.Struct, frozen=True, gc=False):
    """One usage event. `(source, id)` names it within its organization: a second event of that
    name counts only if it is the first one again.

    `quantity` is in the unit of its type: tokens, calls, bytes, seconds of compute, and for
    integrations what their provider counts. `time` None: when it is received. `data` holds what
    else the sender tells; it is kept, and part of what makes two events the same.

    `reserved` says that a reservation or lease pays for it: budgets count what is settled, not the
    event. `charged` is the cost in USD as an invoice of the provider has it, in place of a price.
    Only this server says either; of others' events they are always False and None.
    """

    id: str
    source: str
    type: UsageType
    time: datetime | None
    quantity: Decimal
    model: str | None
    provider: str | None
    tokens: Tokens | None
    attribution: Attribution
    data: Mapping[str, Any] = msgspec.field(default_factory=dict)
    reserved: bool = False
    charged: Decimal | None = None


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What became of one event. A duplicate has the cost of the event it repeats; `cost` is None
    where no price is known. `code` and `detail` say why one was rejected.
    """

    id: str
    source: str
    status: Status
    cost: Decimal | None = None
    currency: str = "USD"
    price_version: str | None = None
    code: str = ""
    detail: str = ""

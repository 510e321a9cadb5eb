"""What a model was asked by the product itself, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. What people or models wrote goes into `user`, fenced, never into `system`."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A model that was asked. `lost` says why its answer was not taken, empty for the one that was;
    `quality` is from 0 to 10 where it was judged."""

    model: str
    provider: str
    route_id: UUID | None = None
    lost: str = ""
    quality: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer and what it cost, with the answers that were not taken. `cost` in USD is None where
    no price is known; `attempts` are the models asked, in order, the last one answered.
    """

    text: str
    model: str
    provider: str
    route_id: UUID
    input_tokens: int
    output_tokens: int
    cost: Decimal | None
    latency_ms: int
    attempts: tuple[Attempt, ...] = field(default=())
    quality: Decimal | None = None

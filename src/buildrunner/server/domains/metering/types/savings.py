"""Where money could be saved."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Hint:
    """One way to spend less. `saving` is USD of the time that was looked at, computed from the
    rows that `query` (of `GET /api/usage/events`) finds; None where it cannot be known."""

    kind: str
    title: str
    detail: str
    model: str
    events: int
    cost: Decimal
    saving: Decimal | None
    query: dict[str, str]

"""What the room tells others."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """One line of the catalogue. `limits` holds what is limited: seats, tokens, api_calls, storage."""

    name: str
    title: str
    monthly_usd: Decimal | None
    limits: dict[str, int]
    features: frozenset[str]


@dataclass(frozen=True, slots=True)
class FeatureLine:
    """A feature as the page shows it; `from_tier` is the smallest tier that has it."""

    name: str
    title: str
    included: bool
    from_tier: str

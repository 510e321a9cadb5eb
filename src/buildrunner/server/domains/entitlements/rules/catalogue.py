"""The catalogue, read once; a mistake in it stops the start."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from buildrunner.server.domains.entitlements.types import Tier

SELF_HOSTED = "self_hosted"
LIMITS = ("seats", "tokens", "api_calls", "storage")


@lru_cache(maxsize=1)
def features() -> dict[str, str]:
    """Feature → its title."""
    return dict(_read()["features"])


@lru_cache(maxsize=1)
def tiers() -> dict[str, Tier]:
    """Tier by name, from small to large."""
    known = features()
    found = {}
    for name, row in _read()["tiers"].items():
        unknown = set(row["features"]) - set(known)
        if unknown:
            raise ValueError(f"tier {name} names unknown features: {', '.join(sorted(unknown))}")
        price = row.get("monthly_usd")
        found[name] = Tier(
            name=name,
            title=row["title"],
            monthly_usd=None if price is None else Decimal(price),
            limits={limit: row[limit] for limit in LIMITS if limit in row},
            features=frozenset(row["features"]),
        )
    return found


@lru_cache(maxsize=1)
def overage_prices() -> dict[str, Decimal]:
    """Limit → USD for one unit beyond it."""
    found = {name: Decimal(price) for name, price in _read()["overage"].items()}
    unknown = found.keys() - set(LIMITS)
    if unknown:
        raise ValueError(f"overage names unknown limits: {', '.join(sorted(unknown))}")
    return found


def smallest_with(feature: str) -> Tier:
    """The first tier that has a feature."""
    return next(tier for tier in tiers().values() if feature in tier.features)


def next_with_more(limit: str, than: int) -> Tier | None:
    """The first priced tier that has more of a limit than so much."""
    return next(
        (
            tier
            for tier in tiers().values()
            if tier.monthly_usd is not None and tier.limits.get(limit, 0) > than
        ),
        None,
    )


def _read() -> dict[str, Any]:
    path = Path(__file__).parent.parent / "catalogue.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
